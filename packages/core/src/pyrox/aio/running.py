"""Running the calls of an asyncio daemon: here and now, in tasks, or in threads.

Rules of this file:

- A method that is marked as quick runs here and now. A coroutine begins at once, too, and gets a
  task where it waits for something. A plain method runs in a thread of the pool, and its answer
  comes back to the loop.
- Every call that is not oneway is answered once, cancelled or not.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeAlias

from ..errors import DaemonError, TimeoutError
from ..logic.invocation import Dispatcher, Invocation
from ..values.config import Config
from ..wire.buffers import Buffer
from ..wire.message import Flags, Message
from .eager import Starter
from .link import Link, Running

__all__ = ["Calls"]

log = logging.getLogger("pyrox.server")

_ONEWAY = Flags.ONEWAY
_Answer: TypeAlias = "tuple[Buffer, ...] | None"


class Calls:
    """The calls of one server. ``answered`` is told when one has ended that took its time.

    Its length is how many are running or wait for a thread. Once it is ``stopping``, calls that
    are cancelled are told that this is why.
    """

    def __init__(
        self, dispatcher: Dispatcher, config: Config, answered: Callable[[Link], None]
    ) -> None:
        self._dispatcher = dispatcher
        self._config = config
        self._answered = answered
        self._tasks: set[asyncio.Task[_Answer]] = set()
        self._pool = ThreadPoolExecutor(config.max_calls, "pyrox-call")
        self._in_threads = 0
        self._finished: deque[tuple[Link, Invocation, _Answer, bool]] = deque()
        self._collecting = False
        self._idle = asyncio.Event()
        self._context = copy_context()
        self._starter: Starter | None = None
        self.stopping = False

    def __len__(self) -> int:
        return len(self._tasks) + self._in_threads

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run calls in this loop, and coroutines in the context at hand."""
        self._loop = loop
        self._starter = Starter(loop)
        self._context = copy_context()

    def begin(self, link: Link, invocation: Invocation) -> None:
        """Run a call; its answer is written to the link when there is one."""
        member = invocation.member
        if member is not None and member.inline:
            link.write(self._dispatcher.call(invocation) or ())
        elif _is_async(invocation):
            self._call_coroutine(link, invocation)
        else:
            self._call_in_thread(link, invocation)

    def _finish(self, link: Link, invocation: Invocation, buffers: _Answer) -> None:
        request = invocation.request
        _count(link, request, -1)
        link.calls.pop(request.sequence, None)
        if buffers:
            if link.running or link.oneways:
                link.write(buffers)  # others may be about to answer, too
            else:
                link.write_now(buffers)
        self._answered(link)
        if self.stopping and not len(self):
            self._idle.set()

    # Coroutines

    def _call_coroutine(self, link: Link, invocation: Invocation) -> None:
        assert self._starter is not None
        work = self._dispatcher.call_async(invocation, asyncio.CancelledError)
        try:
            task = self._starter.start(work, self._context.copy())
        except StopIteration as over:
            link.write(over.value or ())
            return
        except asyncio.CancelledError:
            error = self._why_cancelled(invocation)
            link.write(self._dispatcher.fail(invocation, error) or ())
            return
        _count(link, invocation.request, 1)
        alarm = None
        if invocation.deadline:
            left = max(invocation.deadline - time.monotonic(), 0.0)
            alarm = self._loop.call_later(left, task.cancel)
        link.calls[invocation.request.sequence] = Running(invocation, task)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, link, invocation, alarm))

    def _ended(
        self,
        link: Link,
        invocation: Invocation,
        alarm: asyncio.TimerHandle | None,
        task: asyncio.Task[_Answer],
    ) -> None:
        self._tasks.discard(task)
        if alarm is not None:
            alarm.cancel()
        if task.cancelled():
            buffers = self._dispatcher.fail(invocation, self._why_cancelled(invocation))
        else:
            buffers = task.result()
        self._finish(link, invocation, buffers)

    def _why_cancelled(self, invocation: Invocation) -> Exception:
        if invocation.cancelled:
            return DaemonError("the call was cancelled by its caller")
        if not invocation.is_wanted:
            return TimeoutError("the time that the caller gave this call is over")
        if self.stopping:
            return DaemonError("the call was cancelled: the daemon is shutting down")
        return DaemonError("the method was cancelled")

    # Plain methods

    def _call_in_thread(self, link: Link, invocation: Invocation) -> None:
        config = self._config
        request = invocation.request
        limit = config.max_calls + config.max_queued_calls
        if self._in_threads >= limit and not invocation.is_oneway:
            link.write(self._dispatcher.overloaded(link, request) or ())
            return
        _count(link, request, 1)
        link.calls[request.sequence] = Running(invocation, None)
        self._in_threads += 1
        self._pool.submit(self._work, link, invocation)

    def _work(self, link: Link, invocation: Invocation) -> None:
        """Run a call; in a thread of the pool."""
        if link.is_full and not (link.closed or self.stopping):
            self._finished.append((link, invocation, None, True))
        else:
            buffers = self._dispatcher.call(invocation)
            self._finished.append((link, invocation, buffers, False))
        if not self._collecting:
            self._collecting = True
            try:
                self._loop.call_soon_threadsafe(self._collect)
            except RuntimeError:
                log.debug("a call ended after the event loop")

    def _collect(self) -> None:
        """Take the answers that threads have brought."""
        self._collecting = False
        while self._finished:
            link, invocation, buffers, postponed = self._finished.popleft()
            if postponed and link.is_full:
                link.postponed += (invocation,)
            elif postponed:
                self._pool.submit(self._work, link, invocation)
            else:
                self._in_threads -= 1
                self._finish(link, invocation, buffers)

    def resume(self, link: Link) -> None:
        """Run what was postponed until the client takes answers."""
        while link.postponed and not link.is_full:
            invocation, *rest = link.postponed
            link.postponed = tuple(rest)
            self._pool.submit(self._work, link, invocation)

    def forget_postponed(self, link: Link) -> list[Message]:
        """Do not run what was postponed; return those requests."""
        requests = [invocation.request for invocation in link.postponed]
        self._in_threads -= len(requests)
        link.postponed = ()
        return requests

    # Ending

    async def end(self, timeout: float) -> None:
        """Wait ``timeout`` seconds until all have ended, then cancel those that can be."""
        me: Any = asyncio.current_task()
        if len(self) and not (len(self) == 1 and me in self._tasks):
            try:
                await asyncio.wait_for(self._idle.wait(), timeout)
            except asyncio.TimeoutError:  # another class before Python 3.11
                log.info("%d calls did not end in time", len(self))
        others = self._tasks - {me}
        for task in others:
            task.cancel()
        if others:
            await asyncio.wait(others, timeout=1.0)

    def close(self) -> None:
        """Begin no more calls."""
        if self._starter is not None:
            self._starter.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def _is_async(invocation: Invocation) -> bool:
    member = invocation.member
    if member is not None:
        return member.is_async
    members = invocation.entry.members
    return any(name in members and members[name].is_async for name, _, _ in invocation.args)


def _count(link: Link, request: Message, change: int) -> None:
    if request.flags & _ONEWAY:
        link.oneways += change
    else:
        link.running += change
