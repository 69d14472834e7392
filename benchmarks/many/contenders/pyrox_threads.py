"""pyrox's blocking daemon and proxy, through the public API, with the defaults."""

from __future__ import annotations

import importlib
from typing import Any

from ...workload import OBJECT_ID
from .base import Announce, Options, ThreadClient, ThreadContender

__all__ = ["contender"]


class PyroxClient:
    """One proxy for all threads."""

    def __init__(self, proxy: Any, maps: bool) -> None:
        self.target = proxy
        self._submit = proxy._pyro.submit
        self._map = proxy._pyro.map if maps else None

    def burst(self, value: Any, calls: int) -> list[Any]:
        if self._map is not None:
            return list(self._map("echo", [value] * calls))
        submit = self._submit
        futures = [submit("echo", value) for _ in range(calls)]
        return [future.result() for future in futures]


class PyroxThreads:
    """``pyrox.Daemon``, which serves from threads, and ``pyrox.Proxy``."""

    def serve(self, options: Options, announce: Announce) -> None:
        pyrox = importlib.import_module("pyrox")

        @pyrox.expose
        class Echo:
            def echo(self, value: Any) -> Any:
                return value

        daemon = pyrox.Daemon()
        uri = daemon.register(Echo(), OBJECT_ID)
        announce(str(uri))
        daemon.serve_forever()

    def connect(self, address: str, options: Options) -> ThreadClient:
        proxy = importlib.import_module("pyrox").Proxy(address)
        return PyroxClient(proxy, bool(options.get("map")))


contender: ThreadContender = PyroxThreads()
