"""The TCP transport: ``PYRO:object@host:port``, locations ``tcp://host:port``."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import time
from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import zip_longest
from typing import Any, TypeAlias

from pyrox import (
    Candidate,
    Config,
    Connecting,
    Listener,
    LookUp,
    SocketListener,
    SocketTransport,
    Stream,
    connect_first,
    hookimpl,
    join_host_port,
    split_host_port,
)

__all__ = ["TcpTransport", "pyrox_register_transport"]

BACKLOG = 1024
_Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
_FAMILIES = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


class TcpTransport(SocketTransport):
    """Connects and listens over TCP, by IPv4 or IPv6."""

    scheme = "tcp"

    def connect(self, location: str, config: Config, timeout: float) -> Stream:
        """Try the addresses of the host, IPv4 and IPv6 by turns; OSError is that of the last."""
        host, port = split_host_port(location)
        found = _addresses(host, port or 0, config)
        if len(found) == 1:
            return self.connect_socket(self._prepared(found[0], config), found[0][4], timeout)
        candidates = self._candidates(found, config)
        sock, address = connect_first(candidates, timeout)
        try:
            stream = self.wrap(sock, address)
            stream.set_timeouts(timeout, timeout)
            return stream
        except BaseException:
            sock.close()
            raise

    def connecting(self, location: str, config: Config) -> Connecting:
        """Try the addresses of the host, IPv4 and IPv6 by turns, in steps."""
        host, port = split_host_port(location)
        found = yield LookUp(host, port or 0, _FAMILIES[config.prefer_ip_version])
        return (yield from self.connecting_to(*self._candidates(found, config)))

    def _candidates(self, found: Iterable[_Address], config: Config) -> list[Candidate]:
        return [
            Candidate(partial(self._prepared, entry, config), entry[4])
            for entry in _by_turns(found)
        ]

    def _prepared(self, entry: _Address, config: Config) -> socket.socket:
        sock = socket.socket(*entry[:3])
        self._prepare(sock, config)
        return sock

    def listen(self, location: str, config: Config) -> Listener:
        """Listen at ``host:port``; no host is the configured one, no port a free one."""
        host, port = split_host_port(location) if location else (config.host, 0)
        passive = socket.AI_PASSIVE
        family, kind, protocol, _, address = _addresses(host, port or 0, config, passive)[0]
        sock = socket.socket(family, kind, protocol)
        try:
            # What is accepted inherits these.
            self._prepare(sock, config)
            if config.reuse_address and sys.platform != "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(address)
            except OSError as error:
                raise type(error)(
                    error.errno, f"cannot listen on {location or config.host}: {error.strerror}"
                ) from error
            sock.listen(BACKLOG)
        except BaseException:
            sock.close()
            raise
        where = join_host_port(_reachable(host, family), sock.getsockname()[1])
        return SocketListener(sock, where, self.wrap)

    @staticmethod
    def _prepare(sock: socket.socket, config: Config) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if config.keepalive:
            _notice_silence(sock, config.keepalive)
        if config.tcp_nodelay:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def is_public(self, location: str) -> bool:
        """Tell whether ``location`` is anything but a loopback address."""
        host = split_host_port(location)[0] if location else "localhost"
        try:
            return not ipaddress.ip_address(host or "0.0.0.0").is_loopback
        except ValueError:
            return host != "localhost"


def _notice_silence(sock: socket.socket, seconds: float) -> None:
    """Give a connection up where nothing has come from the peer's machine for so long.

    The two systems see to that: a peer whose program is busy is not taken for one that is gone.
    (TCP_USER_TIMEOUT would be: it ends a connection whose peer does not read for a while, too.)
    """
    third = max(round(seconds / 3), 1)
    for name, value in (
        ("TCP_KEEPIDLE", third),  # quiet for so long, it is asked whether it is there:
        ("TCP_KEEPALIVE", third),  # (macOS)
        ("TCP_KEEPINTVL", max(round(2 * seconds / 9), 1)),
        ("TCP_KEEPCNT", 3),
    ):
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _reachable(host: str, family: socket.AddressFamily) -> str:
    """Return what URIs say for ``host``: for all interfaces, the address of the usual one.

    A URI with 0.0.0.0 in it would lead each client to itself.
    """
    if host not in ("", "0.0.0.0", "::"):
        return host
    # Connecting a datagram socket sends nothing; it only asks the system for the route.
    target = "2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1"
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((target, 9))
            found = str(probe.getsockname()[0])
        except OSError:
            found = ""
    return found.partition("%")[0] or ("::1" if family == socket.AF_INET6 else "127.0.0.1")


def _addresses(host: str, port: int, config: Config, flags: int = 0) -> tuple[_Address, ...]:
    family = _FAMILIES[config.prefer_ip_version]
    if not host and family == socket.AF_UNSPEC:
        family = socket.AF_INET
    return _resolve(host, port, family, flags, int(time.monotonic()))


@lru_cache(maxsize=128)
def _resolve(
    host: str, port: int, family: socket.AddressFamily, flags: int, second: int
) -> tuple[_Address, ...]:
    """Ask the system for a host's addresses; within one ``second`` of the clock, only once.

    For a program that connects often, that is a tenth of what connecting costs.
    """
    found = socket.getaddrinfo(host or None, port, family, socket.SOCK_STREAM, 0, flags)
    # A host with both is asked by IPv4 first: that is where most daemons listen.
    return tuple(sorted(found, key=lambda entry: entry[0] != socket.AF_INET))


def _by_turns(found: Iterable[_Address]) -> list[_Address]:
    """Return addresses in the order of RFC 8305, except that IPv4 comes first."""
    first = [entry for entry in found if entry[0] == socket.AF_INET]
    second = [entry for entry in found if entry[0] != socket.AF_INET]
    pairs = zip_longest(first, second)
    return [entry for pair in pairs for entry in pair if entry is not None]


@hookimpl
def pyrox_register_transport() -> TcpTransport:
    """Offer the transport to pyrox."""
    return TcpTransport()
