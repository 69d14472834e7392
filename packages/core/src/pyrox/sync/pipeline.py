"""Calls that are begun without waiting for them: futures, all on the proxy's own connection.

Rules of this file:

- Requests are made and sent under the proxy's lock, one behind the other. Answers are read by the
  pipeline's thread alone, from the first call until nothing is on its way any more; then the proxy
  reads for itself again.
- ``_changed`` guards what is on its way, and is held for bookkeeping only, never while waiting for
  the network.
- Nobody closes a stream under its reader: it is interrupted, and the reader ends.
"""

from __future__ import annotations

import builtins
import heapq
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

from ..logic.remote import Caller
from ..protocol.connection_errors import (
    lost_before_sending,
    no_answer,
    own_copy,
    released,
    translated,
    within,
)
from ..protocol.mux import MAX_IN_FLIGHT, MuxClientConnection
from ..protocol.wire_log import mux_after
from ..values.context import CallOptions
from ..wire.message import Message
from .connection import Connection

__all__ = ["Pipeline"]

IDLE = 1.0
"""How long, in seconds, the thread waits for further calls."""


_Begun: TypeAlias = "tuple[Future[Any], Callable[[Message], Any]]"
"""A call on its way: its future, and what makes its result of the answer, or raises."""


class Pipeline:
    """The calls on their way over one connection, ``most`` at once.

    A daemon with ``mux`` runs them side by side, any other one behind the other.
    """

    def __init__(self, connection: Connection, most: int) -> None:
        self._connection = connection
        self._most = min(most or MAX_IN_FLIGHT, MAX_IN_FLIGHT - 1)
        self._protocol: MuxClientConnection[_Begun] = mux_after(connection.caller.protocol)
        connection.caller.protocol = self._protocol
        self._in_flight = self._protocol.in_flight
        self._deadlines: list[tuple[float, int, Future[Any]]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._released = False

    @property
    def caller(self) -> Caller:
        """What makes the requests and reads the answers."""
        return self._connection.caller

    @property
    def busy(self) -> bool:
        """Whether the pipeline's thread reads, and nobody else may."""
        return bool(self._in_flight)

    def submit(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        deadline: float,
        beside: CallOptions | None,
        finish: Callable[[Message], Any],
    ) -> Future[Any]:
        """Send a call; return what will have its result. The proxy's lock is held.

        Waits where as many calls as may be are on their way. What goes wrong before it is sent is
        raised; what goes wrong later is the future's.
        """
        with self._changed:
            while len(self._in_flight) >= self._most and not self._connection.closed:
                self._changed.wait(within(deadline) if deadline else None)
        left = within(deadline) if deadline else 0.0
        request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside, left)
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self._changed:
            if self._connection.closed:
                raise lost_before_sending(self.caller.where)
            self._protocol.expect((future, finish))
            if deadline:
                heapq.heappush(self._deadlines, (deadline, self._protocol.sequence, future))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._read, name="pyrox-pipeline", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()
        try:
            self._connection.transmit(request)
        except BaseException as error:
            self._connection.interrupt()
            if not isinstance(error, Exception):
                raise
        return future

    def notify(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        beside: CallOptions | None,
    ) -> None:
        """Send a call that has no answer. The proxy's lock is held."""
        request = self.caller.begin_call(object_id, method, args, kwargs, flags, beside)
        self._connection.transmit(request)

    def close(self) -> None:
        """End the reader; calls that are on their way fail."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        with self._changed:
            self._released = True
            self._connection.interrupt()
            self._changed.notify_all()
        thread.join()

    # In the pipeline's thread

    def _read(self) -> None:
        try:
            while self._wait_for_calls():
                try:
                    answers = self._connection.read_answers(self._protocol, self._time_left())
                except (BlockingIOError, builtins.TimeoutError):
                    self._expire()
                    continue
                with self._changed:
                    self._changed.notify_all()
                for begun, answer in answers:
                    _settle(begun, answer)
                if self._protocol.error is not None:
                    raise self._protocol.error
        except BaseException as error:
            self._fail(error)

    def _wait_for_calls(self) -> bool:
        """Wait until something is on its way; False where the thread is not needed any more."""
        with self._changed:
            while not self._in_flight:
                self._deadlines.clear()
                self._connection.forget_limit()
                idle = not self._changed.wait(IDLE)
                ends = idle or self._released or self._connection.closed
                if ends and not self._in_flight:
                    self._thread = None
                    return False
        return True

    def _time_left(self) -> float:
        """Return the seconds until the first call that is still on its way is over, 0 for never."""
        with self._changed:
            while self._deadlines and self._deadlines[0][2].done():
                heapq.heappop(self._deadlines)
            if not self._deadlines:
                return 0.0
            return max(self._deadlines[0][0] - time.monotonic(), 0.001)

    def _expire(self) -> None:
        """Fail the calls whose time is over; their answers are thrown away when they come."""
        now = time.monotonic()
        over: list[Future[Any]] = []
        with self._changed:
            while self._deadlines and self._deadlines[0][0] <= now:
                over.append(heapq.heappop(self._deadlines)[2])
        for future in over:
            if not future.done():
                future.set_exception(no_answer(self.caller.where))

    def _fail(self, error: BaseException) -> None:
        """Close the connection, and let all calls on it fail."""
        if self._released:
            error = released()
        with self._changed:
            self._connection.close()
            lost = list(self._in_flight.values())
            self._in_flight.clear()
            self._thread = None
            self._changed.notify_all()
        for future, _ in lost:
            if not future.done():
                future.set_exception(own_copy(translated(error, self.caller.where)))


def _settle(begun: _Begun, answer: Message) -> None:
    future, finish = begun
    if future.done():
        return  # its time was over
    try:
        result = finish(answer)
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
