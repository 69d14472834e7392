"""The proxy's side of a connection with many calls on their way, without input or output.

Each call has a sequence number that no other call on its way has, and each answer is for the call
with its number, in whatever order they come. To a Pyro 5 peer there is one call at a time, which
is for the driver to see to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from ..errors import ProtocolError, RemoteProtocolError
from ..values.context import Peer
from ..wire.buffers import Buffer, Payload
from ..wire.message import Message, MessageType, encode_plain, plain_answer
from .connection import ClientConnection, State

__all__ = ["MAX_IN_FLIGHT", "MuxClientConnection"]

T = TypeVar("T")

MAX_IN_FLIGHT = 0xFFFF
"""How many calls there are numbers for."""
_CONNECTED = State.CONNECTED
_PING = MessageType.PING
_RESULT = MessageType.RESULT


class MuxClientConnection(ClientConnection, Generic[T]):
    """Many calls at once. ``in_flight`` has what the driver keeps for each, by sequence number.

    What the daemon did wrong is kept in ``error``: answers that came before it are good, and are to
    be handed out before the connection is closed. Answers to pings say no more than that it is
    there; where it ``has_pinged``, or both keep the connection alive, they are welcome.
    """

    __slots__ = ("error", "has_pinged", "in_flight")

    def __init__(self, peer: Peer, limit: int, compress: bool = False, sequence: int = 0) -> None:
        super().__init__(peer, limit, compress, sequence)
        self.in_flight: dict[int, T] = {}
        self.error: ProtocolError | None = None
        self.has_pinged = False

    def next_number(self) -> int:
        """Return a number, from now on ``sequence``, that no other call on its way has."""
        number = (self.sequence + 1) & 0xFFFF
        while number in self.in_flight:
            number = (number + 1) & 0xFFFF
        self.sequence = number
        return number

    def request(
        self,
        payload: Payload,
        serializer_id: int,
        flags: int = 0,
        annotations: Mapping[str, Buffer] | None = None,
        correlation_id: bytes | None = None,
        time_left: int = 0,
    ) -> tuple[Buffer, ...]:
        """Return an INVOKE with the next number."""
        return self.numbered(
            self.next_number(),
            payload,
            serializer_id,
            flags,
            annotations,
            correlation_id,
            time_left,
        )

    def cancel(self, sequence: int) -> tuple[Buffer, ...]:
        """Return what tells the daemon that nobody wants the answer to a call any more."""
        return encode_plain(MessageType.CANCEL, 0, sequence, self.serializer_id, b"", None)

    def ping(self) -> tuple[Buffer, ...]:
        """Return what the daemon answers at once, whatever else it is at."""
        self.has_pinged = True
        return encode_plain(MessageType.PING, 0, self.sequence, self.serializer_id, b"", None)

    def keep_alive(self, seconds: float) -> float:
        """Return after how many quiet ones to ask whether the daemon is there, 0 for never.

        It is to be given up where it was silent for ``seconds``, though it says by itself or on
        request that it is there.
        """
        if "keepalive" not in self.peer.capabilities:
            return 0.0
        self.has_pinged = True
        return seconds / 3

    def expect(self, waiter: T) -> None:
        """Keep something for the message that was just made, until its answer comes."""
        self.in_flight[self.sequence] = waiter

    def answers(self, data: bytes) -> list[tuple[T, Message]]:
        """Take what was read; return the answers that are complete, with what was kept for them.

        Where an answer is to no call, that is noted in ``error``.
        """
        found = self.plain_answer(data, self.serializer_id)
        if found is not None and found[0] in self.in_flight:
            number, payload = found
            answer = plain_answer(number, self.serializer_id, payload)
            return [(self.in_flight.pop(number), answer)]
        return self.match(self.receiver.receive(data))

    def messages(self, data: bytes) -> Sequence[Message]:
        """Take what was read; return the messages that are complete."""
        message = self.receiver.lone(data)
        return self.receiver.receive(data) if message is None else (message,)

    def filled(self, count: int) -> list[tuple[T, Message]]:
        """Do the same with bytes that were read into the receiver's own buffer."""
        return self.match(self.receiver.buffer_updated(count))

    def match(self, messages: Sequence[Message]) -> list[tuple[T, Message]]:
        """Find the call that each of these answers."""
        in_flight, serializer_ids = self.in_flight, self.serializer_ids
        if self._state is not _CONNECTED:
            if not messages:
                return []
            message = self.check(list(messages))  # to the CONNECT, whatever its number
            return [(in_flight.popitem()[1], message)]
        found: list[tuple[T, Message]] = []
        for message in messages:
            type, _, sequence, serializer_id, _, _, _, _ = message
            if type == _RESULT and sequence in in_flight:
                if serializer_id not in serializer_ids:
                    self.error = RemoteProtocolError(
                        f"invalid serializer in response: {serializer_id}"
                    )
                    break
                found.append((in_flight.pop(sequence), message))
            elif message.type == _PING and self.has_pinged:
                continue
            elif not self.is_drain(message):
                self.error = self._refused(message)
                break
        return found

    def _refused(self, message: Message) -> ProtocolError:
        """Return what is wrong with a message that may not come now."""
        if message.type == _RESULT and len(self.in_flight) == 1:
            return RemoteProtocolError(
                f"invoke: reply sequence out of sync, got {message.sequence} "
                f"expected {next(iter(self.in_flight))}"
            )
        if message.type == _RESULT:
            why = f"an answer to no call: sequence number {message.sequence} is not in flight"
            too_many = "" if self.in_flight else "more answers than requests: "
            return RemoteProtocolError(too_many + why)
        try:
            self.check([message])
        except ProtocolError as error:
            return error
        return RemoteProtocolError(f"invalid msg type {message.type} received")
