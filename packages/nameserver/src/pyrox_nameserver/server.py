"""The daemon that serves a name server."""

from __future__ import annotations

import errno
import logging
from typing import Any, TypeVar

from pyrox import (
    NAMESERVER_ID,
    URI,
    Config,
    Daemon,
    NameTable,
    current_config,
    installed_plugins,
    join_host_port,
    split_host_port,
)

from .broadcast import BroadcastResponder, reachable_by_broadcast
from .cleaning import AutoCleaner
from .nameserver import NameServer
from .storage import open_storage

__all__ = ["NameServerDaemon", "start_ns"]

T = TypeVar("T", bound="NameServerDaemon")
log = logging.getLogger("pyrox.nameserver")


class NameServerDaemon(Daemon):
    """A daemon with a name server in it.

    ``location`` is that of a :class:`pyrox.Daemon`, by default the configured host and
    ``ns_port``. ``storage`` is ``memory``, ``sqlite:FILE``, what an installed plugin offers, or a
    table that is open. ``broadcast`` answers look-ups by broadcast: True does where others can
    reach the name server, an address (``host`` or ``host:port``, UDP) does in any case.
    ``options`` are further ones of a daemon. With the setting ``ns_autoclean`` it removes names
    whose server is gone.

    ``nameserver`` is the name server, ``responder`` what answers broadcasts, or None, ``cleaner``
    what removes names, or None.
    """

    def __init__(
        self,
        location: str = "",
        *,
        storage: str | NameTable = "memory",
        broadcast: bool | str = False,
        config: Config | None = None,
        **options: Any,
    ) -> None:
        config = config or current_config()
        self.responder: BroadcastResponder | None = None
        self.cleaner: AutoCleaner | None = None
        if isinstance(storage, str):
            plugins = options.get("plugins") or installed_plugins()
            storage = open_storage(storage, plugins.storages)
        self.nameserver = NameServer(storage)
        try:
            location = _complete(location, config)
            super().__init__(location, config=config, **options)
        except BaseException as error:
            storage.close()
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                raise _taken(error) from error
            raise
        try:
            self.register(self.nameserver, NAMESERVER_ID)
            self.nameserver.announce(self.uri_for(NAMESERVER_ID))
            self._answer_broadcasts(broadcast, location)
            if config.ns_autoclean:
                self.cleaner = AutoCleaner(storage, config.ns_autoclean).start()
        except BaseException:
            self.close()
            raise

    def closed(self) -> None:
        """Stop answering broadcasts and cleaning, and close the storage."""
        if self.responder is not None:
            self.responder.stop()
        if self.cleaner is not None:
            self.cleaner.stop()
        self.nameserver.table.close()

    def _answer_broadcasts(self, wanted: bool | str, location: str) -> None:
        if not wanted:
            return
        uri = self.uri_for(NAMESERVER_ID, nat=False)  # the asker is on our side of any NAT
        if uri.port and location.rpartition("://")[2].startswith("0.0.0.0"):
            # Each asker is told of the interface that leads to it.
            uri = URI.of(NAMESERVER_ID, join_host_port("0.0.0.0", uri.port), uri.transport)
        configured = self.config.ns_broadcast_host
        host, port = split_host_port(wanted) if isinstance(wanted, str) else (configured, None)
        if wanted is True and not reachable_by_broadcast(uri):
            log.warning(
                "not answering broadcasts: others cannot reach a name server at %s; listen on "
                "0.0.0.0 or an address of this machine",
                self.location,
            )
            return
        if port is None:
            port = self.config.ns_broadcast_port
        self.responder = BroadcastResponder(uri, host, port).start()


def start_ns(location: str = "", **options: Any) -> NameServerDaemon:
    """Start a name server in the background; see :class:`NameServerDaemon`.

    Returns the daemon, which is stopped by its ``shutdown()``, or at the end of a ``with`` block.
    """
    return NameServerDaemon(location, **options).start()


def _complete(location: str, config: Config) -> str:
    """Add what a TCP location lacks of host and port; 0 is a port, too: a free one."""
    scheme, separator, where = location.rpartition("://")
    if scheme not in ("", "tcp", "tls") or location.startswith(("unix:", "./u:")):
        return location
    host, port = split_host_port(where)
    where = join_host_port(host or config.host, config.ns_port if port is None else port)
    return f"{scheme}{separator}{where}"


def _taken(error: OSError) -> OSError:
    return OSError(
        error.errno,
        f"{error.strerror or error}; a name server may be running there already "
        "(`pyrox nsc ping` tells), else choose another port",
    )
