"""Pyro5, through the API that its manual documents, with its defaults where no option is given."""

from __future__ import annotations

import importlib
from typing import Any

from ..secured import certificates
from ..wire import split_address
from ..workload import OBJECT_ID, SMALL, make_bench
from .base import Announce, Client, Contender, Options

__all__ = ["contender"]


def _api(module: str, options: Options) -> Any:
    api = importlib.import_module(module)
    if "serializer" in options:
        api.config.SERIALIZER = options["serializer"]
    if "server" in options:
        api.config.SERVERTYPE = options["server"]
    if "timeout" in options:
        api.config.COMMTIMEOUT = options["timeout"]
    if "max_connections" in options:
        api.config.THREADPOOL_SIZE = options["max_connections"]
    if options.get("transport") == "tls":
        files = certificates(options["folder"])
        api.config.SSL = True
        api.config.SSL_SERVERCERT, api.config.SSL_SERVERKEY = files.certificate, files.key
        api.config.SSL_CACERTS = files.authority
    return api


class Pyro5Client:
    """A Pyro5 proxy."""

    def __init__(self, api: Any, proxy: Any) -> None:
        self._api = api
        self.target = proxy

    def batch(self, calls: int) -> int:
        batch = self._api.BatchProxy(self.target)
        for _ in range(calls):
            batch.echo(SMALL)
        return len(list(batch()))

    def claim(self) -> None:
        self.target._pyroClaimOwnership()

    def close(self) -> None:
        self.target._pyroRelease()


class Pyro5Contender:
    """Pyro5 5.x, or another package that offers its API as ``module``."""

    def __init__(self, module: str = "Pyro5.api") -> None:
        self._module = module

    def serve(self, options: Options, announce: Announce) -> None:
        api = _api(self._module, options)
        unix = options.get("transport") == "unix"
        daemon = api.Daemon(unixsocket=f"{options['folder']}/pyro5") if unix else api.Daemon()
        uri = daemon.register(make_bench(api.expose, api.oneway), OBJECT_ID)
        announce(str(uri))
        daemon.requestLoop()

    def connect(self, address: str, options: Options) -> Client:
        api = _api(self._module, options)
        return Pyro5Client(api, api.Proxy(address))

    def serve_names(self, options: Options, announce: Announce) -> None:
        api = _api(self._module, options)
        storage = options.get("storage", "memory")
        if storage == "sqlite":
            storage = f"sql:{options['folder']}/names.sql"
        uri, daemon, _ = api.start_ns(
            host="localhost", port=0, enableBroadcast=False, storage=storage
        )
        announce(str(uri))
        daemon.requestLoop()

    def connect_names(self, address: str, options: Options) -> Client:
        api = _api(self._module, options)
        host, port = split_address(address)
        return Pyro5Client(api, api.locate_ns(host, port))


contender: Contender = Pyro5Contender()
