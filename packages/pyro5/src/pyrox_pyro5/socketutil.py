"""Sockets, as Pyro5 makes and wraps them for programs (reference 3.8).

pyrox itself needs none of this: its transports make their own.
"""

from __future__ import annotations

import builtins
import contextlib
import ipaddress
import os
import socket
import ssl
import sys
import weakref
from collections.abc import MutableMapping
from typing import Any

from .configure import global_config as config
from .errors import CommunicationError, ConnectionClosedError, TimeoutError

__all__ = [
    "SocketConnection",
    "bind_unused_port",
    "create_bc_socket",
    "create_socket",
    "family_str",
    "find_probably_unused_port",
    "get_interface",
    "get_ip_address",
    "get_ssl_context",
    "interrupt_socket",
    "receive_data",
    "send_data",
    "set_keepalive",
    "set_nodelay",
    "set_noinherit",
    "set_reuseaddr",
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

_PIECE = 60_000
_JUNK = b"!" * 16
_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
if hasattr(socket, "AF_UNIX"):
    _FAMILIES[socket.AF_UNIX] = "Unix"


class SocketConnection:
    """A connected socket, and what a daemon keeps with it.

    It closes ``sock`` when it is collected, unless it is to ``keep_open``. ``stream`` is the
    pyrox stream that works on the socket, if there is one.
    """

    def __init__(
        self,
        sock: socket.socket,
        objectId: str | None = None,
        keep_open: bool = False,
        stream: Any = None,
    ) -> None:
        self.sock = sock
        self.objectId = objectId
        self.keep_open = keep_open
        self.pyroInstances: MutableMapping[type, Any] = {}
        self.tracked_resources: weakref.WeakSet[Any] = weakref.WeakSet()
        self._stream = stream

    def __del__(self) -> None:
        if not self.keep_open:
            self.close()

    def send(self, data: bytes) -> None:
        """Send all of ``data``."""
        send_data(self.sock, data)

    def recv(self, size: int) -> bytes:
        """Return exactly ``size`` bytes; ConnectionClosedError where they do not come."""
        return receive_data(self.sock, size)

    def close(self) -> None:
        """Close the connection, and the resources that were tracked with it."""
        if self._stream is not None:
            self._stream.interrupt()  # whoever serves it closes it
            return
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.sock.close()
        self.pyroInstances.clear()
        for resource in list(self.tracked_resources):
            with contextlib.suppress(Exception):
                resource.close()
        self.tracked_resources.clear()

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self.sock.fileno()

    def family(self) -> str:
        """Return IPv4, IPv6, Unix, or ???."""
        return family_str(self.sock)

    def settimeout(self, timeout: float | None) -> None:
        """Set the socket's timeout, in seconds."""
        self.sock.settimeout(timeout)

    def gettimeout(self) -> float | None:
        """Return the socket's timeout, in seconds."""
        return self.sock.gettimeout()

    timeout = property(gettimeout, settimeout)

    def getpeercert(self) -> Any:
        """Return the certificate of the other side as a dict; None for a plain connection."""
        if self._stream is not None:
            return self._stream.peer_certificate()
        return self.sock.getpeercert() if isinstance(self.sock, ssl.SSLSocket) else None


SocketConnection.__module__ = "Pyro5.socketutil"


def family_str(sock: socket.socket) -> str:
    """Return the name of a socket's address family."""
    return _FAMILIES.get(sock.family, "???")


def get_ip_address(
    hostname: str, workaround127: bool = False, version: int | None = None
) -> Address:
    """Return the address of a host.

    ``version`` is 4, 6, 0 for either, or None for what the setting PREFER_IP_VERSION says. With
    ``workaround127`` a host that is this machine gets an address others can reach, if it has one.
    """
    version = config.PREFER_IP_VERSION if version is None else version
    family = {4: socket.AF_INET, 6: socket.AF_INET6, 0: socket.AF_UNSPEC}.get(version)
    if family is None:
        raise ValueError(f"unknown value for argument ipVersion: {version}")
    found = socket.getaddrinfo(hostname or socket.gethostname(), None, family, socket.SOCK_STREAM)
    address = ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])
    if workaround127 and address.is_loopback:
        far = "4.2.2.2" if address.version == 4 else "2001:4860:4860::8888"
        with contextlib.suppress(OSError):
            return get_interface(far).ip
    return address


def get_interface(ip_address: str | Address) -> Interface:
    """Return the interface of this machine from which ``ip_address``, or a host, is reached."""
    target = get_ip_address(str(ip_address), version=0)
    family = socket.AF_INET if target.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.connect((str(target), 53))  # of a datagram socket: nothing is sent
        return ipaddress.ip_interface(str(sock.getsockname()[0]).partition("%")[0])


def create_socket(
    bind: tuple[Any, ...] | str | None = None,
    connect: tuple[Any, ...] | str | None = None,
    reuseaddr: bool = False,
    keepalive: bool = True,
    timeout: float | None = -1,
    noinherit: bool = False,
    ipv6: bool = False,
    nodelay: bool = True,
    sslContext: ssl.SSLContext | None = None,
) -> socket.socket:
    """Return a stream socket that is bound (and listens) or connected to an address.

    An address is (host, port), or a str for a unix socket. ``timeout`` is seconds, 0 or None for
    none, -1 for Python's default.
    """
    if bind and connect:
        raise ValueError("bind and connect cannot both be specified at the same time")
    place = bind or connect
    sock = socket.socket(_family_of(place, ipv6), socket.SOCK_STREAM)
    try:
        is_unix = sock.family not in (socket.AF_INET, socket.AF_INET6)
        if sslContext is not None:
            host = connect[0] if isinstance(connect, tuple) else None
            sock = sslContext.wrap_socket(sock, server_side=bool(bind), server_hostname=host)
        if nodelay and not is_unix:
            set_nodelay(sock)
        if reuseaddr:
            set_reuseaddr(sock)
        if noinherit:
            set_noinherit(sock)
        _set_timeout(sock, timeout)
        if bind:
            if isinstance(bind, tuple) and bind[1] == 0:
                bind_unused_port(sock, bind[0])
            else:
                sock.bind(bind)
            sock.listen(100)
        if connect:
            sock.connect(connect)
        if keepalive:
            set_keepalive(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def create_bc_socket(
    bind: tuple[Any, ...] | str | None = None,
    reuseaddr: bool = False,
    timeout: float | None = -1,
    ipv6: bool = False,
) -> socket.socket:
    """Return a datagram socket that may broadcast, bound to ``bind`` if that is given."""
    sock = socket.socket(_family_of(bind, ipv6), socket.SOCK_DGRAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if reuseaddr:
            set_reuseaddr(sock)
        _set_timeout(sock, timeout)
        if isinstance(bind, tuple) and bind[1] == 0:
            bind_unused_port(sock, bind[0])
        elif bind:
            sock.bind(bind)
    except BaseException:
        sock.close()
        raise
    return sock


def _family_of(place: tuple[Any, ...] | str | None, ipv6: bool) -> socket.AddressFamily:
    if isinstance(place, str):
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("unix domain sockets are not supported on this system")
        return socket.AF_UNIX
    if ipv6 or (place is not None and ":" in str(place[0])):
        return socket.AF_INET6
    if place is not None and place[0]:
        return socket.AF_INET if get_ip_address(place[0]).version == 4 else socket.AF_INET6
    return socket.AF_INET


def _set_timeout(sock: socket.socket, timeout: float | None) -> None:
    if timeout is None or timeout >= 0:
        sock.settimeout(timeout or None)


def receive_data(sock: socket.socket, size: int) -> bytes:
    """Return exactly ``size`` bytes.

    Raises ConnectionClosedError, with what came as ``partialData``, or TimeoutError.
    """
    data = bytearray()
    try:
        while len(data) < size:
            piece = sock.recv(min(size - len(data), _PIECE))
            if not piece:
                error = ConnectionClosedError("receiving: not enough data")
                error.partialData = bytes(data)
                raise error
            data += piece
    except CommunicationError:
        raise
    except builtins.TimeoutError as problem:
        raise TimeoutError("receiving: timeout") from problem
    except OSError as problem:
        lost = ConnectionClosedError(f"receiving: connection lost: {problem}")
        lost.partialData = bytes(data)
        raise lost from problem
    return bytes(data)


def send_data(sock: socket.socket, data: bytes) -> None:
    """Send all of ``data``; raises ConnectionClosedError or TimeoutError."""
    try:
        sock.sendall(data)
    except builtins.TimeoutError as problem:
        raise TimeoutError("sending: timeout") from problem
    except OSError as problem:
        raise ConnectionClosedError(f"sending: connection lost: {problem}") from problem


def bind_unused_port(sock: socket.socket, host: str | Address = "localhost") -> int:
    """Bind a socket to a free port of ``host``; return the port."""
    sock.bind((str(host), 0))
    return int(sock.getsockname()[1])


def find_probably_unused_port(
    family: int = socket.AF_INET, socktype: int = socket.SOCK_STREAM
) -> int:
    """Return a port that is free now, and with some luck still is when it is used."""
    with socket.socket(family, socktype) as sock:
        return bind_unused_port(sock, "::1" if family == socket.AF_INET6 else "localhost")


def set_keepalive(sock: socket.socket) -> None:
    """Let the system find out about peers that vanished."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def set_nodelay(sock: socket.socket) -> None:
    """Send small messages at once."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def set_reuseaddr(sock: socket.socket) -> None:
    """Let a restarted program take its port at once; on Windows that would be another's port."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


def set_noinherit(sock: socket.socket) -> None:
    """Keep the socket to this process."""
    sock.set_inheritable(False)


def interrupt_socket(address: tuple[str, int]) -> None:
    """Wake what waits for connections at ``address``, by making one."""
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0) as sock:
        sock.sendall(_JUNK)


def get_ssl_context(
    servercert: str = "",
    serverkey: str = "",
    clientcert: str = "",
    clientkey: str = "",
    cacerts: str = "",
    keypassword: str = "",
) -> ssl.SSLContext:
    """Return a context for a server (with ``servercert``) or a client; files are paths.

    It is made anew each time, so that changed files and settings count.
    """
    if servercert and clientcert:
        raise ValueError("can't have both server cert and client cert")
    if servercert:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate, key, side = servercert, serverkey, "server"
    else:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
        certificate, key, side = clientcert, clientkey, "client"
    if certificate:
        for what, path in ((f"{side} cert", certificate), (f"{side} key", key)):
            if path and not os.path.isfile(path):
                raise OSError(f"{what} file not found: {path}")
        context.load_cert_chain(certificate, key or None, keypassword or None)
    if servercert and config.SSL_REQUIRECLIENTCERT:
        context.verify_mode = ssl.CERT_REQUIRED
    if cacerts:
        _trust(context, cacerts)
    return context


def _trust(context: ssl.SSLContext, cacerts: str) -> None:
    if os.path.isdir(cacerts):
        context.load_verify_locations(capath=cacerts)
    elif os.path.isfile(cacerts):
        context.load_verify_locations(cafile=cacerts)
    else:
        raise OSError(f"ca certificates not found: {cacerts}")
