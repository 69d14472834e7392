"""Coroutines for a blocking daemon: an event loop in a thread of its own, once there is need."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from ..errors import DaemonError, TimeoutError
from ..values.context import serving, time_limit

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from concurrent.futures import Future

__all__ = ["LoopThread"]

_SHUTTING_DOWN = ": the daemon is shutting down"


class LoopThread:
    """Runs what methods return to be awaited, for threads that wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._running: set[Future[Any]] = set()
        self._stopped = False

    def settle(self, result: Any) -> Any:
        """Return what a coroutine returns, a plain iterator for an asynchronous one; or the same.

        DaemonError where the daemon is closed meanwhile.
        """
        if isawaitable(result):
            value = self.wait(_awaited(result))
            if isinstance(value, _Stopped):
                raise StopIteration(*value.args)
            return value
        if hasattr(type(result), "__anext__"):
            return _Items(self, result)
        return result

    def wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the loop, in the context of the caller, and return its result."""
        import asyncio
        import concurrent.futures

        with self._lock:
            if self._stopped:
                coroutine.close()
                raise DaemonError("the daemon is closed; the call was not begun")
            if self._loop is None:
                self._loop = self._start()
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
            self._running.add(future)
        call = serving.get()
        if call is not None:
            call.when_cancelled = future.cancel
            if call.cancelled:
                future.cancel()
        limit = time_limit()
        try:
            return future.result(max(limit - time.monotonic(), 0.0) if limit else None)
        except concurrent.futures.TimeoutError:
            if not future.done():
                future.cancel()
                raise TimeoutError("the time that the caller gave this call is over") from None
            raise  # the method's own
        except concurrent.futures.CancelledError:
            by_caller = call is not None and call.cancelled
            why = " by its caller" if by_caller else _SHUTTING_DOWN
            raise DaemonError(f"the call was cancelled{why}") from None
        finally:
            self._running.discard(future)

    def _start(self) -> AbstractEventLoop:
        import asyncio

        loop = asyncio.new_event_loop()

        def run() -> None:
            asyncio.set_event_loop(loop)
            try:
                loop.run_forever()
                loop.run_until_complete(loop.shutdown_asyncgens())
            finally:
                loop.close()

        self._thread = threading.Thread(target=run, name="pyrox-loop", daemon=True)
        self._thread.start()
        return loop

    def stop(self, timeout: float) -> None:
        """Cancel what is running, and end the loop."""
        with self._lock:
            self._stopped = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        for future in list(self._running):
            future.cancel()
        loop.call_soon_threadsafe(lambda: loop.call_soon(loop.stop))
        if thread is not threading.current_thread():
            thread.join(max(timeout, 1.0))


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except StopAsyncIteration as error:
        return _Stopped(error.args)


class _Stopped:
    """Stands for the end of an iteration, which a coroutine cannot raise in Pyro's form."""

    def __init__(self, args: tuple[Any, ...]) -> None:
        self.args = args


class _Items:
    """The items of an asynchronous iterator, for a thread that waits for each."""

    def __init__(self, loop: LoopThread, items: AsyncIterator[Any]) -> None:
        self._loop = loop
        self._items = items

    def __iter__(self) -> _Items:
        return self

    def __next__(self) -> Any:
        item = self._loop.wait(_awaited(self._items.__anext__()))
        if isinstance(item, _Stopped):
            raise StopIteration
        return item

    def close(self) -> None:
        """Close the iterator, if it is a generator."""
        aclose = getattr(self._items, "aclose", None)
        if aclose is not None:
            self._loop.wait(aclose())
