"""Waiting for many streams at once; one that was announced is not, until it is armed again.

One-shot readiness is what lets several threads share a poller: a stream that was announced to one
of them is announced to no other until that one gives it back.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import threading
from collections.abc import Callable
from typing import Protocol

__all__ = ["Poller", "new_poller"]


class Poller(Protocol):
    """Announces descriptors that are ready. ``arm`` may be called from any thread, at any time."""

    def watch(self, fd: int) -> None:
        """Announce ``fd`` whenever it can be read, until it is forgotten."""

    def arm(self, fd: int, *, new: bool = False, write: bool = False) -> None:
        """Announce ``fd`` once, when it can be read (or written). ``new``: for the first time."""

    def forget(self, fd: int) -> None:
        """Announce ``fd`` no more; to be called before it is closed."""

    def wait(self, timeout: float | None) -> list[int]:
        """Return the descriptors that are ready, after at most ``timeout`` seconds."""

    def wake(self) -> None:
        """Make :meth:`wait` return, in whatever thread."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while :meth:`wait` has something to return."""

    def close(self) -> None:
        """Release what the poller holds."""


class _Waker:
    """A pipe whose reading end is always armed."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # a full pipe wakes just as well
            os.write(self._writer, b"\0")

    def drain(self) -> None:
        with contextlib.suppress(OSError):
            os.read(self.reader, 4096)

    def close(self) -> None:
        # A late wake() must not write into whatever gets these descriptors next.
        reader, writer = self.reader, self._writer
        self.reader = self._writer = -1
        if reader >= 0:
            os.close(reader)
            os.close(writer)


class _EpollPoller:
    """Linux: one-shot is a property of epoll itself, and arming needs no lock."""

    _READ = getattr(select, "EPOLLIN", 0) | getattr(select, "EPOLLONESHOT", 0)
    _WRITE = getattr(select, "EPOLLOUT", 0) | getattr(select, "EPOLLONESHOT", 0)

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waker = _Waker()
        self.watch(self._waker.reader)

    def watch(self, fd: int) -> None:
        self._epoll.register(fd, select.EPOLLIN)

    def arm(self, fd: int, *, new: bool = False, write: bool = False) -> None:
        mask = self._WRITE if write else self._READ
        if new:
            self._epoll.register(fd, mask)
        else:
            self._epoll.modify(fd, mask)

    def forget(self, fd: int) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._epoll.unregister(fd)

    def wait(self, timeout: float | None) -> list[int]:
        ready = [fd for fd, _ in self._epoll.poll(timeout, 256)]
        if self._waker.reader in ready:
            self._waker.drain()
            ready.remove(self._waker.reader)
        return ready

    def wake(self) -> None:
        self._waker.wake()

    def fileno(self) -> int:
        return self._epoll.fileno()

    def close(self) -> None:
        self._epoll.close()
        self._waker.close()


class _SelectorPoller:
    """Elsewhere: a selector whose registrations end when they are announced."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._waker = _Waker()
        self._watched = {self._waker.reader}
        self._selector.register(self._waker.reader, selectors.EVENT_READ)
        self._changes: list[tuple[int, int]] = []
        self._lock = threading.Lock()

    def watch(self, fd: int) -> None:
        self._watched.add(fd)
        self.arm(fd)

    def arm(self, fd: int, *, new: bool = False, write: bool = False) -> None:
        with self._lock:
            self._changes.append((fd, selectors.EVENT_WRITE if write else selectors.EVENT_READ))
        self._waker.wake()

    def forget(self, fd: int) -> None:
        self._watched.discard(fd)
        with self._lock:
            self._changes.append((fd, 0))
        self._waker.wake()

    def wait(self, timeout: float | None) -> list[int]:
        self._apply_changes()
        ready: list[int] = []
        for key, _ in self._selector.select(timeout):
            if key.fd == self._waker.reader:
                self._waker.drain()
            else:
                if key.fd not in self._watched:
                    self._selector.unregister(key.fd)
                ready.append(key.fd)
        return ready

    def _apply_changes(self) -> None:
        with self._lock:
            changes, self._changes = self._changes, []
        for fd, events in changes:
            with contextlib.suppress(KeyError, ValueError, OSError):
                self._selector.unregister(fd)
            if events:
                with contextlib.suppress(ValueError, OSError):
                    self._selector.register(fd, events)

    def wake(self) -> None:
        self._waker.wake()

    def fileno(self) -> int:
        get: Callable[[], int] = getattr(self._selector, "fileno", lambda: -1)
        return get()

    def close(self) -> None:
        self._selector.close()
        self._waker.close()


def new_poller() -> Poller:
    """Return the best poller of this platform."""
    return _EpollPoller() if hasattr(select, "epoll") else _SelectorPoller()
