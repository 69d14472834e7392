"""A stream that many threads use at once: each sends its calls, one of those who wait reads.

Rules of this file:

- ``_lock`` guards who reads, writes and waits (:class:`~pyrox.protocol.sharing.Sharing`) and what
  is unsent. It is held for bookkeeping only: never while waiting, never for input or output, and
  never while the program's own code runs.
- Who sends does not wait unless somebody reads: two sides that both wait to be read would do so
  for ever. With nothing else on its way that cannot happen (see :class:`.connection.Connection`).
- Whoever is interrupted while parked gives up its own call. An interrupt anywhere else may have
  come in the middle of a message, so it costs the connection.
- Nobody closes a stream that another thread is at: it is interrupted, and the last one closes it.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import math
import selectors
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from ..contracts.transport import Stream, without
from ..errors import CommunicationError, ConnectionClosedError, ProtocolError
from ..protocol.connection_errors import (
    lost_before_sending,
    own_copy,
    released,
    silent,
    translated,
)
from ..protocol.mux import MuxClientConnection
from ..protocol.sharing import Sharing, Turn, Waiter
from ..wire.buffers import Buffer
from ..wire.message import Message
from ..wire.receiver import READ_SIZE

__all__ = ["Channel", "ended"]

HIGH = 256 * 1024
"""From how many unsent bytes on no further calls are begun."""
SILENCE = 5.0
"""For how long, in seconds, a daemon may say nothing after a call was given up."""
_AT_ONCE = 0.001
_LOOK_AGAIN = 0.05
"""How often, in seconds, a thread that waits to send looks whether somebody reads."""
_GO, _READ, _WRITE, _PARK = Turn


class Channel:
    """The client's end of one connection, for any number of threads."""

    __slots__ = (
        "__weakref__",
        "_asked",
        "_heard",
        "_interval",
        "_is_ours",
        "_limit",
        "_lock",
        "_out",
        "_recv",
        "_sharing",
        "_stream",
        "_unsent",
        "_why",
        "protocol",
        "where",
    )

    def __init__(
        self, stream: Stream, protocol: MuxClientConnection[Waiter | None], where: str
    ) -> None:
        self.protocol = protocol
        self._stream = stream
        self._recv = stream.recv
        self.where = where
        self._lock = threading.Lock()
        self._sharing = Sharing(protocol.in_flight, _open_gate)
        self._out: list[Buffer] = []
        self._unsent = 0
        self._interval = 0.0
        self._asked = 0.0
        self._heard = 0.0
        self._limit = math.inf  # not known: what connecting needed
        self._why: BaseException | None = None
        self._is_ours = True

    @property
    def closed(self) -> bool:
        """True once it is of no further use."""
        return self._sharing.closed

    def fileno(self) -> int:
        """Return the descriptor that is readable when something has come."""
        return self._stream.fileno()

    @property
    def has_pending(self) -> bool:
        """Whether something has come that the descriptor does not show."""
        return self._stream.pending()

    @property
    def carries_many(self) -> bool:
        """Whether many calls may be on their way at once."""
        return self._sharing.most > 1

    # Waiting

    def wait(
        self,
        waiter: Waiter,
        deadline: float,
        read: Callable[[Waiter, float], bool] | None = None,
    ) -> bool:
        """Wait until ``waiter`` is ready; False where the instant ``deadline`` comes before.

        Reads for everybody (by ``read``, where that is another way), or sends what is unsent,
        where nobody else does. Raises what ended the connection.
        """
        sharing, lock = self._sharing, self._lock
        read = read or self._read
        in_time = True
        while in_time:
            with lock:
                turn = sharing.turn(waiter)
                if turn is _PARK and waiter.gate is None:
                    waiter.gate = threading.Lock()
                    waiter.gate.acquire()
            if turn is _READ:
                in_time = read(waiter, deadline)
            elif turn is _PARK:
                in_time = self._park(waiter, deadline)
            elif turn is _WRITE:
                in_time = self._drain(waiter, (), deadline)
            else:
                self._close_if_over()
                if waiter.ready:
                    return True
                raise self._lost()
        with lock:
            is_ready = not sharing.withdraw(waiter)
        self._close_if_over()
        return is_ready

    def _park(self, waiter: Waiter, deadline: float) -> bool:
        left = -1.0
        if deadline:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
        try:
            return bool(waiter.gate.acquire(True, left))
        except BaseException:
            with self._lock:
                self._sharing.withdraw(waiter)
            self.give_up(waiter)
            raise

    def give_up(self, waiter: Waiter) -> None:
        """Let a call go that nobody waits for any more.

        The daemon is told, if it can be, that nobody wants the answer. One that takes one call
        after the other cannot, and the next call could not begin before this one has ended, which
        may be never: that ends the connection.
        """
        sharing = self._sharing
        with self._lock:
            was_sent = sharing.give_up(waiter)
        if was_sent and "cancel" in self.protocol.peer.capabilities:
            if not self._asked:
                self._asked = time.monotonic()
            request = (*self.protocol.cancel(waiter.number), *self.protocol.ping())
            self._send(waiter, request, time.monotonic() + _AT_ONCE)
        elif was_sent and not any(sharing.in_flight.values()):
            self.close(lost_before_sending(self.where))
        waiter.given_up = True
        self._close_if_over()

    @property
    def has_unsent(self) -> bool:
        """Whether something was left for somebody to send."""
        return self._sharing.has_unsent

    def send_rest(self, waiter: Waiter) -> None:
        """Send what was left to ``waiter`` to send."""
        if self.has_unsent:
            self._send(waiter, (), 0.0)

    def forget(self, waiters: Iterable[Waiter], wait: bool = True) -> None:
        """Let calls go without a word to the daemon: nobody will look at their answers.

        Not to ``wait`` is for a finalizer, which may run while this thread has the lock; then
        the answers are kept with what nobody looks at.
        """
        if self._lock.acquire(wait):
            try:
                for waiter in waiters:
                    self._sharing.give_up(waiter)
            finally:
                self._lock.release()

    # Reading, as the one who does

    def _read(self, waiter: Waiter, deadline: float) -> bool:
        """Receive once, and hand out what came; False where the time is over before."""
        left = 0.0 if waiter.reads else _LOOK_AGAIN  # others may give it what it waits for
        if deadline:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            left = min(left, remaining) if left else remaining
        try:
            self._limit_to(left)
            self._receive(self._recv, self._stream.recv_into)
        except (BlockingIOError, builtins.TimeoutError) as error:
            if error.errno == errno.ETIMEDOUT:  # the system gave the peer up
                raise
            self.doubt(waiter)
        return True

    def receive_nowait(self) -> None:
        """Receive what is there, as the one who reads, and hand out what came."""
        with contextlib.suppress(BlockingIOError):
            self._receive(self._stream.recv_nowait, self._stream.recv_into_nowait)

    def _receive(
        self, recv: Callable[[int], bytes], recv_into: Callable[[memoryview], int]
    ) -> None:
        protocol = self.protocol
        place = protocol.receiver.get_buffer()
        if place is None:
            self._hand_out(protocol.messages(recv(READ_SIZE) or ended()))
        else:
            count = recv_into(place) or len(ended())
            self._hand_out(protocol.receiver.buffer_updated(count))

    def _hand_out(self, messages: Sequence[Message]) -> None:
        self._asked = 0.0
        self._heard = time.monotonic()
        with self._lock:
            self._sharing.deliver(self.protocol.match(messages))
            if self.protocol.draining:
                self._sharing.retired = True
        if self.protocol.error is not None:
            raise self.protocol.error

    def _limit_to(self, seconds: float) -> None:
        """Bound what blocks from now on; a bound that is a hundredth too long is not set anew.

        Receiving is bound in any case, where the daemon is to be asked whether it is there.
        """
        self._limit = limit = seconds and 1.005 * seconds
        receiving = self._interval if not limit or limit > self._interval > 0 else limit
        self._stream.set_timeouts(receiving, limit)

    def doubt(self, waiter: Waiter, heard: float | None = None) -> None:
        """Ask a daemon that has long been silent whether it is there; raises once it must be gone.

        ``heard`` is the instant at which it last said something, where that is known better.
        """
        interval, now = self._interval, time.monotonic()
        if not interval or now - (self._heard if heard is None else heard) < interval:
            return
        if not self._asked:
            self._asked = now
            self._send(waiter, self.protocol.ping(), now + _AT_ONCE)
        elif now - self._asked > 2 * interval:
            raise silent(self.where)

    # Writing, as the one who does

    def _send(
        self,
        waiter: Waiter,
        request: Sequence[Buffer],
        deadline: float,
        reader: Waiter | None = None,
    ) -> bool:
        """Send a message, or let whoever sends now take it along.

        False where the time is over before: then somebody else sends the rest. ``reader``, where
        that is who reads, sends it soon: its owner wakes it.
        """
        sharing = self._sharing
        with self._lock:
            soon = reader is not None and sharing.reader is reader and len(sharing.in_flight) > 1
            if sharing.writer is not None or sharing.has_unsent or soon:
                self._leave_unsent(request, len(self._out))
                if sharing.writer is not None or (soon and not sharing.is_full):
                    return True
                request = ()
            sharing.writer = waiter
        return self._drain(waiter, request, deadline)

    def _drain(self, waiter: Waiter, request: Sequence[Buffer], deadline: float) -> bool:
        """Send a message, and what others leave meanwhile; False where the time is over before."""
        sharing = self._sharing
        while True:
            if request:
                rest = self._send_some(waiter, request, deadline)
                if rest:
                    with self._lock:
                        self._leave_unsent(rest, 0)
                        sharing.stop_writing()
                    return waiter.ready
            with self._lock:
                request, self._out = self._out, []
                if len(request) > 1 and self._unsent <= HIGH:
                    request = (b"".join(request),)
                self._unsent = 0
                sharing.is_full = False
                if not request:
                    sharing.has_unsent = False
                    sharing.stop_writing()
                    sharing.admit()
                    break
        self._close_if_over()
        return True

    def _leave_unsent(self, buffers: Sequence[Buffer], index: int) -> None:
        """Let somebody else send ``buffers``, before or behind what is unsent. The lock is held."""
        self._out[index:index] = map(_fixed, buffers)
        self._unsent += sum(map(_size, buffers))
        self._sharing.has_unsent = True
        self._sharing.is_full = self._unsent > HIGH

    def _send_some(
        self, waiter: Waiter, buffers: Sequence[Buffer], deadline: float
    ) -> Sequence[Buffer]:
        """Send ``buffers``; return what is left of them, for somebody else to send.

        That is where the time is over, or the sender's own answer came and others are waiting.
        """
        try:
            sent = self._stream.send_nowait(buffers)
        except BlockingIOError:
            sent = 0
        if len(buffers) == 1 and sent == _size(buffers[0]):
            return ()
        rest = without([memoryview(buffer) for buffer in buffers], sent)
        while rest:
            if deadline and time.monotonic() >= deadline:
                break
            if waiter.ready and self._sharing.parked:
                break
            self._wait_to_send(waiter, deadline)
            with contextlib.suppress(BlockingIOError):
                rest = without(rest, self._stream.send_nowait(rest))
        return rest

    def _wait_to_send(self, waiter: Waiter, deadline: float) -> None:
        """Wait until the peer takes more; read meanwhile, if nobody else does."""
        sharing = self._sharing
        with self._lock:
            read_before = sharing.reader is waiter
            reads = read_before or sharing.reader is None
            if reads:
                sharing.reader = waiter
        events = 0
        if reads or not self._stream.waits_to_send(True):
            events |= selectors.EVENT_READ
        if self._stream.waits_to_send(True):
            events |= selectors.EVENT_WRITE
        self.doubt(waiter)
        left = max(deadline - time.monotonic(), 0.0) if deadline else _LOOK_AGAIN
        with selectors.DefaultSelector() as selector:
            selector.register(self._stream.fileno(), events)
            found = selector.select(min(left, _LOOK_AGAIN))
        if reads:
            if any(event & selectors.EVENT_READ for _, event in found):
                self.receive_nowait()
            if not read_before:
                with self._lock:
                    sharing.stop_reading(waiter)

    # Ending

    def failed(self, waiter: Waiter, error: BaseException) -> NoReturn:
        """Raise what ended a call; unless that concerns nobody else, it ends the connection."""
        if waiter.given_up:
            raise error
        found: BaseException = error
        try:
            if isinstance(error, ConnectionError):
                error = self._last_words(waiter) or error
            found = translated(error, self.where)
            if found is not error:
                found.__cause__ = error
        except BaseException as interrupt:
            found = interrupt
        self.close(found, waiter)
        raise found

    def _last_words(self, waiter: Waiter) -> ProtocolError | None:
        """Return why the daemon closed the connection, if it said so before it did."""
        sharing = self._sharing
        with self._lock:
            if sharing.reader not in (None, waiter):
                return None
            sharing.reader = waiter
        try:
            self.receive_nowait()
        except ProtocolError as reason:
            return reason
        except (OSError, CommunicationError):
            pass
        return None

    def close(self, why: BaseException | None = None, waiter: Waiter | None = None) -> None:
        """Close the connection; calls that are on their way fail. Closing again does nothing.

        ``waiter`` is whoever closes it, in mid-work perhaps.
        """
        try:
            self._end(why or released(), waiter)
        except BaseException:
            self._end(why or released(), waiter)  # it was interrupted: nobody may be left waiting
            raise

    def _end(self, why: BaseException, waiter: Waiter | None) -> None:
        sharing = self._sharing
        with self._lock:
            if self._why is None:
                self._why = why
            sharing.close()
            if waiter is not None:
                sharing.leave(waiter)
            in_use = sharing.reader is not None or sharing.writer is not None
        if in_use:
            self._stream.interrupt()
        else:
            self._stream.close()

    def retire(self) -> None:
        """Begin no more calls, and close once those that are on their way have ended."""
        with self._lock:
            self._sharing.retired = True
        self._close_if_over()

    def _close_if_over(self) -> None:
        sharing = self._sharing
        if sharing.retired:
            with self._lock:
                is_over = sharing.is_over
            if is_over:
                self.close()

    def _lost(self) -> BaseException:
        """Return another exception like the one that ended the connection."""
        assert self._why is not None
        if isinstance(self._why, Exception):
            return own_copy(self._why)
        return ConnectionClosedError(
            f"connection with {self.where} given up: another thread's call was interrupted"
        )

    def abandon(self) -> None:
        """Forget a connection that belongs to the parent process, without a word to the peer."""
        self._is_ours = False
        self._sharing.closed = self._sharing.retired = True
        self._stream.abandon()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            if self._is_ours:
                self._stream.close()


def _open_gate(waiter: Waiter) -> None:
    gate = waiter.gate
    if gate is not None and gate.locked():  # an interrupt may have come before there was one
        gate.release()


def _size(buffer: Buffer) -> int:
    return buffer.nbytes if type(buffer) is memoryview else len(buffer)


def _fixed(buffer: Buffer) -> Buffer:
    """Return a copy of what the caller may change, once it is told that its time is over."""
    of_bytes = type(buffer) is memoryview and type(buffer.obj) is bytes
    return buffer if of_bytes or type(buffer) is bytes else bytes(buffer)


def ended() -> bytes:
    """Raise what the end of the connection is called."""
    raise ConnectionClosedError("receiving: not enough data: the daemon closed the connection")
