"""One connection's protocol, without any input or output: bytes in, messages out.

Rules of this file:

- What may come in which state stands in ``SERVER_ACCEPTS`` and ``CLIENT_MOVES``; anything else is
  the peer's error and ends the connection.
- A peer's error is raised as RemoteProtocolError (or MessageTooLargeError); a server then sends
  :meth:`ServerConnection.refusal` and closes.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from ..access.tokens import PROOF_ANNOTATION, Challenge, Claim
from ..errors import MessageTooLargeError, Outcome, RemoteProtocolError, SerializeError
from ..values.context import Peer
from ..wire.buffers import Buffer, Payload
from ..wire.message import (
    COMPRESS_ABOVE,
    JOIN_BELOW,
    MAGIC,
    NOTHING_BESIDE,
    PLAIN_START,
    TOO_LARGE,
    Message,
    MessageType,
    decode_answer,
    encode,
    encode_plain,
    pack_plain,
)
from ..wire.receiver import Receiver

__all__ = [
    "ClientConnection",
    "ServerConnection",
    "State",
    "reason_in",
]

HANDSHAKE_LIMIT = 1024 * 1024
"""The largest message, in bytes, that is accepted from a peer that has not introduced itself."""
MARSHAL_ID = 2
"""Refusals are marshalled strings where no serializer is agreed on yet, as in Pyro 5."""

_INVOKE = MessageType.INVOKE
_RESULT = MessageType.RESULT


class State(Enum):
    """Where a connection stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    CLOSED = "closed"


_CONNECTED = State.CONNECTED

SERVER_ACCEPTS: dict[State, frozenset[int]] = {
    State.CONNECTING: frozenset({MessageType.CONNECT}),
    State.CONNECTED: frozenset({MessageType.INVOKE, MessageType.PING}),
    State.CLOSED: frozenset(),
}
"""What a daemon accepts in each state. Its answer to a CONNECT decides which state comes next."""
CLIENT_MOVES: dict[State, dict[int, State]] = {
    State.CONNECTING: {
        MessageType.CONNECTOK: State.CONNECTED,
        MessageType.CONNECTFAIL: State.CLOSED,
    },
    State.CONNECTED: {
        MessageType.RESULT: State.CONNECTED,
        MessageType.CONNECTFAIL: State.CLOSED,
    },
    State.CLOSED: {},
}
"""What a proxy accepts in each state, and the state that follows."""


class ServerConnection:
    """The daemon's side of a connection with one client."""

    __slots__ = (
        "_accepted",
        "_compress",
        "_limit",
        "_plain_below",
        "_state",
        "challenge",
        "peer",
        "receiver",
    )

    def __init__(self, peer: Peer, limit: int, compress: bool = False) -> None:
        self.peer = peer
        self.state = State.CONNECTING
        self.challenge: Challenge | None = None
        self.receiver = Receiver(min(limit, HANDSHAKE_LIMIT))
        self._limit = limit
        self._compress = compress
        self._plain_below = _plain_below(limit, compress)

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state
        self._accepted = SERVER_ACCEPTS[state]

    def introduce(self) -> None:
        """Take calls at once: this connection needs no handshake."""
        self.state = State.CONNECTED
        self.receiver.limit = self._limit

    def allow(self, *types: int) -> None:
        """Accept messages of these types, too, from a client that is capable of them."""
        self._accepted = _both(self._accepted, types)

    def plain_request(self, data: bytes) -> Message | None:
        """Return the request if what was read is exactly one, and a plain one.

        That is what nearly every read gives; None means that :meth:`receive` is to have a look.
        """
        message = self.receiver.lone(data)
        return message if message is not None and message.type in self._accepted else None

    def receive(self, data: bytes) -> list[Message]:
        """Take what was read; return the requests that are complete.

        Raises RemoteProtocolError or MessageTooLargeError where the peer broke the protocol.
        """
        return self.check(self.receiver.receive(data))

    def check(self, messages: list[Message]) -> list[Message]:
        """Refuse messages that may not come now."""
        for message in messages:
            if message.type not in self._accepted:
                kind = MessageType.NAMES.get(message.type, message.type)
                if message is not messages[0] and self._state is State.CONNECTING:
                    raise RemoteProtocolError("requests sent before the handshake was answered")
                raise RemoteProtocolError(
                    f"invalid msg type {message.type} received: no {kind} may come from a client "
                    f"that is {self.state.value}"
                )
        if len(messages) > 1 and self._state is State.CONNECTING:
            raise RemoteProtocolError("a second CONNECT before the first was answered")
        return messages

    def accept(
        self, request: Message, payload: Payload, annotations: Mapping[str, Buffer] | None
    ) -> tuple[Buffer, ...]:
        """Return the answer to a CONNECT, after which calls may come."""
        self.introduce()
        return self.answer(MessageType.CONNECTOK, request, payload, 0, annotations)

    def reject(
        self, request: Message, payload: Payload, annotations: Mapping[str, Buffer] | None = None
    ) -> tuple[Buffer, ...]:
        """Return the refusal of a CONNECT, after which the connection has to be closed."""
        self.state = State.CLOSED
        return self.answer(MessageType.CONNECTFAIL, request, payload, 0, annotations)

    def ask_for_proof(
        self, request: Message, payload: Payload, challenge: Challenge
    ) -> tuple[Buffer, ...]:
        """Return the answer to a CONNECT of a client that has to prove itself in another one."""
        self.challenge = challenge
        beside = {PROOF_ANNOTATION: challenge.nonce}
        return self.answer(MessageType.CONNECTFAIL, request, payload, 0, beside)

    def drain(self) -> tuple[Buffer, ...]:
        """Return what tells a client to make its calls elsewhere; nothing for one that cannot."""
        if "drain" in self.peer.capabilities and self._state is State.CONNECTED:
            return encode(MessageType.DRAIN, 0, 0, 0, b"")
        return ()

    def refusal(self, reason: str) -> tuple[Buffer, ...]:
        """Return what tells a peer that broke the protocol; then the connection has to be closed.

        A program that does not speak the protocol can tell by it what it has connected to.
        """
        self.state = State.CLOSED
        return encode(MessageType.CONNECTFAIL, 0, 0, MARSHAL_ID, marshal.dumps(reason[:1000]))

    def reply(
        self,
        request: Message,
        payload: Payload,
        flags: int = 0,
        annotations: Mapping[str, Buffer] | None = None,
    ) -> tuple[Buffer, ...]:
        """Return the answer to an INVOKE; MessageTooLargeError where it is over the limit."""
        if annotations is None and type(payload) is bytes and len(payload) <= self._plain_below:
            _, _, sequence, serializer_id, _, _, correlation_id, _ = request
            size = len(payload)
            if correlation_id is None:
                return (
                    pack_plain(
                        PLAIN_START, _RESULT, serializer_id, flags, sequence, size, NOTHING_BESIDE,
                        0, MAGIC,
                    )
                    + payload,
                )  # fmt: skip
            return encode_plain(_RESULT, flags, sequence, serializer_id, payload, correlation_id)
        return encode(
            _RESULT,
            flags,
            request.sequence,
            request.serializer_id,
            payload,
            annotations,
            request.correlation_id,
            self._compress,
            self._limit,
        )

    def heartbeat(self) -> tuple[Buffer, ...]:
        """Return what tells a client, unasked, that the daemon is there."""
        return encode(MessageType.PING, 0, 0, 0, b"pong")

    def pong(
        self, request: Message, annotations: Mapping[str, Buffer] | None = None
    ) -> tuple[Buffer, ...]:
        """Return the answer to a PING."""
        return self.answer(MessageType.PING, request, b"pong", 0, annotations)

    def answer(
        self,
        type: int,
        request: Message,
        payload: Payload,
        flags: int,
        annotations: Mapping[str, Buffer] | None,
    ) -> tuple[Buffer, ...]:
        """Return any message that answers ``request``."""
        return encode(
            type,
            flags,
            request.sequence,
            request.serializer_id,
            payload,
            annotations,
            request.correlation_id,
        )


class ClientConnection:
    """The proxy's side of a connection: one call at a time.

    ``draining`` is True once the daemon said that it is about to stop; ``serializer_ids`` are
    those that calls were made with, the last one ``serializer_id``.
    """

    __slots__ = (
        "_moves",
        "_plain_below",
        "_state",
        "claim",
        "compress",
        "draining",
        "limit",
        "peer",
        "receiver",
        "sequence",
        "serializer_id",
        "serializer_ids",
    )

    def __init__(self, peer: Peer, limit: int, compress: bool = False, sequence: int = 0) -> None:
        self.peer = peer
        self.state = State.CONNECTING
        self.receiver = Receiver(limit)
        self.claim: Claim | None = None
        self.draining = False
        self.sequence = sequence
        self.serializer_id = 0
        self.serializer_ids: set[int] = set()
        self.limit = limit
        self.compress = compress
        self._plain_below = _plain_below(limit, compress)

    @property
    def state(self) -> State:
        """Where the connection stands."""
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state
        self._moves = CLIENT_MOVES[state]

    def introduce(self) -> None:
        """Make calls at once: this connection needs no handshake."""
        self.state = State.CONNECTED

    def connect(
        self,
        payload: Payload,
        serializer_id: int,
        annotations: Mapping[str, Buffer] | None = None,
        correlation_id: bytes | None = None,
    ) -> tuple[Buffer, ...]:
        """Return the CONNECT that opens the conversation."""
        return encode(
            MessageType.CONNECT,
            0,
            self.sequence,
            serializer_id,
            payload,
            annotations,
            correlation_id,
            False,
            self.limit,
        )

    def request(
        self,
        payload: Payload,
        serializer_id: int,
        flags: int = 0,
        annotations: Mapping[str, Buffer] | None = None,
        correlation_id: bytes | None = None,
        time_left: int = 0,
    ) -> tuple[Buffer, ...]:
        """Return an INVOKE, whose answer :meth:`receive` accepts next."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        return self.numbered(
            self.sequence, payload, serializer_id, flags, annotations, correlation_id, time_left
        )

    def numbered(
        self,
        number: int,
        payload: Payload,
        serializer_id: int,
        flags: int = 0,
        annotations: Mapping[str, Buffer] | None = None,
        correlation_id: bytes | None = None,
        time_left: int = 0,
    ) -> tuple[Buffer, ...]:
        """Return an INVOKE with a sequence number that was chosen before."""
        if serializer_id != self.serializer_id:
            self.serializer_id = serializer_id
            self.serializer_ids.add(serializer_id)
        if annotations is None and type(payload) is bytes and len(payload) <= self._plain_below:
            if correlation_id is None:
                return (
                    pack_plain(
                        PLAIN_START, _INVOKE, serializer_id, flags, number, len(payload),
                        NOTHING_BESIDE, time_left, MAGIC,
                    )
                    + payload,
                )  # fmt: skip
            return encode_plain(
                _INVOKE, flags, number, serializer_id, payload, correlation_id, time_left
            )
        return encode(
            MessageType.INVOKE,
            flags,
            number,
            serializer_id,
            payload,
            annotations,
            correlation_id,
            self.compress,
            self.limit,
            time_left,
        )

    def plain_answer(self, data: bytes, serializer_id: int) -> tuple[int, bytes] | None:
        """Return number and payload if what was read is exactly one plain answer.

        That is what nearly every call gets; None means that :meth:`receive` is to have a look.
        """
        receiver = self.receiver
        if receiver.idle and self._state is _CONNECTED:
            return decode_answer(data, receiver.limit, serializer_id)
        return None

    def receive(self, data: bytes) -> Message | None:
        """Take what was read; return the answer once it is complete.

        Raises RemoteProtocolError where it is none, or not to the last request.
        """
        messages = [m for m in self.receiver.receive(data) if not self.is_drain(m)]
        return self.check(messages) if messages else None

    def is_drain(self, message: Message) -> bool:
        """Tell whether the daemon says that it is about to stop, and take note of that."""
        if message.type != MessageType.DRAIN or "drain" not in self.peer.capabilities:
            return False
        self.draining = True
        return True

    def check(self, messages: list[Message]) -> Message:
        """Return the one answer that may come now."""
        message = messages[0]
        state = self._moves.get(message.type)
        if state is None:
            raise RemoteProtocolError(
                f"invalid msg type {message.type} received while {self.state.value}"
            )
        if len(messages) > 1:
            raise RemoteProtocolError("more answers than requests")
        if message.type == _RESULT and message.sequence != self.sequence:
            raise RemoteProtocolError(
                f"invoke: reply sequence out of sync, got {message.sequence} "
                f"expected {self.sequence}"
            )
        if message.type == _RESULT and message.serializer_id != self.serializer_id:
            raise RemoteProtocolError(
                f"invalid serializer in response: {message.serializer_id} "
                f"expected {self.serializer_id}"
            )
        if state is not self._state:
            if self.claim is not None and self.asks_for_proof(message):
                return message
            if message.type == MessageType.CONNECTFAIL and self.state is State.CONNECTED:
                self.state = state
                # It answered with this instead of running what it could not read.
                raise _ended(_reason(message))
            self.state = state
        return message

    def asks_for_proof(self, message: Message) -> bool:
        """Tell whether the daemon wants a proof of what this client claimed."""
        return (
            message.type == MessageType.CONNECTFAIL
            and self._state is State.CONNECTING
            and PROOF_ANNOTATION in (message.annotations or {})
        )


def _ended(reason: str) -> RemoteProtocolError | MessageTooLargeError:
    kind = MessageTooLargeError if reason.startswith(TOO_LARGE) else RemoteProtocolError
    return kind(f"the daemon ended the conversation: {reason}", outcome=Outcome.NOT_SENT)


def _reason(message: Message) -> str:
    try:
        return reason_in(message)
    except SerializeError:
        return "(it gave a reason that cannot be read)"


def reason_in(message: Message) -> str:
    """Read the text of a CONNECTFAIL in marshal's form; any serializer may have been asked for.

    marshal itself is not needed for it, nor trusted with it: a string is a type byte (whose high
    bit only marks a reference), a length and the text.
    """
    data = bytes(message.payload)
    if message.serializer_id != MARSHAL_ID or not data:
        raise SerializeError("the reason is not a marshalled string")
    kind = chr(data[0] & 0x7F)
    if kind in "zZ":
        return data[2 : 2 + data[1]].decode("ascii", "replace") if len(data) > 1 else ""
    if kind in "aAut":
        size = int.from_bytes(data[1:5], "little")
        return data[5 : 5 + size].decode("utf-8", "replace")
    raise SerializeError("the reason is not a marshalled string")


@lru_cache(maxsize=64)
def _both(accepted: frozenset[int], types: tuple[int, ...]) -> frozenset[int]:
    # One set for all connections that accept the same: an idle one is to cost little.
    return accepted | frozenset(types)


def _plain_below(limit: int, compress: bool) -> int:
    """Return up to which size, in bytes, a payload travels as it is, behind its header."""
    return min(limit, COMPRESS_ABOVE if compress else JOIN_BELOW)
