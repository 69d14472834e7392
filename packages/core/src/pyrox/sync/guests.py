"""What is served in a daemon's loop besides itself: other daemons, or whatever has a descriptor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

from .poller import Poller

__all__ = ["Guest", "Guests"]

log = logging.getLogger("pyrox.server")


@runtime_checkable
class Guest(Protocol):
    """Something that an event loop can serve."""

    def fileno(self) -> int:
        """Return the descriptor that can be read when there is something to do."""

    def handle_events(self) -> Any:
        """Do what is to be done, without waiting."""


class Guests:
    """The guests of one poller, by their descriptors.

    A guest that fails is left alone until the next housekeeping: its descriptor, which is still
    readable as a rule, must not keep the loop busy. One whose descriptor is gone is forgotten.
    """

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self._guests: dict[int, Guest] = {}
        self._failed: dict[int, Guest] = {}

    def __contains__(self, guest: object) -> bool:
        return any(known is guest for known in self._guests.values())

    def __iter__(self) -> Iterator[Guest]:
        return iter(list(self._guests.values()))

    def add(self, guest: Guest) -> None:
        """Serve a guest from now on."""
        fd = guest.fileno()
        self._poller.watch(fd)
        self._guests[fd] = guest

    def remove(self, guest: Guest) -> None:
        """Serve a guest no more; to be called before its descriptor is closed."""
        for fd, known in list(self._guests.items()):
            if known is guest:
                del self._guests[fd]
                self._failed.pop(fd, None)
                self._poller.forget(fd)

    def serve(self, fd: int) -> None:
        """Serve the guest whose descriptor can be read; whatever it raises is logged."""
        guest = self._guests.get(fd)
        if guest is None:
            return
        try:
            guest.handle_events()
        except Exception:
            log.exception("%r failed in the loop of the daemon that serves it", guest)
            if fd in self._guests and _descriptor_of(guest) == fd:
                self._poller.forget(fd)
                self._failed[fd] = guest

    def housekeeping(self) -> None:
        """Give each guest the occasion for its own, and those that failed another try."""
        for fd, guest in list(self._guests.items()):
            if _descriptor_of(guest) != fd:
                # Closed without a word: the number may be somebody else's by now.
                self._failed.pop(fd, None)
                del self._guests[fd]
                continue
            if self._failed.pop(fd, None) is not None:
                self._poller.watch(fd)
            self.serve(fd)

    def clear(self) -> None:
        """Forget all guests."""
        for guest in self:
            self.remove(guest)


def _descriptor_of(guest: Guest) -> int:
    get: Callable[[], int] = guest.fileno
    try:
        return get()
    except Exception:
        return -1
