"""Coroutines that are run at once, as far as they go without waiting.

Most calls of an ``async def`` method never wait for anything, and a task for each of them would
cost more than all the rest of the call. So a coroutine takes its first step here and now, in a task
that stands ready, and only one that has to wait keeps that task. To the coroutine there is no
difference: it finds the same task running in its first step and in the later ones
(``asyncio.timeout`` and others ask for it).

That is what ``eager_start`` of Python 3.12 does, for older versions too, and without making a task
where none is needed. Entering and registering tasks is what asyncio offers to "third-party task
implementations" (its docs, "Extending").
"""

from __future__ import annotations

import asyncio
from asyncio import tasks
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, TypeAlias

__all__ = ["Starter", "Work"]

Work: TypeAlias = Coroutine[Any, Any, Any]
_Entering: TypeAlias = Callable[[asyncio.AbstractEventLoop, "asyncio.Task[Any]"], None]

_enter_task: _Entering = tasks._enter_task  # type: ignore[attr-defined, unused-ignore]
_leave_task: _Entering = tasks._leave_task  # type: ignore[attr-defined, unused-ignore]
_NOTHING: Any = object()


class Starter:
    """Begins coroutines in one event loop."""

    __slots__ = ("_loop", "_spare")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._spare: _Spare | None = None

    def start(self, work: Work, context: Context) -> asyncio.Task[Any]:
        """Run ``work`` in ``context`` until it waits; return the task in which it goes on.

        Raises StopIteration, with its value, where it was over before that, or what it raised.
        """
        loop, spare = self._loop, self._spare
        if spare is None or spare.was_cancelled:
            spare = self._spare = _Spare(loop)
        task = spare.task
        try:
            _enter_task(loop, task)
        except RuntimeError:  # another task is running: this one takes its first step later
            self._spare = None
            spare.take(work, context)
            return task
        try:
            waits_for = context.run(work.send, None)
        finally:
            _leave_task(loop, task)
        self._spare = None
        spare.take(work, context, waits_for)
        return task

    def close(self) -> None:
        """Let go of the task that stands ready."""
        if self._spare is not None:
            self._spare.task.cancel()


class _Spare(Coroutine[Any, Any, Any]):
    """A task that stands ready, and what it runs: nothing, until a coroutine needs it.

    It is no generator, since a task that is cancelled before it begins would not even enter that,
    nor tell the coroutine. Nobody is to see or wait for a task that does nothing, so asyncio
    learns of it once it has something to do.
    """

    __slots__ = ("_context", "_loop", "_ready", "_waits_for", "_work", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._work: Work | None = None
        self._ready: asyncio.Future[None] | None = None
        self.task = asyncio.Task(self, loop=loop)
        asyncio._unregister_task(self.task)
        self.task._log_destroy_pending = False  # type: ignore[attr-defined]

    @property
    def was_cancelled(self) -> bool:
        """Whether a coroutine that is over by now has cancelled it."""
        ready, task = self._ready, self.task
        if ready is None:
            return task.done() or task._must_cancel  # type: ignore[attr-defined]
        return ready.done()

    def take(self, work: Work, context: Context, waits_for: Any = _NOTHING) -> None:
        """Go on with ``work``, which waits for something, or was not begun."""
        self._work = work
        self._context = context
        self._waits_for = waits_for
        asyncio._register_task(self.task)
        self.task._log_destroy_pending = True  # type: ignore[attr-defined]
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def send(self, value: Any, /) -> Any:
        work = self._work
        if work is None:
            self._ready = self._loop.create_future()
            return next(self._ready.__await__())
        waits_for = self._waits_for
        if waits_for is not _NOTHING:
            self._waits_for = _NOTHING
            return waits_for
        return self._context.run(work.send, value)

    def throw(self, *error: Any) -> Any:
        work = self._work
        if work is None:
            raise error[0]
        waits_for, self._waits_for = self._waits_for, _NOTHING
        if (
            waits_for is not _NOTHING
            and isinstance(error[0], asyncio.CancelledError)
            and asyncio.isfuture(waits_for)
            and waits_for.cancel()
        ):
            return waits_for  # as if the task had known what it waits for
        return self._context.run(work.throw, *error)

    def close(self) -> None:
        if self._work is not None:
            self._context.run(self._work.close)

    def __await__(self) -> Any:
        raise RuntimeError("this is for a task to run")
