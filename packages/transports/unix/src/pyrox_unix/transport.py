"""The unix socket transport: ``PYRO:object@./u:path``, locations ``unix:path``.

On Linux a name that begins with ``@``, or with a NUL as the system itself writes it, is that of an
abstract socket, which is no file.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import struct
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any

from pyrox import (
    Config,
    Credentials,
    Listener,
    SocketListener,
    SocketStream,
    SocketTransport,
    Stream,
    UsageError,
)

from .files import alone_in, is_stale, remover, restrict

__all__ = ["UnixStream", "UnixTransport"]

BACKLOG = 1024
_PREFIX = "./u:"
_ABSTRACT = ("@", "\0")
_LOCKED = (
    "the daemon whose socket is there is gone, but another program holds a lock (flock) on {}, so "
    "it is not certain that nobody else clears it away just now; remove the socket, end that "
    "program (`lsof` names it), or name a path in another folder"
)
_CREDENTIALS = struct.Struct("=iII")  # struct ucred of Linux: pid, uid, gid


class UnixStream(SocketStream):
    """A connection with a program of this machine, of which the system knows who runs it."""

    __slots__ = ()

    def peer_credentials(self) -> Credentials | None:
        """Return who runs the peer; None where the system does not say (all but Linux)."""
        if not hasattr(socket, "SO_PEERCRED"):
            return None
        told = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, gid = _CREDENTIALS.unpack(told)
        return Credentials(uid, gid, pid)


class UnixTransport(SocketTransport):
    """Connects and listens on unix sockets: files, or names in Linux's abstract namespace."""

    scheme = "unix"

    def new_socket(self) -> socket.socket:
        """Return a fresh unix socket."""
        if not hasattr(socket, "AF_UNIX"):
            raise OSError(errno.EAFNOSUPPORT, "this system has no unix sockets; use tcp")
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def address(self, location: str) -> str | bytes:
        """Return what the system calls the socket at ``location``, with or without ``./u:``."""
        path = location.removeprefix(_PREFIX)
        if not path.startswith(_ABSTRACT):
            return path
        if sys.platform != "linux":
            raise UsageError(f"{path!r} is an abstract socket, which only Linux has; name a file")
        return b"\0" + os.fsencode(path[1:])

    def wrap(self, sock: socket.socket, peer_address: Any) -> Stream:
        """Return the stream of a connected socket; its peer's address is the socket's name."""
        return UnixStream(sock, _shown(peer_address))

    def listen(self, location: str, config: Config) -> Listener:
        """Listen at a path; without one, in a new temporary folder.

        A socket that a dead daemon left there is cleared away, and nothing else ever is. The file
        is removed when the listener is closed, unless somebody else's is there by then.
        """
        path = location.removeprefix(_PREFIX)
        if ":" in path:
            raise UsageError(f"a socket's path has no colon in it, since no URI could: {path!r}")
        address = self.address(path)
        sock = self.new_socket()
        folder = ""
        on_close = None
        try:
            if not path:
                folder = tempfile.mkdtemp(prefix="pyrox-")
                address = path = os.path.join(folder, "daemon.sock")
            try:
                if isinstance(address, bytes):
                    sock.bind(address)
                    sock.listen(BACKLOG)
                else:
                    on_close = self._listen_at(sock, path, folder, config)
            except OSError as error:
                raise _explained(error, path) from error
        except BaseException:
            sock.close()
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        # The system has no name for a client: what it is connected to tells more in a log.
        accepted = partial(self._accepted, path)
        listener = SocketListener(sock, f"{_PREFIX}{path}", accepted, on_close)
        listener.keeps_strangers_out = hasattr(socket, "SO_PEERCRED")
        return listener

    def _listen_at(
        self, sock: socket.socket, path: str, folder: str, config: Config
    ) -> Callable[[], None]:
        """Listen at a file; return what removes it."""
        parent = os.path.dirname(os.path.abspath(path))
        with alone_in(parent) as alone:
            try:
                sock.bind(path)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not is_stale(path):
                    raise
                if not alone:
                    raise OSError(errno.EBUSY, _LOCKED.format(parent)) from error
                os.unlink(path)
                sock.bind(path)
            remove = remover(path, folder)
            try:
                # Until it listens nobody gets in, whatever the file's permissions are.
                restrict(path, config.unix_mode, config.unix_group)
                sock.listen(BACKLOG)
            except BaseException:
                remove()
                raise
        return remove

    def _accepted(self, path: str, sock: socket.socket, address: Any) -> Stream:
        return self.wrap(sock, address or path)

    def is_public(self, location: str) -> bool:
        """Tell that no other machine can connect."""
        return False


def _shown(address: str | bytes) -> str:
    """Return the location of an address, an abstract one with an ``@`` for its NUL."""
    if isinstance(address, bytes):
        address = os.fsdecode(address)
    return _PREFIX + (f"@{address[1:]}" if address.startswith("\0") else address)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def _explained(error: OSError, path: str) -> OSError:
    where = f"cannot listen on {_shown(path)}"
    if error.errno == errno.EADDRINUSE:
        cure = "another program listens there; name another path"
        if not path.startswith(_ABSTRACT) and not _is_socket(path):
            cure = "there is a file, which is no socket; name another path"
        return OSError(error.errno, f"{where}: {cure}")
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(error.errno, f"{where}: there is no such folder")
    if error.errno is None:  # refused by Python itself
        return OSError(errno.ENAMETOOLONG, f"{where}: {error}; use a shorter path")
    return type(error)(error.errno, f"{where}: {error.strerror}")
