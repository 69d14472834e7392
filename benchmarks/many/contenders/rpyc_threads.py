"""rpyc: a threaded server, and one connection for all threads of the client.

``connection.root.echo`` is looked up once and kept, since each look-up is a call of its own. Tuples
travel by value in rpyc; lists would be references.
"""

from __future__ import annotations

import importlib
from typing import Any

from ...wire import split_address
from .base import Announce, Options, ThreadClient, ThreadContender

__all__ = ["contender"]


class _Target:
    def __init__(self, connection: Any) -> None:
        self.echo = connection.root.echo


class RpycClient:
    """A connection and its remote method, as it is and asynchronous."""

    def __init__(self, rpyc: Any, connection: Any) -> None:
        self._connection = connection  # kept: one that nobody holds is closed
        self.target = _Target(connection)
        self._start = rpyc.async_(self.target.echo)

    def burst(self, value: Any, calls: int) -> list[Any]:
        start = self._start
        results = [start(value) for _ in range(calls)]
        return [result.value for result in results]


class RpycThreads:
    """rpyc, with its defaults."""

    def serve(self, options: Options, announce: Announce) -> None:
        rpyc: Any = importlib.import_module("rpyc")
        server_module: Any = importlib.import_module("rpyc.utils.server")

        class Echo(rpyc.Service):  # type: ignore[misc]
            def exposed_echo(self, value: Any) -> Any:
                return value

        server = server_module.ThreadedServer(Echo, hostname="127.0.0.1", port=0)
        announce(f"127.0.0.1:{server.port}")
        server.start()

    def connect(self, address: str, options: Options) -> ThreadClient:
        rpyc: Any = importlib.import_module("rpyc")
        host, port = split_address(address)
        return RpycClient(rpyc, rpyc.connect(host, port))


contender: ThreadContender = RpycThreads()
