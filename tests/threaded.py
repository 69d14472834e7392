"""An asyncio daemon for tests that block: its event loop runs in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any

import pyrox
import pyrox.aio

PATIENCE = 60.0


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine there, and wait for it."""
        return self.begin(coroutine).result(PATIENCE)

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> "Future[Any]":
        """Run a coroutine there."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def close(self) -> None:
        """End the loop, and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


class ThreadedDaemon:
    """A ``pyrox.aio.Daemon`` with the blocking methods of a ``pyrox.Daemon``."""

    def __init__(
        self,
        location: str | Sequence[str] = "",
        kind: type[pyrox.aio.Daemon] = pyrox.aio.Daemon,
        **options: Any,
    ) -> None:
        self._thread: LoopThread | None = LoopThread()

        async def make() -> pyrox.aio.Daemon:
            return kind(location, **options)

        try:
            self.daemon: Any = self._thread.run(make())
        except BaseException:
            self._thread.close()
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.daemon, name)

    def __repr__(self) -> str:
        return repr(self.daemon)

    def start(self) -> "ThreadedDaemon":
        async def start() -> None:
            self.daemon.start()

        assert self._thread is not None
        self._thread.run(start())
        return self

    def listen(self, location: str) -> str:
        async def listen() -> str:
            return str(self.daemon.listen(location))

        assert self._thread is not None
        return str(self._thread.run(listen()))

    def publish(self, *args: Any, **kwargs: Any) -> Any:
        assert self._thread is not None
        return self._thread.run(self.daemon.publish(*args, **kwargs))

    def drain(self, timeout: float = 30.0) -> None:
        assert self._thread is not None
        self._thread.run(self.daemon.drain(timeout))

    def shutdown(self, timeout: float | None = None) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.run(self.daemon.shutdown(timeout))
            thread.close()

    def close(self) -> None:
        self.shutdown(0.0)


def daemon_of_kind(kind: str) -> Any:
    """Return a daemon, not started: ``asyncio``, or one of a blocking daemon's server types."""
    return ThreadedDaemon() if kind == "asyncio" else pyrox.Daemon(server=kind)
