"""Pyro5's name server (reference 3.9, 7.1): ``python -m Pyro5.nameserver``."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pyrox
import pyrox_nameserver
from pyrox_pyro5.autoclean import AutoCleaner
from pyrox_pyro5.broadcasting import BroadcastServer
from pyrox_pyro5.configure import global_config as config
from pyrox_pyro5.core import NAMESERVER_NAME
from pyrox_pyro5.documented import module_named
from pyrox_pyro5.errors import (
    NamingError,
    ProtocolError,  # noqa: F401  (programs take these from here)
    PyroError,  # noqa: F401
    TimeoutError,
)
from pyrox_pyro5.server import Daemon
from pyrox_pyro5.socketutil import get_ip_address
from pyrox_pyro5.storages import MemoryStorage, SqlStorage, table_of
from pyrox_pyro5.translation import pyro5_errors
from pyrox_pyro5.uri import URI

__all__ = [
    "AutoCleaner",
    "BroadcastServer",
    "MemoryStorage",
    "NameServer",
    "NameServerDaemon",
    "SqlStorage",
    "lookup",
    "main",
    "start_ns",
    "start_ns_loop",
    "yplookup",
]

log = logging.getLogger("Pyro5.naming")
if not TYPE_CHECKING:
    __getattr__ = module_named


class NameServer(pyrox_nameserver.NameServer):
    """Names, and the URIs and tags that they stand for, in a storage (by default in memory)."""

    def __init__(self, storageProvider: Any = None) -> None:
        self.storage = MemoryStorage() if storageProvider is None else storageProvider
        with pyro5_errors():
            super().__init__(table_of(self.storage))

    # Remote callers come by these methods, too: the errors and URIs are Pyro5's for both.

    @pyrox.expose(idempotent=True)
    def lookup(self, name: str, return_metadata: bool = False) -> Any:
        """Return the URI of a name, or (URI, tags); NamingError for an unknown one."""
        with pyro5_errors():
            found = super().lookup(name, return_metadata)
        if return_metadata:
            return URI.from_native(found[0]), found[1]
        return URI.from_native(found)

    @pyrox.expose
    def register(
        self, name: str, uri: Any, safe: bool = False, metadata: Iterable[str] | None = None
    ) -> None:
        """Register a name, in place of what it stood for; ``safe`` leaves a taken one alone."""
        with pyro5_errors():
            super().register(name, str(uri) if isinstance(uri, URI) else uri, safe, metadata)

    @pyrox.expose(idempotent=True)
    def set_metadata(self, name: str, metadata: Iterable[str] | None) -> None:
        """Replace the tags of a name; None or nothing clears them."""
        with pyro5_errors():
            super().set_metadata(name, metadata)

    @pyrox.expose(idempotent=True)
    def list(
        self, prefix: str | None = None, regex: str | None = None, return_metadata: bool = False
    ) -> dict[str, Any]:
        """Return names with their URIs as text, or with (URI, tags)."""
        with pyro5_errors():
            return super().list(prefix, regex, return_metadata)

    @pyrox.expose(idempotent=True)
    def yplookup(
        self,
        meta_all: Iterable[str] | None = None,
        meta_any: Iterable[str] | None = None,
        return_metadata: bool = True,
    ) -> dict[str, Any]:
        """Return the names that have all the tags ``meta_all``, or any of ``meta_any``."""
        with pyro5_errors():
            return super().yplookup(meta_all, meta_any, return_metadata)

    @pyrox.expose
    def remove(
        self, name: str | None = None, prefix: str | None = None, regex: str | None = None
    ) -> int:
        """Remove a name, or those with a prefix, or that a regex matches; return how many."""
        with pyro5_errors():
            return super().remove(name, prefix, regex)

    @pyrox.expose(idempotent=True)
    def count(self) -> int:
        """Return how many names there are, the name server's own included."""
        with pyro5_errors():
            return super().count()


NameServer.__module__ = "Pyro5.nameserver"


class NameServerDaemon(Daemon):
    """A daemon with a name server in it, its ``nameserver``.

    ``storage`` is ``memory`` (as is None), ``sql:FILE``, or a mapping of the program's own.
    """

    cleaner_thread: AutoCleaner | None = None

    def __init__(
        self,
        host: Any = None,
        port: int | None = None,
        unixsocket: str | None = None,
        nathost: Any = None,
        natport: int | None = None,
        storage: Any = None,
    ) -> None:
        self.nameserver = NameServer(storage)
        try:
            super().__init__(
                config.HOST if host is None else host,
                config.NS_PORT if port is None else port,
                unixsocket,
                nathost,
                natport,
            )
        except BaseException:
            self.nameserver.table.close()
            raise
        try:
            uri = self.register(self.nameserver, NAMESERVER_NAME)
            self.nameserver.announce(uri.native())
            if config.NS_AUTOCLEAN > 0:
                self.cleaner_thread = AutoCleaner(self.nameserver)
                self.cleaner_thread.start()
        except BaseException:
            self.close()
            raise

    def _pyroClosed(self) -> None:
        if self.cleaner_thread is not None:
            self.cleaner_thread.stop = True
            self.cleaner_thread.join()
            self.cleaner_thread = None
        self.nameserver.table.close()


NameServerDaemon.__module__ = "Pyro5.nameserver"


def start_ns(
    host: Any = None,
    port: int | None = None,
    enableBroadcast: bool = True,
    bchost: Any = None,
    bcport: int | None = None,
    unixsocket: str | None = None,
    nathost: Any = None,
    natport: int | None = None,
    storage: Any = None,
) -> tuple[URI, NameServerDaemon, BroadcastServer | None]:
    """Make a name server; return its URI, its daemon, and what answers broadcasts, or None.

    Neither serves yet: run the daemon's loop, and the other's :meth:`~BroadcastServer.runInThread`
    or combine the two. Broadcasts are not answered for a name server that others cannot reach.
    """
    daemon = NameServerDaemon(host, port, unixsocket, nathost, natport, storage)
    responder = None
    if enableBroadcast and not unixsocket and not _is_local(_place(host)):
        responder = _responder(daemon, host, bchost, bcport)
    return daemon.uriFor(NAMESERVER_NAME), daemon, responder


def start_ns_loop(
    host: Any = None,
    port: int | None = None,
    enableBroadcast: bool = True,
    bchost: Any = None,
    bcport: int | None = None,
    unixsocket: str | None = None,
    nathost: Any = None,
    natport: int | None = None,
    storage: Any = None,
    loopCondition: Callable[[], Any] = lambda: True,
) -> None:
    """Run a name server until it is interrupted, or ``loopCondition()`` is false; say where."""
    daemon = NameServerDaemon(host, port, unixsocket, nathost, natport, storage)
    responder = None
    try:
        if unixsocket:
            pass  # only this machine reaches it
        elif ":" in _place(host):
            print("Not starting broadcast server for IPv6.")
        elif _is_local(_place(host)):
            print("Not starting broadcast server for localhost.")
        elif enableBroadcast:
            responder = _responder(daemon, host, bchost, bcport)
            print("Broadcast server running on", responder.locationStr)
            responder.runInThread()
        names = daemon.nameserver.count()
        if names > 1:
            print(f"Persistent store contains {names} existing registrations.")
        _tell_where(daemon, unixsocket)
        daemon.requestLoop(loopCondition)
    except KeyboardInterrupt:
        pass  # it came before the loop began, which ends in this way as well
    finally:
        daemon.close()
        if responder is not None:
            responder.close()
    print("NS shut down.")


def _place(host: Any) -> str:
    return str(config.HOST if host is None else host)


def _responder(
    daemon: NameServerDaemon, host: Any, bchost: Any, bcport: int | None
) -> BroadcastServer:
    uri = daemon.uriFor(NAMESERVER_NAME, nat=False)  # the asker is on our side of any NAT
    if _place(host) in ("", "0.0.0.0"):
        # Each asker is told of the interface that leads to it.
        uri = URI(f"PYRO:{NAMESERVER_NAME}@0.0.0.0:{uri.port}")
    try:
        return BroadcastServer(uri, bchost, bcport)
    except BaseException:
        daemon.close()
        raise


def _tell_where(daemon: NameServerDaemon, unixsocket: str | None) -> None:
    if unixsocket:
        print(f"NS running on {daemon.locationStr} (Unix domain socket)")
    else:
        host = daemon.uriFor(NAMESERVER_NAME, nat=False).host
        print(f"NS running on {daemon.locationStr} ({get_ip_address(host or '')})")
    if daemon.natLocationStr:
        print("internal URI =", daemon.uriFor(NAMESERVER_NAME, nat=False))
        print("external URI =", daemon.uriFor(NAMESERVER_NAME), flush=True)
    else:
        print("URI =", daemon.uriFor(NAMESERVER_NAME), flush=True)


def _is_local(host: str) -> bool:
    """Tell whether only this machine reaches a server at ``host``."""
    if not host:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def lookup(nameserver: Any, name: str, return_metadata: bool = False, delay_time: float = 0) -> Any:
    """Look a name up, and wait for it ``delay_time`` seconds if it is not there yet."""
    return _patiently(delay_time, lambda: nameserver.lookup(name, return_metadata), lambda _: True)


def yplookup(
    nameserver: Any,
    meta_all: Iterable[str] | None = None,
    meta_any: Iterable[str] | None = None,
    return_metadata: bool = True,
    delay_time: float = 0,
) -> Any:
    """Look for tags, and wait for them ``delay_time`` seconds if nothing has them yet."""
    return _patiently(
        delay_time, lambda: nameserver.yplookup(meta_all, meta_any, return_metadata), bool
    )


def _patiently(delay: float, ask: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    ends = time.monotonic() + delay
    while (left := ends - time.monotonic()) > 0:
        try:
            answer = ask()
        except (NamingError, TimeoutError):
            pass
        else:
            if enough(answer):
                return answer
        time.sleep(min(max(0.2, delay / 5), left))
    return ask()


def main(args: Sequence[str] | None = None) -> None:
    """Run the name server as a program."""
    parser = argparse.ArgumentParser(description="Pyro name server command line launcher.")
    parser.add_argument("-n", "--host", help="hostname to bind server on")
    parser.add_argument("-p", "--port", type=int, help="port to bind server on (0=random)")
    parser.add_argument("-u", "--unixsocket", help="Unix domain socket name to bind server on")
    parser.add_argument(
        "-s", "--storage", default="memory", help="Storage system to use (memory, sql:file)"
    )
    parser.add_argument("--bchost", help='hostname to bind broadcast server on (default is "")')
    parser.add_argument("--bcport", type=int, help="port to bind broadcast server on (0=random)")
    parser.add_argument("--nathost", help="external hostname in case of NAT")
    parser.add_argument("--natport", type=int, help="external port in case of NAT")
    parser.add_argument("-x", "--nobc", action="store_true", help="don't start a broadcast server")
    options = parser.parse_args(args)
    start_ns_loop(
        options.host,
        options.port,
        not options.nobc,
        options.bchost,
        options.bcport,
        options.unixsocket,
        options.nathost,
        options.natport,
        options.storage,
    )


if __name__ == "__main__":
    main()
