"""A client's connection with a daemon: many calls at once where the daemon can, else in turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
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
    silent,
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
from .channel import HIGH, Channel
from .opening import open_stream
from .turns import Turns

__all__ = ["CAPABILITIES", "Connection", "open_connection"]

CAPABILITIES = frozenset({"cancel", "deadline", "drain", "keepalive", "mux"})
"""What this driver can do beyond Pyro 5."""
STALE_AFTER = 0.02
"""After how many quiet seconds it is looked whether a connection is still there before its use."""
_CLOCK = 0.001
"""How much earlier than by the clock, in seconds, an alarm may go off: the loop's has a grain."""

Waiter: TypeAlias = "asyncio.Future[Message]"


class Connection(Channel):
    """One connection, ready for calls of many tasks."""

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_in_flight",
        "_interval",
        "_is_shared",
        "_last_used",
        "_limits",
        "_turns",
        "_watching",
        "caller",
        "handshake_answer",
        "members",
        "protocol",
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
        self.protocol = protocol
        self._in_flight = protocol.in_flight
        self._turns = Turns(self._in_flight, loop)
        self._is_shared = False
        self._last_used = 0.0
        self._limits: dict[int, float] = {}
        self._interval = 0.0
        self._watching: asyncio.TimerHandle | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = 0.0

    async def shake_hands(
        self, object_id: str, data: Any, deadline: float, most: int, keepalive: float
    ) -> None:
        """Open the conversation; ConnectError where the daemon refuses."""
        self.resume()
        hello = self.caller.begin_handshake(object_id, data)
        answer = await self._exchange_first(hello, deadline)
        if self.protocol.claim is not None and self.protocol.asks_for_proof(answer):
            proof = self.caller.begin_handshake(object_id, data, answer)
            answer = await self._exchange_first(proof, deadline)
        self.handshake_answer, self.members = self.caller.finish_handshake(answer, object_id)
        self._is_shared = "mux" in self.caller.peer.capabilities
        if self._is_shared:
            self._turns.most = most
        self._interval = self.protocol.keep_alive(keepalive)
        self._last_used = time.monotonic()

    @property
    def retires(self) -> bool:
        """Whether new calls are better made on another one: the daemon is about to stop."""
        return self.protocol.draining

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
        return self.finish(
            await self.call_raw(object_id, method, args, kwargs, flags, deadline, beside)
        )

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
        turns = self._turns
        if not turns.admit():
            await self._wait(turns.queue, deadline)
        try:
            if self.is_full:
                await self._wait(self.room, deadline)
            self._check_usable()
            waiter = self._send_call(object_id, method, args, kwargs, flags, deadline, beside)
        finally:
            turns.give_back()
        number = self.protocol.sequence
        try:
            return await waiter
        except asyncio.CancelledError:
            self.give_up(number)
            raise

    def begin(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        deadline: float,
        beside: CallOptions | None,
    ) -> Waiter | None:
        """Send a call now; None where it cannot be: it would have to wait, or is closed.

        Its number is the protocol's ``sequence`` then. Whoever awaits the answer takes it to
        :meth:`finish`, and where that is cancelled the number to :meth:`give_up`.
        """
        if not self._in_flight and time.monotonic() - self._last_used > STALE_AFTER:
            self.receive()  # it may have ended while nobody looked
        if self.closed or self.unsent > HIGH or not self._turns.is_free:
            return None
        return self._send_call(object_id, method, args, kwargs, 0, deadline, beside)

    def _send_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        deadline: float,
        beside: CallOptions | None,
    ) -> Waiter:
        protocol, in_flight = self.protocol, self._in_flight
        left = within(deadline) if deadline else 0.0
        draft = self.caller.draft_call(object_id, method, args, kwargs, flags, beside, left)
        number = protocol.next_number()
        request = protocol.numbered(number, *draft)
        waiter: Waiter = self.loop.create_future()
        if deadline:
            self._limit(number, deadline)
        is_alone = not in_flight
        in_flight[number] = waiter
        if is_alone:
            self.write_now(request)
            if self._watching is None and self._interval:
                self._watch_over()
        else:
            self.write(request)  # together with others of this turn
        return waiter

    def finish(self, answer: Message) -> Any:
        """Return the result that an answer carries, or raise what it says."""
        try:
            _, flags, _, serializer_id, payload, annotations, _, _ = answer
            if not flags and annotations is None and type(payload) is bytes:
                return self.caller.finish_plain(payload, serializer_id)
            return self.caller.finish_call(answer)
        except StopIteration as error:  # which a coroutine cannot raise
            raise StopAsyncIteration(*error.args) from error
        except (SerializeError, SecurityError) as error:
            # The daemon closes its end after arguments that it could not read, Pyro 5 always;
            # but not where other calls are on their way.
            if not self._is_shared and (not self.caller.peer.is_pyrox or was_not_begun(error)):
                self._fail(ConnectionClosedError("the daemon closes it after this error"))
            raise

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
            await self._wait(self.room, deadline)
        request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside)
        self._check_usable()
        self.write(request)

    async def _exchange_first(self, request: Sequence[Buffer], deadline: float) -> Message:
        """Send what opens the conversation, and return the answer."""
        waiter: Waiter = self.loop.create_future()
        self.protocol.expect(waiter)
        if deadline:
            self._limit(self.protocol.sequence, deadline)
        self.write(request)
        return await waiter

    def _check_usable(self) -> None:
        if time.monotonic() - self._last_used > STALE_AFTER and not self.closed:
            self.receive()  # it may have ended while nobody looked
        if self.closed:
            raise lost_before_sending(self.caller.where)

    async def _wait(self, wait: Callable[[], Coroutine[Any, Any, None]], deadline: float) -> None:
        """Wait for one's turn, or for room, for as long as the call may take."""
        if not deadline:
            await wait()
            return
        left = within(deadline)
        try:
            await asyncio.wait_for(wait(), left)
        except asyncio.TimeoutError:  # another class before Python 3.11
            raise too_busy(self.caller.where) from None

    def give_up(self, number: int) -> None:
        """Take note that nobody waits for an answer any more, and let the daemon know."""
        if number not in self._in_flight:
            return
        if not self._is_shared:
            # The next call could not begin before that answer has come, which may be never.
            self._fail(ConnectionClosedError("the call before was given up", outcome=_NOT_SENT))
        elif "cancel" in self.caller.peer.capabilities:
            self.write(self.protocol.cancel(number))

    # The time that calls have: one alarm for all, since setting one costs as much as half a call.

    def _limit(self, number: int, deadline: float) -> None:
        self._limits[number] = deadline
        if self._alarm is None or deadline < self._alarm_at:
            self._set_alarm(deadline)

    def _set_alarm(self, deadline: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = deadline
        left = max(deadline - time.monotonic(), 0.0)
        self._alarm = self.loop.call_later(left, self._expire)

    def _expire(self) -> None:
        """Let the calls fail whose time is over; look after the others when theirs is."""
        self._alarm = None
        now = time.monotonic() + _CLOCK
        for number, deadline in list(self._limits.items()):
            if number not in self._in_flight:
                del self._limits[number]
            elif deadline <= now:
                del self._limits[number]
                waiter = self._in_flight[number]
                if not waiter.done():
                    waiter.set_exception(no_answer(self.caller.where))
                    self.give_up(number)
        if self._limits and not self.closed:
            self._set_alarm(min(self._limits.values()))

    # Whether a daemon that says nothing is there

    def _watch_over(self, asked: float = 0.0) -> None:
        """Look soon, as long as calls are on their way, whether the daemon is there.

        ``asked`` is the instant at which it was asked that, where it has not answered yet.
        """
        self._watching = self.loop.call_later(
            self._interval, self._look_after, self._last_used, asked
        )

    def _look_after(self, heard: float, asked: float) -> None:
        """Ask a daemon that has been silent since the last look; give up one that stays so."""
        self._watching = None
        if self.closed or not self._in_flight:
            return
        now = time.monotonic()
        if self._last_used != heard:
            asked = 0.0
        elif not asked:
            asked = now
            self.write(self.protocol.ping())
        elif now - asked > 1.9 * self._interval:
            self._fail(silent(self.caller.where))
            return
        self._watch_over(asked)

    # What comes

    def _take(self, data: bytes) -> None:
        self._hand_out(self.protocol.answers(data))

    def _take_filled(self, count: int) -> None:
        self._hand_out(self.protocol.filled(count))

    def _hand_out(self, answers: Sequence[tuple[Waiter, Message]]) -> None:
        self._last_used = time.monotonic()
        limits = self._limits
        for waiter, answer in answers:
            if limits:
                limits.pop(answer.sequence, None)
            if not waiter.done():
                waiter.set_result(answer)
        if self._turns.waiting:
            self._turns.go_on()
        if self.protocol.error is not None:
            raise self.protocol.error
        if self.protocol.draining and not self._in_flight:
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
        for timer in (self._alarm, self._watching):
            if timer is not None:
                timer.cancel()
        self._alarm = self._watching = None
        self._limits.clear()
        lost = list(self._in_flight.values())
        self._in_flight.clear()
        if self.loop.is_closed():
            return  # and so are the tasks that waited
        self._turns.go_on()
        for waiter in lost:
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
        await connection.shake_hands(
            uri.object, handshake, ends, config.max_in_flight, config.keepalive
        )
    except BaseException as error:
        connection.close()
        found = handshake_error(error, where)
        if found is error:
            raise
        raise found from error
    return connection
