"""Coroutines that are run at once, as far as they go without waiting.

Most calls of an ``async def`` method never wait for anything, and a task for each of them would
cost more than all the rest of the call. So a coroutine takes its first step here and now, in a task
that stands ready, and only one that has to wait keeps that task. To the coroutine there is no
difference: it finds the same task running in its first step and in the later ones
(``asyncio.timeout`` and others ask for it).

That is what ``eager_start`` of Python 3.12 does, for older versions too, and without making a task
where none is needed. asyncio has entering a task for "third-party task implementations" (its
docs, "Extending").
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


class Starter:
    """Begins coroutines in one event loop."""

    __slots__ = ("_loop", "_rest", "_spare")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rest = _Rest()
        self._spare: asyncio.Task[Any] | None = None

    def start(self, work: Work, context: Context) -> asyncio.Task[Any]:
        """Run ``work`` in ``context`` until it waits; return the task in which it goes on.

        Raises StopIteration, with its value, where it was over before that, or what it raised.
        """
        loop, task = self._loop, self._spare
        if task is None or task.done() or task._must_cancel:  # type: ignore[attr-defined]
            self._rest = _Rest()
            task = self._spare = asyncio.Task(self._rest, loop=loop)
        try:
            _enter_task(loop, task)
        except RuntimeError:  # another task is running: this one takes its first step later
            self._spare = None
            self._rest.take(work, context)
            return task
        try:
            waits_for = context.run(work.send, None)
        finally:
            _leave_task(loop, task)
        self._spare = None
        self._rest.take(work, context, waits_for)
        return task


_NOTHING: Any = object()


class _Rest(Coroutine[Any, Any, Any]):
    """What such a task runs: a coroutine that is on its way, if there is one when the task begins.

    It is no generator, since a task that is cancelled before it begins would not even enter that,
    nor tell the coroutine.
    """

    __slots__ = ("_context", "_waits_for", "_work")

    def __init__(self) -> None:
        self._work: Work | None = None

    def take(self, work: Work, context: Context, waits_for: Any = _NOTHING) -> None:
        """Go on with ``work``, which waits for something, or was not begun."""
        self._work = work
        self._context = context
        self._waits_for = waits_for

    def send(self, value: Any, /) -> Any:
        work = self._work
        if work is None:
            raise StopIteration
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
