"""The asyncio floor: a pair of protocols, and a future for each call, found by its id.

What arrives together is answered together. A call returns the future itself, so that awaiting a
thousand of them makes no tasks; with the option ``tasks`` it is a coroutine, as the libraries' are.
It knows no exposure, errors, limits, cancellation, or flow control.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ...wire import split_address
from ..framing import SIZE, answer_all, packb, split
from .base import Announce, AsyncContender, Options

__all__ = ["contender"]

Methods = dict[str, Callable[..., Any]]


class _Peer(asyncio.Protocol):
    """Bytes to messages."""

    def __init__(self) -> None:
        self._rest = b""
        self._write: Callable[[bytes], None]

    def connection_made(self, transport: Any) -> None:  # uvloop's is no asyncio.Transport
        self._write = transport.write

    def data_received(self, data: bytes) -> None:
        values, self._rest = split(self._rest + data if self._rest else data)
        self._take(values)

    def _take(self, values: list[Any]) -> None:
        raise NotImplementedError


class _Serving(_Peer):
    def __init__(self, methods: Methods) -> None:
        super().__init__()
        self._methods = methods

    def _take(self, values: list[Any]) -> None:
        if values:
            self._write(answer_all(values, self._methods))


class _Calling(_Peer):
    """A client; its method is the served one."""

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._future = asyncio.get_running_loop().create_future

    def connection_lost(self, error: Exception | None) -> None:
        for future in self._waiting.values():
            future.set_exception(ConnectionError("closed"))

    def echo(self, value: Any) -> asyncio.Future[Any]:
        self._number = number = self._number + 1
        self._waiting[number] = future = self._future()
        body = packb((number, "echo", (value,)))
        self._write(SIZE.pack(len(body)) + body)
        return future

    def _take(self, values: list[Any]) -> None:
        for number, result in values:
            self._waiting.pop(number).set_result(result)


class _Tasks:
    """The same, as a coroutine."""

    def __init__(self, calling: _Calling) -> None:
        self._calling = calling

    async def echo(self, value: Any) -> Any:
        return await self._calling.echo(value)


class FloorAsync:
    """The contender that no library can pass."""

    async def serve(self, options: Options, announce: Announce) -> None:
        methods: Methods = {"echo": lambda value: value}
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Serving(methods), "127.0.0.1", 0, backlog=1024)
        announce("{}:{}".format(*server.sockets[0].getsockname()))
        await loop.create_future()

    async def connect(self, address: str, options: Options) -> Any:
        host, port = split_address(address)
        loop = asyncio.get_running_loop()
        _, calling = await loop.create_connection(_Calling, host, port)
        return _Tasks(calling) if options.get("tasks") else calling


contender: AsyncContender = FloorAsync()
