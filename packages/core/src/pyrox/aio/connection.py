"""A client's connection with a daemon: many calls at once where the daemon can, else in turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeAlias

from ..contracts.converters import Converters
from ..contracts.transport import Stream, connect_error
from ..errors import (
    CommunicationError,
    ConnectionClosedError,
    Outcome,
    SecurityError,
    SerializeError,
)
from ..logic.remote import Caller
from ..plugins import Plugins
from ..protocol.connection_errors import (
    handshake_error,
    lost_before_sending,
    no_answer,
    own_copy,
    released,
    too_busy,
    translated,
    was_not_begun,
    where_of,
    within,
)
from ..protocol.mux import MuxClientConnection
from ..protocol.wire_log import new_mux_connection
from ..values.config import Config
from ..values.context import CallOptions, Peer
from ..values.reference import Members
from ..values.uri import URI
from ..wire.buffers import Buffer
from ..wire.message import Message
from .channel import Channel
from .opening import open_stream
from .turns import Turns

__all__ = ["CAPABILITIES", "Connection", "open_connection"]

CAPABILITIES = frozenset({"cancel", "deadline", "drain", "mux"})
"""What this driver can do beyond Pyro 5."""
STALE_AFTER = 0.02
"""After how many quiet seconds it is looked whether a connection is still there before its use."""

Waiter: TypeAlias = "asyncio.Future[Message]"


class Connection(Channel):
    """One connection, ready for calls of many tasks."""

    __slots__ = (
        "_in_flight",
        "_is_shared",
        "_last_used",
        "_protocol",
        "_turns",
        "caller",
        "handshake_answer",
        "members",
    )

    def __init__(
        self,
        stream: Stream,
        caller: Caller,
        protocol: MuxClientConnection[Waiter],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(stream, protocol.receiver, loop)
        self.caller = caller
        self.members = Members()
        self.handshake_answer: Any = None
        self._protocol = protocol
        self._in_flight = protocol.in_flight
        self._turns = Turns(1, loop)
        self._is_shared = False
        self._last_used = 0.0

    async def shake_hands(self, object_id: str, data: Any, deadline: float, most: int) -> None:
        """Open the conversation; ConnectError where the daemon refuses."""
        self._turns.take()
        self.resume()
        hello = self.caller.begin_handshake(object_id, data)
        answer = await self._exchange(hello, deadline)
        if self._protocol.claim is not None and self._protocol.asks_for_proof(answer):
            self._turns.take()
            proof = self.caller.begin_handshake(object_id, data, answer)
            answer = await self._exchange(proof, deadline)
        self.handshake_answer, self.members = self.caller.finish_handshake(answer, object_id)
        self._is_shared = "mux" in self.caller.peer.capabilities
        if self._is_shared:
            self._turns = Turns(most, self.loop)
        self._last_used = time.monotonic()

    @property
    def retires(self) -> bool:
        """Whether new calls are better made on another one: the daemon is about to stop."""
        return self._protocol.draining

    # Calls

    async def call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        deadline: float = 0.0,
        beside: CallOptions | None = None,
    ) -> Any:
        """Make a call and return its result; ``deadline`` is an instant, 0 for none."""
        answer = await self._answer_to(object_id, method, args, kwargs, flags, deadline, beside)
        try:
            return self.caller.finish_call(answer)
        except StopIteration as error:  # which a coroutine cannot raise
            raise StopAsyncIteration(*error.args) from error
        except (SerializeError, SecurityError) as error:
            # The daemon closes its end after arguments that it could not read, Pyro 5 always;
            # but not where other calls are on their way.
            if not self._is_shared and (not self.caller.peer.is_pyrox or was_not_begun(error)):
                self._fail(ConnectionClosedError("the daemon closes it after this error"))
            raise

    async def call_raw(
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
        return await self._answer_to(object_id, method, args, kwargs, flags, deadline, beside)

    async def notify(
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
        if self.is_full:
            await self._wait(self.room(), deadline)
        request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside)
        self._check_usable()
        self.write(request)

    async def _answer_to(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        deadline: float,
        beside: CallOptions | None,
    ) -> Message:
        if not self._turns.take():
            await self._wait(self._turns.queue(), deadline)
        try:
            if self.is_full:
                await self._wait(self.room(), deadline)
            left = within(deadline) if deadline else 0.0
            request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside, left)
            self._check_usable()
        except BaseException:
            self._turns.give_back()
            raise
        return await self._exchange(request, deadline)

    async def _exchange(self, request: Sequence[Buffer], deadline: float) -> Message:
        """Send what was just made; whoever does holds a turn, which ends with the answer."""
        waiter: Waiter = self.loop.create_future()
        self._protocol.expect(waiter)
        number = self._protocol.sequence
        self.write(request)
        if not deadline:
            try:
                return await waiter
            except asyncio.CancelledError:
                self._give_up(number)
                raise
        left = max(deadline - time.monotonic(), 0.0)
        alarm = self.loop.call_later(left, self._expire, waiter, number)
        try:
            return await waiter
        except asyncio.CancelledError:
            self._give_up(number)
            raise
        finally:
            alarm.cancel()

    async def _wait(self, waiting: Coroutine[Any, Any, None], deadline: float) -> None:
        """Wait for one's turn, or for room, for as long as the call may take."""
        if not deadline:
            await waiting
            return
        try:
            await asyncio.wait_for(waiting, within(deadline))
        except asyncio.TimeoutError:  # another class before Python 3.11
            raise too_busy(self.caller.where) from None

    def _check_usable(self) -> None:
        if time.monotonic() - self._last_used > STALE_AFTER and not self.closed:
            self.receive()  # it may have ended while nobody looked
        if self.closed:
            raise lost_before_sending(self.caller.where)

    def _expire(self, waiter: Waiter, number: int) -> None:
        if not waiter.done():
            waiter.set_exception(no_answer(self.caller.where))
            self._give_up(number)

    def _give_up(self, number: int) -> None:
        """Take note that nobody waits for an answer any more, and let the daemon know."""
        capabilities = self.caller.peer.capabilities
        if not self._is_shared:
            # The next call could not begin before that answer has come, which may be never.
            self._fail(ConnectionClosedError("the call before was given up", outcome=_NOT_SENT))
        elif "cancel" in capabilities:
            self.write(self._protocol.cancel(number))

    # What comes

    def _take(self, data: bytes) -> None:
        self._last_used = time.monotonic()
        self._hand_out(self._protocol.answers(data))

    def _take_filled(self, count: int) -> None:
        self._last_used = time.monotonic()
        self._hand_out(self._protocol.filled(count))

    def _hand_out(self, answers: list[tuple[Waiter, Message]]) -> None:
        for waiter, answer in answers:
            self._turns.give_back()
            if not waiter.done():
                waiter.set_result(answer)
        if self._protocol.error is not None:
            raise self._protocol.error
        if self._protocol.draining and not self._in_flight:
            self.close()

    def _ended(self, error: BaseException | None) -> None:
        self._fail(
            error
            or ConnectionClosedError("receiving: not enough data: the daemon closed the connection")
        )

    def close(self) -> None:
        """Close the connection; calls that are on their way fail."""
        self._fail(released())

    def _fail(self, error: BaseException) -> None:
        """Close the connection, and let all its calls fail."""
        super().close()
        lost = list(self._in_flight.values())
        self._in_flight.clear()
        if self.loop.is_closed():
            return  # and so are the tasks that waited
        for waiter in lost:
            self._turns.give_back()
            if not waiter.done():
                waiter.set_exception(own_copy(translated(error, self.caller.where)))


_NOT_SENT = Outcome.NOT_SENT


async def open_connection(
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
        stream = await open_stream(transport, uri.location or "", config, left)
    except OSError as error:
        if isinstance(error, CommunicationError):
            raise
        raise connect_error(where, error) from error
    peer = Peer(stream.peer_address, stream)
    protocol: MuxClientConnection[Waiter] = new_mux_connection(peer, config, sequence)
    caller = Caller(where, config, converters, plugins, serializer, protocol, CAPABILITIES)
    connection = Connection(stream, caller, protocol, asyncio.get_running_loop())
    try:
        await connection.shake_hands(uri.object, handshake, ends, config.max_in_flight)
    except BaseException as error:
        connection.close()
        found = handshake_error(error, where)
        if found is error:
            raise
        raise found from error
    return connection
