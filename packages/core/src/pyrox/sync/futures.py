"""Calls that are begun without waiting for them: futures, all on the proxy's own connection.

A thread of its own waits for their answers, as any other thread waits for its one (see
:mod:`.channel`), from the first call until nothing is on its way any more, and makes results of
them: the program's own code, which that is, runs in no thread that has other work.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ..logic.remote import Draft
from ..protocol.connection_errors import no_answer, own_copy, released
from ..protocol.sharing import Waiter
from ..wire.message import Message
from .exchanges import Exchanges
from .poller import new_poller

__all__ = ["Futures"]

IDLE = 1.0
"""How long, in seconds, the thread waits for further calls."""
LOOK_AGAIN = 0.1
"""How often, in seconds, it looks whose time is over."""


class _Promise(Waiter):
    """A call on its way whose answer becomes the result of a future, by ``finish``."""

    has_thread = False

    def __init__(self, owner: Futures, finish: Callable[[Message], Any], deadline: float) -> None:
        self.future: Future[Any] = Future()
        self.future.set_running_or_notify_cancel()
        self.finish = finish
        self.deadline = deadline
        self._owner = owner

    def take(self, answer: Message) -> Waiter:
        super().take(answer)
        return self._owner.take(self)

    def settle(self) -> None:
        """Make a result of the answer, unless it came too late."""
        if self.future.done():
            return
        assert self.answer is not None
        try:
            result = self.finish(self.answer)
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Let the call end without an answer."""
        if not self.future.done():
            self.future.set_exception(error)


class Futures:
    """The calls of one connection that nobody waits for."""

    def __init__(self, channel: Exchanges) -> None:
        self._channel = channel
        self._keeper = Waiter()
        self._pending: set[_Promise] = set()
        self._answered: list[_Promise] = []
        self._deadlines: list[tuple[float, int, _Promise]] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._count = 0
        self._closed = False
        self._poller = new_poller()
        self._poller.watch(channel.fileno())
        self._woken = False

    def submit(
        self, draft: Draft, finish: Callable[[Message], Any], deadline: float
    ) -> Future[Any]:
        """Send a call; return what will have its result.

        Waits where as many calls as may be are on their way. What goes wrong before it is sent is
        raised; what goes wrong later is the future's.
        """
        promise = _Promise(self, finish, deadline)
        try:
            self._expect(promise)
            self._channel.begin(promise, draft, deadline, self._keeper)
            if self._channel.has_unsent:
                self._wake()
        except BaseException as error:
            self._pending.discard(promise)
            self._channel.failed(promise, error)
        return promise.future

    def take(self, promise: _Promise) -> Waiter:
        """Note an answer that the reader has received; return who is to be woken for that."""
        self._answered.append(promise)
        self._keeper.ready = True
        return self._keeper

    def _wake(self) -> None:
        """Let the thread send what was left to it."""
        if not self._woken:
            self._woken = True
            self._poller.wake()

    def _expect(self, promise: _Promise) -> None:
        with self._changed:
            self._pending.add(promise)
            if promise.deadline:
                self._count += 1
                heapq.heappush(self._deadlines, (promise.deadline, self._count, promise))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pyrox-futures", daemon=True)
                self._thread.start()
            elif len(self._pending) == 1:
                self._changed.notify()

    # In the thread

    def _run(self) -> None:
        try:
            while self._wait_for_calls():
                if not self._channel.wait(self._keeper, self._look_again_at(), self._read):
                    self._expire()
                    self._channel.doubt(self._keeper)
                    continue
                self._keeper.ready = False  # first: whoever adds another one says so again
                self._channel.send_rest(self._keeper)  # what follows may take long
                answered, self._answered = self._answered, []
                self._pending.difference_update(answered)
                for promise in answered:
                    promise.settle()
        except BaseException as error:
            try:
                self._channel.failed(self._keeper, error)
            except BaseException as found:
                self._fail(found)

    def _read(self, keeper: Waiter, deadline: float) -> bool:
        """Receive once something has come, or be woken; False where the time is over before."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        has_come = self._channel.has_pending or self._poller.wait(left)
        self._woken = False
        if has_come:
            self._channel.receive_nowait()
        return True

    def _wait_for_calls(self) -> bool:
        """Wait until something is on its way; False where the thread is not needed any more."""
        with self._changed:
            while not self._pending:
                self._deadlines.clear()
                idle = self._closed or not self._changed.wait(IDLE)
                if idle and not self._pending:
                    self._thread = None
                    return False
        return True

    def _look_again_at(self) -> float:
        """Return the instant at which to see whose time is over.

        A call may be added whose time is over sooner, which does not end the wait for answers.
        """
        soon = time.monotonic() + LOOK_AGAIN
        return min(soon, self._deadlines[0][0]) if self._deadlines else soon

    def _expire(self) -> None:
        """Fail the calls whose time is over; their answers are thrown away when they come."""
        now = time.monotonic()
        while True:
            with self._changed:
                if not self._deadlines or self._deadlines[0][0] > now:
                    return
                promise = heapq.heappop(self._deadlines)[2]
            if not promise.ready:
                self._channel.give_up(promise)
                self._pending.discard(promise)
                promise.fail(no_answer(self._channel.where))

    def _fail(self, error: BaseException) -> None:
        """Let all the calls fail: the connection is lost."""
        with self._changed:
            self._thread = None
            lost, self._pending = self._pending, set()
        for promise in lost:
            promise.fail(own_copy(error))

    def close(self) -> None:
        """Let the calls that are on their way fail, since the proxy is released."""
        with self._changed:
            lost, self._pending = self._pending, set()
            self._closed = True
            self._changed.notify()
        self._channel.forget(lost)
        for promise in lost:
            promise.fail(released())

    def join(self) -> None:
        """Wait for the thread, unless that is this one; after :meth:`close`."""
        thread = self._thread
        if thread is threading.current_thread():
            return
        if thread is not None:
            thread.join()
        self._poller.close()

    def __del__(self) -> None:
        self._poller.close()
