"""Streams over sockets that the program connected itself: a socketpair, or one inherited.

Such a socket stays the program's: it is never closed or shut down here, and gets the timeout
back that it had, once nobody here uses it any more.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..contracts.transport import SocketStream, Stream
from ..errors import UsageError
from ..wire.buffers import Buffer

__all__ = ["SharedSocket", "given_stream", "share"]


class SharedSocket:
    """What those have in common who use one socket.

    ``lock`` is held for a whole call. Where a call failed on its way, its answer may still come:
    the socket is ``out_of_step`` then, and no proxy may use it again.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.lock = threading.RLock()
        self.out_of_step = False
        self._users = 0
        self._timeout = sock.gettimeout()

    def take(self, sock: socket.socket) -> None:
        """Note one more user."""
        if not self._users:
            self._timeout = sock.gettimeout()
        self._users += 1

    def give_back(self, sock: socket.socket) -> None:
        """Note one user less; the last one leaves the socket as the first one found it."""
        self._users -= 1
        if not self._users:
            with contextlib.suppress(OSError):  # the program may have closed it
                sock.settimeout(self._timeout)

    def after_fork(self) -> None:
        """Begin anew in a child process: what the parent's threads hold is not held here."""
        self.lock = threading.RLock()


_shared: weakref.WeakKeyDictionary[socket.socket, SharedSocket] = weakref.WeakKeyDictionary()


def share(sock: socket.socket) -> SharedSocket:
    """Return what the users of a socket have in common."""
    if not isinstance(sock, socket.socket):
        raise UsageError(f"a connected socket is a socket.socket, not {sock!r}")
    return _shared.setdefault(sock, SharedSocket(sock))


def given_stream(sock: socket.socket) -> Stream:
    """Return a stream over a connected socket, of TLS where that was wrapped around it."""
    shared = share(sock)
    return _TLSStream(sock, shared) if hasattr(sock, "getpeercert") else _PlainStream(sock, shared)


class _PlainStream(SocketStream):
    """A stream that gives its socket back when it is closed."""

    __slots__ = ("_shared",)

    def __init__(self, sock: socket.socket, shared: SharedSocket) -> None:
        shared.take(sock)
        self._shared: SharedSocket | None = shared
        super().__init__(sock, _peer_address(sock))

    def close(self) -> None:
        shared, sock = self._shared, self.socket
        if shared is not None:
            with contextlib.suppress(OSError):  # the program may have closed it
                self.set_timeouts(0.0, 0.0)
            self.abandon()
            shared.give_back(sock)

    def abandon(self) -> None:
        # From here on every use fails as that of a closed socket does.
        self._shared = None
        self.socket = _closed_socket()
        self.recv = self.socket.recv

    def end(self) -> None:
        """Do nothing: the program may have plans for its socket."""

    def interrupt(self) -> None:
        self.close()


class _TLSStream(Stream):
    """The same over TLS, which knows no flags: whether to wait is up to the socket's timeout."""

    def __init__(self, sock: Any, shared: SharedSocket) -> None:
        shared.take(sock)
        self._shared: SharedSocket | None = shared
        self._timeouts = (0.0, 0.0)
        # Whoever has such a socket has imported this; importing it here would slow down everybody.
        self._ssl: Any = sys.modules["ssl"]
        self._waits_to_send: bool | None = None
        self.socket: Any = sock
        self.peer_address = _peer_address(sock)

    def fileno(self) -> int:
        return int(self.socket.fileno())

    def recv(self, size: int) -> bytes:
        self.socket.settimeout(self._timeouts[0] or None)
        data: bytes = self.socket.recv(size)
        return data

    def recv_into(self, buffer: memoryview) -> int:
        self.socket.settimeout(self._timeouts[0] or None)
        return int(self.socket.recv_into(buffer))

    def send(self, buffers: Sequence[Buffer]) -> None:
        self.socket.settimeout(self._timeouts[1] or None)
        for buffer in buffers:
            self.socket.sendall(buffer)

    def recv_nowait(self, size: int) -> bytes:
        data: bytes = self._at_once(self.socket.recv, size)
        return data

    def recv_into_nowait(self, buffer: memoryview) -> int:
        return int(self._at_once(self.socket.recv_into, buffer))

    def send_nowait(self, buffers: Sequence[Buffer]) -> int:
        return int(self._at_once(self.socket.send, buffers[0]))

    def _at_once(self, work: Callable[..., Any], *args: Any) -> Any:
        self.socket.settimeout(0.0)
        self._waits_to_send = None
        try:
            return work(*args)
        except (self._ssl.SSLWantReadError, self._ssl.SSLWantWriteError) as error:
            self._waits_to_send = isinstance(error, self._ssl.SSLWantWriteError)
            raise BlockingIOError from None

    def pending(self) -> bool:
        return self._shared is not None and self.socket.pending() > 0

    def peer_certificate(self) -> Mapping[str, Any] | None:
        return (self._shared and self.socket.getpeercert()) or None

    def waits_to_send(self, sending: bool) -> bool:
        return sending if self._waits_to_send is None else self._waits_to_send

    def set_timeouts(self, receive: float, send: float) -> None:
        self._timeouts = receive, send

    def close(self) -> None:
        shared, sock = self._shared, self.socket
        if shared is not None:
            self.abandon()
            shared.give_back(sock)

    def abandon(self) -> None:
        self._shared = None
        self.socket = _closed_socket()

    def interrupt(self) -> None:
        self.close()


def _peer_address(sock: socket.socket) -> Any:
    try:
        return sock.getpeername()
    except OSError:  # the peer is gone, or was never there
        return None


def _closed_socket() -> socket.socket:
    sock = socket.socket()
    sock.close()
    return sock


def _after_fork_in_child() -> None:
    for shared in list(_shared.values()):
        shared.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
