"""The contract of a transport plugin: from locations to streams of bytes.

This is the one module below the drivers that touches sockets, since making them is what a
transport is for. A transport over sockets is a subclass of :class:`SocketTransport` with two
methods; one without sockets implements :class:`Transport`, :class:`Listener` and
:class:`Stream`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..access.identity import Credentials
from ..errors import ConnectError
from ..values.config import Config
from ..wire.buffers import Buffer
from .connecting import Candidate, ConnectFirst, Connecting, InThread

__all__ = [
    "Listener",
    "SocketListener",
    "SocketStream",
    "SocketTransport",
    "Stream",
    "Transport",
    "connect_error",
    "without",
]

BACKLOG = 1024
# On Linux a socket's own timeout bounds connecting, without the system calls of Python's.
_SEND_TIMEOUT_BOUNDS_CONNECT = sys.platform == "linux"
_DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0)
_MAX_BUFFERS = 64
_SENT_AT_ONCE = 64 * 1024


class Stream(ABC):
    """A connected byte channel, used by one reader and one writer at a time.

    The blocking calls wait at most as long as :meth:`set_timeouts` said and then raise
    BlockingIOError (or TimeoutError). The ``_nowait`` calls raise BlockingIOError where they
    would have to wait. Any other OSError means that the connection is lost; a ProtocolError, that
    the peer did something wrong, which it is told before the connection is closed.

    A stream that encrypts, or has another reason to receive more than it hands out or to send by
    itself, also overrides :meth:`pending` and :meth:`waits_to_send`.
    """

    peer_address: Any = None
    """What the operating system calls the other end, such as (host, port)."""

    @abstractmethod
    def fileno(self) -> int:
        """Return the descriptor that a selector can wait on."""

    @abstractmethod
    def recv(self, size: int) -> bytes:
        """Return up to ``size`` bytes as soon as there are some; none at the end."""

    @abstractmethod
    def recv_into(self, buffer: memoryview) -> int:
        """Like :meth:`recv`, into ``buffer``; return how many bytes came."""

    @abstractmethod
    def send(self, buffers: Sequence[Buffer]) -> None:
        """Send all of ``buffers``, one behind the other."""

    def send_small(self, data: Buffer) -> None:
        """Send all of ``data``, which is short enough to be taken at once, as a rule."""
        self.send((data,))

    def send_some(self, buffers: Sequence[Buffer]) -> int:
        """Send what can be sent within the timeout, return how many bytes; or not wait for that."""
        return self.send_nowait(buffers)

    @abstractmethod
    def recv_nowait(self, size: int) -> bytes:
        """Like :meth:`recv`, without waiting."""

    @abstractmethod
    def recv_into_nowait(self, buffer: memoryview) -> int:
        """Like :meth:`recv_into`, without waiting."""

    @abstractmethod
    def send_nowait(self, buffers: Sequence[Buffer]) -> int:
        """Send what can be sent without waiting; return how many bytes that was.

        The next call begins with the bytes that this one left over.
        """

    @abstractmethod
    def set_timeouts(self, receive: float, send: float) -> None:
        """Bound the blocking calls, in seconds each; 0 for no bound."""

    @abstractmethod
    def close(self) -> None:
        """End the connection; closing again does nothing."""

    def end(self) -> None:  # noqa: B027
        """Say that nothing more will be sent, while still receiving, if the transport can."""

    def interrupt(self) -> None:  # noqa: B027
        """Make a blocking call in another thread return at once, if the transport can."""

    def abandon(self) -> None:
        """Let go of it in a forked process, without a word: the connection is the parent's."""
        self.close()

    def pending(self) -> bool:
        """Tell whether something can be received that no selector announces, being here already."""
        return False

    def waits_to_send(self, sending: bool) -> bool:
        """Tell whether to wait until it can send, after a ``_nowait`` call that would have waited.

        Otherwise it is until something can be received. ``sending`` says which was wanted. Asked
        of a stream that overrides :meth:`pending`: its own talk with the peer may come first.
        """
        return sending

    def peer_certificate(self) -> Mapping[str, Any] | None:
        """Return what the peer's certificate says, None without one.

        Its fields are those of ``ssl.SSLSocket.getpeercert()``: subject, issuer, serialNumber ...
        Only a certificate that was verified is shown.
        """
        return None

    def peer_credentials(self) -> Credentials | None:
        """Return who runs the peer, where the operating system vouches for that, else None."""
        return None

    def is_stale(self) -> bool:
        """Tell whether the peer has closed a connection on which nothing is expected."""
        try:
            self.recv_nowait(1)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True


class Listener(ABC):
    """Where a daemon accepts connections. ``location`` is what URIs say, with the real port."""

    location: str
    keeps_strangers_out: bool = False
    """True where only programs that proved who they are can talk with the daemon."""
    encrypts: bool = False
    """True where nobody on the way can read or change what travels."""

    @abstractmethod
    def fileno(self) -> int:
        """Return the descriptor that is readable when somebody connects."""

    @abstractmethod
    def accept(self) -> Stream:
        """Return the next connection; BlockingIOError where there is none."""

    @abstractmethod
    def close(self) -> None:
        """Stop listening and clean up what listening left in the file system."""

    def abandon(self) -> None:  # noqa: B027
        """Let go of it in a forked process: the parent is the one that listens."""


class Transport(ABC):
    """Makes streams from locations; one instance serves the whole process.

    ``scheme`` is the transport's name in URIs (``PYRO+SCHEME:object@location``) and locations
    (``scheme://location``), in lower case.
    """

    scheme: str

    @abstractmethod
    def connect(self, location: str, config: Config, timeout: float) -> Stream:
        """Connect within ``timeout`` seconds (0: no bound); raises ConnectError or OSError."""

    @abstractmethod
    def listen(self, location: str, config: Config) -> Listener:
        """Listen at ``location`` (empty: where this transport listens by default)."""

    def connecting(self, location: str, config: Config) -> Connecting:
        """Connect in steps, for programs that must not block.

        By default that is :meth:`connect` in a thread. What it raises is raised here as well.
        """
        return (yield InThread(lambda left: self.connect(location, config, left)))

    def is_public(self, location: str) -> bool:
        """Tell whether other machines can connect to a daemon that listens at ``location``."""
        return True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.scheme!r}>"


class SocketStream(Stream):
    """A connected socket, kept in blocking mode: waiting is bounded by the kernel (SO_RCVTIMEO).

    That saves the extra system call that a Python socket timeout costs for each receive.
    """

    __slots__ = ("_timeouts", "peer_address", "recv", "socket")

    recv: Callable[[int], bytes]  # type: ignore[assignment]

    def __init__(self, sock: socket.socket, peer_address: Any = None) -> None:
        if sock.gettimeout() is not None:
            sock.setblocking(True)
        self.socket = sock
        self.recv = sock.recv
        self._timeouts = (0.0, 0.0)
        self.peer_address = peer_address

    def fileno(self) -> int:
        return self.socket.fileno()

    # Looked up for each use, or kept by who uses it often: keeping it here costs each connection.

    @property
    def recv_into(self) -> Callable[[memoryview], int]:
        return self.socket.recv_into

    @property
    def send_small(self) -> Callable[[Buffer], None]:
        return self.socket.sendall

    def send(self, buffers: Sequence[Buffer]) -> None:
        receive, limit = self._timeouts
        if len(buffers) == 1 and (not limit or len(buffers[0]) <= _SENT_AT_ONCE):
            self.socket.sendall(buffers[0])
            return
        ends = time.monotonic() + limit
        rest = [memoryview(buffer) for buffer in buffers]
        while rest:
            rest = without(rest, self.socket.sendmsg(rest[:_MAX_BUFFERS]))
            if rest and limit:
                # A peer that takes a little now and then must not make it last for ever.
                left = ends - time.monotonic()
                if left <= 0:
                    raise BlockingIOError(errno.EAGAIN, "the peer takes the message too slowly")
                self.set_timeouts(receive, left)

    def send_some(self, buffers: Sequence[Buffer]) -> int:
        return self.socket.sendmsg(buffers[:_MAX_BUFFERS])

    def recv_nowait(self, size: int) -> bytes:
        return self.socket.recv(size, _DONTWAIT)

    def recv_into_nowait(self, buffer: memoryview) -> int:
        return self.socket.recv_into(buffer, 0, _DONTWAIT)

    def send_nowait(self, buffers: Sequence[Buffer]) -> int:
        if len(buffers) == 1:
            return self.socket.send(buffers[0], _DONTWAIT)
        return self.socket.sendmsg(buffers[:_MAX_BUFFERS], (), _DONTWAIT)

    def set_timeouts(self, receive: float, send: float) -> None:
        old_receive, old_send = self._timeouts
        if not _nearly(receive, old_receive):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(receive))
            old_receive = receive
        if not _nearly(send, old_send):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(send))
            old_send = send
        self._timeouts = (old_receive, old_send)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def interrupt(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.socket.close()


class SocketListener(Listener):
    """A listening socket. ``wrap`` makes the stream of an accepted one."""

    def __init__(
        self,
        sock: socket.socket,
        location: str,
        wrap: Callable[[socket.socket, Any], Stream],
        on_close: Callable[[], None] | None = None,
    ) -> None:
        sock.setblocking(False)
        self.socket = sock
        self.location = location
        self._wrap = wrap
        self._on_close = on_close
        self._maker = os.getpid()

    def fileno(self) -> int:
        return self.socket.fileno()

    def accept(self) -> Stream:
        sock, address = self.socket.accept()
        try:
            return self._wrap(sock, address)
        except BaseException:
            sock.close()
            raise

    def close(self) -> None:
        closing, self._on_close = self._on_close, None
        self.socket.close()
        # A forked process has a copy of the socket, but what it left behind is the maker's.
        if closing is not None and os.getpid() == self._maker:
            closing()

    def abandon(self) -> None:
        self.socket.close()


class SocketTransport(Transport):
    """A transport over sockets: says how to make one and how to read a location."""

    def new_socket(self) -> socket.socket:
        """Return a fresh socket, not yet bound or connected."""
        raise TypeError(f"{type(self).__name__} must define new_socket()")

    def address(self, location: str) -> Any:
        """Return the address that the operating system wants for ``location``."""
        raise TypeError(f"{type(self).__name__} must define address()")

    def location(self, location: str, sock: socket.socket) -> str:
        """Return the location to put in URIs, for a socket that listens at ``location``."""
        return location

    def wrap(self, sock: socket.socket, peer_address: Any) -> Stream:
        """Return the stream of a connected or accepted socket."""
        return SocketStream(sock, peer_address)

    def connect(self, location: str, config: Config, timeout: float) -> Stream:
        return self.connect_socket(self.new_socket(), self.address(location), timeout)

    def connecting(self, location: str, config: Config) -> Connecting:
        if type(self).connect is not SocketTransport.connect:
            return (yield from super().connecting(location, config))
        return (yield from self.connecting_to(Candidate(self.new_socket, self.address(location))))

    def connecting_to(self, *candidates: Candidate) -> Connecting:
        """Connect the first of these that can be, in steps."""
        sock, address = yield ConnectFirst(candidates)
        try:
            return self.wrap(sock, address)
        except BaseException:
            sock.close()
            raise

    def connect_socket(self, sock: socket.socket, address: Any, timeout: float) -> Stream:
        """Connect ``sock`` within ``timeout`` seconds and return its stream; it closes on failure.

        The stream's own timeouts are set to that, too.
        """
        try:
            if not _SEND_TIMEOUT_BOUNDS_CONNECT:
                sock.settimeout(timeout or None)
                sock.connect(address)
            stream = self.wrap(sock, address)
            stream.set_timeouts(timeout, timeout)
            if _SEND_TIMEOUT_BOUNDS_CONNECT:
                sock.connect(address)
            return stream
        except BaseException:
            sock.close()
            raise

    def listen(self, location: str, config: Config) -> Listener:
        sock = self.new_socket()
        try:
            if config.reuse_address and sys.platform != "win32":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(self.address(location))
            sock.listen(BACKLOG)
            return SocketListener(sock, self.location(location, sock), self.wrap)
        except BaseException:
            sock.close()
            raise


def connect_error(location: str, error: OSError) -> ConnectError:
    """Say why connecting to ``location`` failed, and what to look at next."""
    if isinstance(error, socket.gaierror):
        cause, advice = "the host name is not known", "check its spelling, or give an address"
    elif isinstance(error, ConnectionRefusedError):
        what = "path" if location.startswith("./u:") else "port"
        cause, advice = "nothing listens there", f"check the {what}, and that the daemon runs"
    elif isinstance(error, TimeoutError | BlockingIOError):
        cause = "no answer in time"
        advice = "check the address and any firewall, or raise connect_timeout"
    elif error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        cause, advice = "there is no route to it", "check the address and the network"
    elif isinstance(error, FileNotFoundError):
        cause, advice = "there is no such socket", "check the path, and that the daemon runs"
    elif isinstance(error, PermissionError):
        cause, advice = "permission denied", "check who may use it"
    else:
        cause, advice = "the connection failed", "check the address"
    return ConnectError(f"cannot connect to {location}: {cause} ({error}); {advice}")


def without(buffers: list[memoryview], count: int) -> list[memoryview]:
    """Return what is left of ``buffers`` once their first ``count`` bytes are gone."""
    for index, buffer in enumerate(buffers):
        if count < buffer.nbytes:
            return [buffer.cast("B")[count:] if count else buffer, *buffers[index + 1 :]]
        count -= buffer.nbytes
    return []


def _nearly(wanted: float, is_set: float) -> bool:
    """Tell whether a timeout is so near to what is wanted that it is not worth a system call."""
    return wanted == is_set or 0.994 * wanted < is_set < 1.01 * wanted


def _timeval(seconds: float) -> bytes | int:
    if sys.platform == "win32":
        return int(seconds * 1000)
    whole = int(seconds)
    micro = int((seconds - whole) * 1_000_000)
    # An all-zero value would mean "for ever".
    return struct.pack("@ll", whole, micro if whole or micro or not seconds else 1)
