"""A client's connection with a daemon: many calls at once where the daemon can, else in turn."""

from __future__ import annotations

import builtins
import errno
import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from ..contracts.converters import Converters
from ..contracts.transport import Stream, connect_error
from ..errors import CommunicationError, SecurityError, SerializeError
from ..logic.remote import Caller, Draft
from ..plugins import Plugins
from ..protocol.connection_errors import handshake_error, was_not_begun, where_of, within
from ..protocol.mux import MAX_IN_FLIGHT
from ..protocol.sharing import Waiter
from ..protocol.wire_log import new_mux_connection
from ..values.config import Config
from ..values.context import CallOptions, Peer
from ..values.reference import Members
from ..values.uri import URI
from ..wire.message import Message
from ..wire.receiver import READ_SIZE
from .channel import SILENCE, ended
from .exchanges import Exchanges
from .futures import Futures

__all__ = ["CAPABILITIES", "Connection", "open_connection"]

CAPABILITIES = frozenset({"cancel", "deadline", "drain", "keepalive", "mux"})
"""What this driver's proxies can do beyond Pyro 5."""
STALE_AFTER = 0.02
"""How often, in seconds, it is looked whether a connection is still there before it is used."""


class Connection(Exchanges):
    """One connection, ready for calls of many threads."""

    __slots__ = ("_futures", "_last_used", "_send_small", "caller", "handshake_answer", "members")

    def __init__(self, stream: Stream, caller: Caller) -> None:
        super().__init__(stream, caller.protocol, caller.where)
        self._send_small = stream.send_small
        self.caller = caller
        self.members = Members()
        self.handshake_answer: Any = None
        self._last_used = 0.0
        self._futures: Futures | None = None

    def shake_hands(
        self, object_id: str, data: Any, deadline: float, most: int, keepalive: float
    ) -> None:
        """Open the conversation; ConnectError where the daemon refuses."""
        hello = self.caller.begin_handshake(object_id, data)
        answer = self.exchange_first(hello, deadline)
        if self.protocol.claim is not None and self.protocol.asks_for_proof(answer):
            proof = self.caller.begin_handshake(object_id, data, answer)
            answer = self.exchange_first(proof, deadline)
        self.handshake_answer, self.members = self.caller.finish_handshake(answer, object_id)
        if "mux" in self.caller.peer.capabilities:
            self._sharing.most = most
        self._interval = self.protocol.keep_alive(keepalive)
        if self._interval:
            self._limit = math.inf  # to be set anew
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
        """Make a call and return its result; ``deadline`` is an instant, 0 for none."""
        caller = self.caller
        left = within(deadline) if deadline else 0.0
        draft = caller.draft_call(object_id, method, args, kwargs, flags, beside, left)
        sharing, protocol, me = self._sharing, self.protocol, Waiter()
        in_flight = sharing.in_flight
        answer: Any = None
        try:
            # What exchange() does, the short way, where nothing else is on its way: that is nearly
            # every call, so no method of Sharing is called for it.
            with self._lock:
                is_alone = not (  # sharing.is_idle
                    in_flight
                    or sharing.reader is not None
                    or sharing.writer is not None
                    or sharing.admitted
                    or sharing.has_unsent
                    or sharing.retired
                )
                if is_alone:
                    number = me.number = protocol.sequence = (protocol.sequence + 1) & 0xFFFF
                    in_flight[number] = sharing.reader = sharing.writer = me
            if is_alone:
                answer = self._exchange_alone(me, draft, left, deadline)
        except BaseException as error:
            self.failed(me, error)
        try:
            if type(answer) is bytes:
                return caller.finish_plain(answer, draft[1])
            if answer is None:
                answer = self.exchange(draft, deadline)
            return caller.finish_call(answer)
        except (SerializeError, SecurityError) as error:
            # The daemon closes its end after arguments that it could not read, Pyro 5 always;
            # but not where other calls may be on their way.
            if not self.carries_many and (not caller.peer.is_pyrox or was_not_begun(error)):
                self.close()
            raise

    def _exchange_alone(
        self, me: Waiter, draft: Draft, left: float, deadline: float
    ) -> Message | bytes:
        """Send a call and receive its answer, as the one who has all the roles.

        Returns the payload of a plain answer, and any other one as it is.
        """
        sharing, protocol = self._sharing, self.protocol
        self._send_alone(me, draft, left, deadline)
        if sharing.has_unsent:
            self._send(me, (), deadline)
            return self._answer_for(me, deadline)
        try:
            data = self._recv(READ_SIZE) or ended()
        except (BlockingIOError, builtins.TimeoutError) as error:
            if error.errno == errno.ETIMEDOUT:
                raise
            self.doubt(me, heard=0.0)  # it was the interval that is over, or soon the call's time
            return self._answer_for(me, deadline)
        if self._asked:
            self._asked = 0.0
        found = protocol.plain_answer(data, draft[1])
        if found is None or found[0] != me.number:
            self._hand_out(protocol.messages(data))
            return self._answer_for(me, deadline)
        with self._lock:
            del sharing.in_flight[me.number]
            if sharing.parked or sharing.queue:
                sharing.finish(me)
            else:
                sharing.reader = None
        if sharing.retired:
            self._close_if_over()
        return found[1]

    def _send_alone(self, me: Waiter, draft: Draft, left: float, deadline: float) -> None:
        """Send a call, as the writer; it may wait, since nothing else is on its way.

        So the daemon has nothing to say that would have to be read before it reads this.
        """
        payload, serializer_id, flags, annotations, correlation_id, time_left = draft
        try:
            request = self.protocol.numbered(
                me.number, payload, serializer_id, flags, annotations, correlation_id, time_left
            )
        except Exception:
            self._take_back(me)
            raise
        if left != self._limit and not left < self._limit < 1.01 * left:
            self._limit_to(left)
        if len(request) == 1:
            self._send_small(request[0])
        else:
            self._stream.send(request)
            if deadline:  # sending much took some of the time
                self._limit_to(max(deadline - time.monotonic(), 0.001))
        # No lock: first the role is free, then it is looked whether somebody left something;
        # whoever leaves something looks at the role after that. One of both sees the other.
        self._sharing.writer = None

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
        draft = self.caller.draft_call(object_id, method, args, kwargs, flags, beside)
        return self.exchange(draft, deadline)

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
        left = within(deadline) if deadline else 0.0
        draft = self.caller.draft_call(object_id, method, args, kwargs, flags, beside)
        sharing, me = self._sharing, Waiter()
        try:
            with self._lock:
                is_alone = sharing.is_idle
                if is_alone:
                    me.number = self.protocol.next_number()
                    sharing.writer = me
            if is_alone:
                self._send_alone(me, draft, left, deadline)
                if sharing.has_unsent:
                    self._send(me, (), deadline)
        except BaseException as error:
            self.failed(me, error)
        if not is_alone:
            self.send_oneway(draft, deadline)

    def submit(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        deadline: float,
        beside: CallOptions | None,
        finish: Callable[[Message], Any],
    ) -> Future[Any]:
        """Make a call whose answer ``finish`` makes the result of a future."""
        left = within(deadline) if deadline else 0.0
        draft = self.caller.draft_call(object_id, method, args, kwargs, 0, beside, left)
        with self._lock:
            futures = self._futures
            if futures is None:
                futures = self._futures = Futures(self)
        return futures.submit(draft, finish, deadline)

    def release(self) -> None:
        """Close the connection once the calls that threads wait for have ended."""
        futures = self._futures
        if futures is not None:
            futures.close()
        self.retire()
        if futures is not None:
            futures.join()

    def _is_alive(self) -> bool:
        """Tell whether the connection is still there, as far as a look at it shows.

        What came while nobody was waiting is taken, such as the answers to calls that were given
        up. Where one was, and the daemon has said nothing at all for long, it is taken for gone.
        """
        sharing, prober = self._sharing, Waiter()
        try:
            with self._lock:
                if sharing.reader is not None or any(sharing.in_flight.values()):
                    return True  # whoever is waiting will find out
                sharing.reader = prober
            try:
                self._receive(self._stream.recv_nowait, self._stream.recv_into_nowait)
                alive = not sharing.retired
            except BlockingIOError:
                alive = not self._asked or time.monotonic() - self._asked < SILENCE
            except (OSError, CommunicationError):
                alive = False
            with self._lock:
                sharing.stop_reading(prober)
            return alive
        except BaseException as error:
            self.close(error, prober)
            raise

    def is_stale(self) -> bool:
        """Tell whether it is closed, or the daemon went away while the connection was quiet."""
        if self._sharing.retired:
            return True
        now = time.monotonic()
        if now - self._last_used < STALE_AFTER:
            return False
        self._last_used = now
        if self._is_alive():
            return False
        self.retire()
        return True


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
    capabilities: frozenset[str] = CAPABILITIES,
) -> Connection:
    """Connect to the daemon that ``uri`` names and shake hands.

    ``deadline`` bounds all of it, besides the configured connect timeout; ``capabilities`` is what
    the daemon is told that this side can do beyond Pyro 5.
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
    protocol = new_mux_connection(Peer(stream.peer_address, stream), config, sequence)
    caller = Caller(where, config, converters, plugins, serializer, protocol, capabilities)
    connection = Connection(stream, caller)
    try:
        most = min(config.max_in_flight or MAX_IN_FLIGHT, MAX_IN_FLIGHT - 1)
        connection.shake_hands(uri.object, handshake, ends, most, config.keepalive)
    except BaseException as error:
        connection.close()
        found = handshake_error(error, where)
        if found is error:
            raise
        raise found from error
    return connection
