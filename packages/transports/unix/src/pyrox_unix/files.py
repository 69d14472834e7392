"""The files of unix sockets: who may use one, when one may go, and who takes its place."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterator

from pyrox import UsageError

if sys.platform != "win32":
    import fcntl
    import grp

__all__ = ["alone_in", "is_stale", "remover", "restrict"]

_PATIENCE = 1.0
"""How long, in seconds, to wait for others who make a socket in the same folder."""
_SECOND_LOOK = 0.05
"""How long, in seconds, after a socket was made its owner may take until it listens."""


@contextlib.contextmanager
def alone_in(folder: str) -> Iterator[bool]:
    """Keep other daemons from making or clearing away a socket in ``folder``; True if that works.

    Somebody who may read the folder could hold it back for ever: nobody waits for him so long.
    """
    descriptor = -1
    locked = False
    try:
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            locked = _lock(descriptor)
        yield locked
    finally:
        if descriptor >= 0:
            os.close(descriptor)  # which also unlocks it


def _lock(descriptor: int) -> bool:
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > ends:
                return False
            time.sleep(0.005)


def is_stale(path: str) -> bool:
    """Tell whether a file is a socket that was left behind: nobody listens there any more.

    Whatever is not certain counts as alive.
    """
    with contextlib.suppress(OSError):
        found = os.lstat(path)
        if not stat.S_ISSOCK(found.st_mode) or not _is_refused(path):
            return False
        time.sleep(_SECOND_LOOK)  # whoever is about to listen there does so now
        return _is_refused(path) and os.path.samestat(found, os.lstat(path))
    return False


def _is_refused(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        return probe.connect_ex(path) == errno.ECONNREFUSED


def restrict(path: str, mode: str, group: str) -> None:
    """Let those use a socket that the settings ``unix_mode`` and ``unix_group`` name."""
    if group:
        try:
            os.chown(path, -1, _group_id(group))
        except PermissionError as error:
            raise PermissionError(
                error.errno,
                f"unix_group: the socket cannot be given to the group {group!r}, since the user "
                "who runs the daemon is not in it",
            ) from error
    if mode:
        os.chmod(path, int(mode, 8))


def _group_id(group: str) -> int:
    if group.isdecimal():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise UsageError(f"unix_group: there is no group {group!r} on this machine") from None


def remover(path: str, folder: str) -> Callable[[], None]:
    """Return what removes a socket's file, as long as it is that one, and the folder made for it.

    Somebody may have taken it away and listen there by now.
    """
    path = os.path.abspath(path)
    made = os.lstat(path)

    def remove() -> None:
        with contextlib.suppress(OSError):
            if os.path.samestat(os.lstat(path), made):
                os.unlink(path)
        if folder:
            with contextlib.suppress(OSError):
                os.rmdir(folder)

    return remove
