"""A client's connection with a daemon: a blocking stream, driven one call at a time."""

from __future__ import annotations

import builtins
import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from ..contracts.converters import Converters
from ..contracts.transport import Stream, connect_error
from ..errors import (
    CommunicationError,
    ConnectionClosedError,
    ProtocolError,
    SecurityError,
    SerializeError,
)
from ..logic.remote import Caller
from ..plugins import Plugins
from ..protocol.connection_errors import (
    handshake_error,
    translated,
    was_not_begun,
    where_of,
    within,
)
from ..protocol.mux import MuxClientConnection
from ..values.config import Config
from ..values.context import CallOptions, Peer
from ..values.reference import Members
from ..values.uri import URI
from ..wire.buffers import Buffer
from ..wire.message import Message
from ..wire.receiver import READ_SIZE

__all__ = ["CAPABILITIES", "Connection", "open_connection"]

T = TypeVar("T")

CAPABILITIES = frozenset({"deadline", "drain", "mux"})
"""What this driver's proxies can do beyond Pyro 5."""
STALE_AFTER = 0.02
"""How often, in seconds, it is looked whether a connection is still there before it is used."""


class Connection:
    """One connection, ready for calls. Used by one thread at a time; its owner sees to that."""

    __slots__ = (
        "_last_used",
        "_limit",
        "_recv",
        "_send_small",
        "_stream",
        "caller",
        "closed",
        "handshake_answer",
        "members",
    )

    def __init__(self, stream: Stream, caller: Caller) -> None:
        self._stream = stream
        self._recv = stream.recv
        self._send_small = stream.send_small
        self.caller = caller
        self.members = Members()
        self.handshake_answer: Any = None
        self.closed = False
        self._last_used = 0.0
        self._limit = math.inf  # not known: what connecting needed

    def shake_hands(self, object_id: str, data: Any, deadline: float) -> None:
        """Open the conversation; ConnectError where the daemon refuses."""
        hello = self.caller.begin_handshake(object_id, data)
        answer = self._exchange(hello, deadline)
        if self.caller.protocol.claim is not None and self.caller.protocol.asks_for_proof(answer):
            proof = self.caller.begin_handshake(object_id, data, answer)
            answer = self._exchange(proof, deadline)
        self.handshake_answer, self.members = self.caller.finish_handshake(answer, object_id)
        self._last_used = time.monotonic()

    def call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        deadline: float = 0.0,
        beside: CallOptions | None = None,
    ) -> Any:
        """Make a call and return its result; ``deadline`` is an instant, 0 for none.

        Any failure on the way closes the connection: an answer that comes late must not be taken
        for another call's.
        """
        caller = self.caller
        left = within(deadline) if deadline else 0.0
        request = caller.begin_call(object_id, method, args, kwargs, flags, beside, left)
        # As _exchange() does it, with a plain answer made no message of.
        try:
            if left != self._limit and not left < self._limit < 1.01 * left:
                self._limit_to(left)
            if len(request) == 1:
                self._send_small(request[0])
            else:
                self.transmit(request, deadline)
            data = self._recv(READ_SIZE) or self._ended()
            payload = caller.protocol.plain_answer(data)
            if payload is None:
                answer = caller.protocol.receive(data) or self._receive(deadline)
                if caller.protocol.draining:
                    self.close()  # the next call goes where the daemon's place is taken
        except BaseException as error:
            self._fail(error)
        try:
            return caller.finish_call(answer) if payload is None else caller.finish_plain(payload)
        except (SerializeError, SecurityError) as error:
            # The daemon closes its end after arguments that it could not read, Pyro 5 always.
            if not caller.peer.is_pyrox or was_not_begun(error):
                self.close()
            raise

    def call_raw(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        deadline: float = 0.0,
        beside: CallOptions | None = None,
    ) -> Message:
        """Make a call and return the answer as it came: neither read nor raised."""
        request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside)
        return self._exchange(request, deadline)

    def notify(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        deadline: float = 0.0,
        beside: CallOptions | None = None,
    ) -> None:
        """Make a call that has no answer; it is on its way when this returns."""
        request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside)
        try:
            self._send(request, deadline)
        except BaseException as error:
            self._fail(error)

    def transmit(self, request: Sequence[Buffer], deadline: float = 0.0) -> None:
        """Send a request. Whoever calls this sees to timeouts before it, and to failures."""
        if len(request) == 1:
            self._send_small(request[0])
            return
        self._stream.send(request)
        if deadline:  # sending much took some of the time
            self._limit_to(max(deadline - time.monotonic(), 0.001))

    def read_answers(
        self, protocol: MuxClientConnection[T], left: float
    ) -> list[tuple[T, Message]]:
        """Receive once, for at most ``left`` seconds (0: no bound); return what it completed.

        Raises BlockingIOError where nothing came in time.
        """
        if left != self._limit and not left < self._limit < 1.01 * left:
            self._limit = left
            self._stream.set_timeouts(left, 0.0)
        place = protocol.receiver.get_buffer()
        if place is None:
            return protocol.answers(self._recv(READ_SIZE) or self._ended())
        return protocol.filled(self._stream.recv_into(place) or len(self._ended()))

    def forget_limit(self) -> None:
        """Set the timeouts anew with the next call, whatever they are now."""
        self._limit = math.inf

    def interrupt(self) -> None:
        """Make whoever reads find the end of the connection."""
        self._stream.interrupt()

    def is_stale(self) -> bool:
        """Tell whether it is closed, or the daemon went away while the connection was quiet."""
        if self.closed:
            return True
        now = time.monotonic()
        if now - self._last_used < STALE_AFTER:
            return False
        self._last_used = now
        return self._stream.is_stale()

    def close(self) -> None:
        """Close the connection; closing again does nothing."""
        if not self.closed:
            self.closed = True
            self._stream.close()

    def abandon(self) -> None:
        """Forget a connection that belongs to the parent process, without a word to the peer."""
        if not self.closed:
            self.closed = True
            self._stream.abandon()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.close()

    def _exchange(self, request: Sequence[Buffer], deadline: float) -> Message:
        try:
            self._send(request, deadline)
            answer = self.caller.protocol.receive(self._recv(READ_SIZE) or self._ended())
            return answer if answer is not None else self._receive(deadline)
        except BaseException as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> NoReturn:
        if isinstance(error, ConnectionError):
            error = self._last_words() or error
        self.close()
        found = translated(error, self.caller.where)
        if found is error:
            raise error
        raise found from error

    def _last_words(self) -> ProtocolError | None:
        """Return why the daemon closed the connection, if it said so before it did."""
        try:
            self.caller.protocol.receive(self._stream.recv_nowait(READ_SIZE))
        except ProtocolError as reason:
            return reason
        except OSError:
            pass
        return None

    def _send(self, request: Sequence[Buffer], deadline: float) -> None:
        if deadline or self._limit:
            self._limit_to(within(deadline) if deadline else 0.0)
        self.transmit(request, deadline)

    def _limit_to(self, seconds: float) -> None:
        """Bound what waits from now on; a bound that is a hundredth too long is not set anew."""
        self._limit = seconds and 1.005 * seconds
        self._stream.set_timeouts(self._limit, self._limit)

    def _receive(self, deadline: float) -> Message:
        protocol = self.caller.protocol
        while True:
            if deadline:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise builtins.TimeoutError
                self._limit_to(left)
            body = protocol.receiver.get_buffer()
            if body is None:
                answer = protocol.receive(self._recv(READ_SIZE) or self._ended())
            else:
                count = self._stream.recv_into(body) or len(self._ended())
                messages = protocol.receiver.buffer_updated(count)
                answer = protocol.check(messages) if messages else None
            if answer is not None:
                return answer

    def _ended(self) -> bytes:
        raise ConnectionClosedError("receiving: not enough data: the daemon closed the connection")


def open_connection(
    uri: URI,
    config: Config,
    converters: Converters,
    plugins: Plugins,
    *,
    serializer: str = "auto",
    handshake: Any = "hello",
    deadline: float = 0.0,
    sequence: int = 0,
) -> Connection:
    """Connect to the daemon that ``uri`` names and shake hands.

    ``deadline`` bounds all of it, besides the configured connect timeout.
    Raises ConnectError, whose outcome is ``not_sent``.
    """
    where = where_of(uri)
    limit = config.connect_timeout
    ends = time.monotonic() + limit if limit else 0.0
    if deadline:
        ends = min(ends, deadline) if ends else deadline
    transport = plugins.transport(uri.transport)
    try:
        left = within(ends) if ends else 0.0
        stream = transport.connect(uri.location or "", config, left)
    except OSError as error:
        if isinstance(error, CommunicationError):
            raise
        raise connect_error(where, error) from error
    caller = Caller(
        where,
        Peer(stream.peer_address, stream),
        config,
        converters,
        plugins,
        serializer,
        sequence,
        capabilities=CAPABILITIES,
    )
    connection = Connection(stream, caller)
    try:
        connection.shake_hands(uri.object, handshake, ends)
    except BaseException as error:
        connection.close()
        found = handshake_error(error, where)
        if found is error:
            raise
        raise found from error
    return connection
