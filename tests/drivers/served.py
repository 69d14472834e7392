"""Daemons and clients of either driver, to be used alike by one test."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pyrox
import pyrox.aio
from tests.behaviour.objects import PATIENCE
from tests.threaded import LoopThread, ThreadedDaemon

Asked = tuple[str, Sequence[Any]]


class Served(ABC):
    """A daemon that serves in the background."""

    daemon: Any

    @abstractmethod
    def __init__(self, location: str | Sequence[str], config: pyrox.Config) -> None: ...

    def register(self, target: Any, object_id: str) -> str:
        return str(self.daemon.register(target, object_id))

    @abstractmethod
    def shutdown(self) -> None:
        """Let it finish its calls, and close it."""


class SyncServed(Served):
    def __init__(self, location: str | Sequence[str], config: pyrox.Config) -> None:
        self.daemon = pyrox.Daemon(location, config=config).start()

    def shutdown(self) -> None:
        self.daemon.shutdown()


class AsyncServed(Served):
    def __init__(self, location: str | Sequence[str], config: pyrox.Config) -> None:
        self.daemon = ThreadedDaemon(location, config=config).start()

    def shutdown(self) -> None:
        self.daemon.shutdown()


class Client(ABC):
    """A proxy, whose calls are made and waited for."""

    proxy: Any

    @abstractmethod
    def __init__(self, uri: str, **options: Any) -> None: ...
    @abstractmethod
    def call(self, name: str, *args: Any, **kwargs: Any) -> Any: ...
    @abstractmethod
    def get(self, name: str) -> Any: ...
    @abstractmethod
    def set(self, name: str, value: Any) -> None: ...
    @abstractmethod
    def items(self, name: str, *args: Any, most: int = 1_000_000) -> list[Any]:
        """Return the items of a stream, and close it after so many."""

    @abstractmethod
    def batch(self, *asked: Asked) -> list[Any]: ...
    @abstractmethod
    def together(self, *asked: Asked) -> list[Any]:
        """Make these calls at the same time; return their results in order."""

    @abstractmethod
    def begin(self, name: str, *args: Any) -> "Future[Any]":
        """Make a call in the background."""

    @abstractmethod
    def close(self) -> None: ...


class SyncClient(Client):
    def __init__(self, uri: str, **options: Any) -> None:
        self.proxy = pyrox.Proxy(uri, **options)
        self._pool = ThreadPoolExecutor(16)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.proxy, name)(*args, **kwargs)

    def get(self, name: str) -> Any:
        return getattr(self.proxy, name)

    def set(self, name: str, value: Any) -> None:
        setattr(self.proxy, name, value)

    def items(self, name: str, *args: Any, most: int = 1_000_000) -> list[Any]:
        found: list[Any] = []
        with self.call(name, *args) as stream:
            for item in stream:
                found.append(item)
                if len(found) == most:
                    break
        return found

    def batch(self, *asked: Asked) -> list[Any]:
        batch = self.proxy._pyro.batch()
        for name, args in asked:
            getattr(batch, name)(*args)
        return list(batch())

    def together(self, *asked: Asked) -> list[Any]:
        calls = [self.begin(name, *args) for name, args in asked]
        return [call.result(PATIENCE) for call in calls]

    def begin(self, name: str, *args: Any) -> "Future[Any]":
        return self._pool.submit(self.call, name, *args)

    def close(self) -> None:
        self.proxy._pyro.release()
        self._pool.shutdown()


class AsyncClient(Client):
    def __init__(self, uri: str, **options: Any) -> None:
        self._thread = LoopThread()
        self.proxy = pyrox.aio.Proxy(uri, **options)

    def _run(self, function: Callable[..., Any], *args: Any) -> Any:
        return self.begin_with(function, *args).result(PATIENCE)

    def begin_with(self, function: Callable[..., Any], *args: Any) -> "Future[Any]":
        async def run() -> Any:
            return await function(*args)

        return self._thread.begin(run())

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self._run(lambda: getattr(self.proxy, name)(*args, **kwargs))

    def get(self, name: str) -> Any:
        return self._run(lambda: getattr(self.proxy, name))

    def set(self, name: str, value: Any) -> None:
        self._run(self.proxy._pyro.set, name, value)

    def items(self, name: str, *args: Any, most: int = 1_000_000) -> list[Any]:
        async def collect() -> list[Any]:
            found: list[Any] = []
            async with await getattr(self.proxy, name)(*args) as stream:
                async for item in stream:
                    found.append(item)
                    if len(found) == most:
                        break
            return found

        return list(self._run(collect))

    def batch(self, *asked: Asked) -> list[Any]:
        batch = self.proxy._pyro.batch()
        for name, args in asked:
            getattr(batch, name)(*args)

        async def send() -> list[Any]:
            return list(await batch())

        return list(self._run(send))

    def together(self, *asked: Asked) -> list[Any]:
        async def gather() -> list[Any]:
            return await asyncio.gather(*(getattr(self.proxy, name)(*args) for name, args in asked))

        return list(self._run(gather))

    def begin(self, name: str, *args: Any) -> "Future[Any]":
        return self.begin_with(lambda: getattr(self.proxy, name)(*args))

    def close(self) -> None:
        self._run(self.proxy._pyro.release)
        self._thread.close()


DAEMONS: dict[str, type[Served]] = {
    "thread": SyncServed, "multiplex": SyncServed, "asyncio": AsyncServed,
}  # fmt: skip
CLIENTS: dict[str, type[Client]] = {"sync-client": SyncClient, "async-client": AsyncClient}
LOCATIONS = {
    "tcp": "tcp://localhost:0", "tls": "tls://localhost:0", "unix": "unix:", "memory": "memory://",
}  # fmt: skip
