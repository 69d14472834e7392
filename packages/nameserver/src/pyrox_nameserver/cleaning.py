"""Removing names whose server is gone: crashed, switched off, or ended without a word.

Looked at is only whether something can be connected to, at the place that a URI names: no object
is called, and who has another protocol on that port (TLS, for one) is taken for alive as well.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable

from pyrox import NAMESERVER_ID, URI, NameTable, PyroxError

__all__ = ["GRACE", "PROBE_TIME", "AutoCleaner", "Place", "is_reachable", "place_of"]

log = logging.getLogger("pyrox.nameserver")

GRACE = 20.0
"""How long, in seconds, a server has to be away until its names are removed."""
PROBE_TIME = 5.0
"""How long connecting may take, in seconds."""
AT_ONCE = 32
"""How many places are connected to at the same time, at most."""
_NOTICE_STOP = 0.1

Place = tuple[str, int] | str
"""A host and port, or the path of a unix socket."""

# What only says that this side could not try, or that somebody is there who is busy or strict.
_NO_EVIDENCE = {
    errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL,
    errno.ENETDOWN, errno.ENETUNREACH, errno.EAGAIN, errno.EACCES, errno.EPERM,
}  # fmt: skip


class AutoCleaner:
    """Removes from ``table`` the names whose server cannot be connected to any more.

    Every ``period`` seconds all places are tried, at most ``AT_ONCE`` at a time, for ``timeout``
    seconds each. Where nothing answers twice, at least ``grace`` seconds apart and not once in
    between, the names go, which is logged. URIs that name no place are left alone.

    It does so in a thread of its own between :meth:`start` and :meth:`stop`, or whenever
    :meth:`check` is called. ``probe`` tells whether a place can be connected to in so many
    seconds; ``clock`` what time it is, in seconds.
    """

    def __init__(
        self,
        table: NameTable,
        period: float,
        *,
        grace: float = GRACE,
        timeout: float = PROBE_TIME,
        probe: Callable[[Place, float], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.table = table
        self.period = period
        self.grace = grace
        self.timeout = timeout
        self.missing: dict[Place, float] = {}
        """The places that could not be reached the last time, and since when that is so."""
        self._probe = probe or is_reachable
        self._clock = clock
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> AutoCleaner:
        """Begin to look every now and then, the first time when a period has passed."""
        self._thread = threading.Thread(target=self.run, name="pyrox-autoclean", daemon=True)
        self._thread.start()
        return self

    @property
    def stopping(self) -> bool:
        """Whether it has been stopped."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End that; stopping again does nothing."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Look every now and then until it is stopped; nothing that goes wrong ends it."""
        while not self._stopping.wait(self.period):
            try:
                self.check()
            except Exception:
                if not self._stopping.is_set():
                    log.exception("cleaning up names failed; it is tried again later")

    def check(self) -> list[str]:
        """Look once; return the names that were removed."""
        places = self._places()
        unreachable = self._unreachable(places)
        if self._stopping.is_set():
            return []
        now = self._clock()
        self.missing = {place: self.missing.get(place, now) for place in unreachable}
        removed = []
        for place, since in self.missing.items():
            if now - since >= self.grace:
                removed += self._remove(places[place], place, now - since)
        return removed

    def _places(self) -> dict[Place, list[tuple[str, str]]]:
        """Return, for each place, the names that lead there, and their URIs."""
        places: dict[Place, list[tuple[str, str]]] = {}
        for name, entry in self.table.list().items():
            place = place_of(entry.uri)
            if place is not None and name != NAMESERVER_ID:
                places.setdefault(place, []).append((name, entry.uri))
        return places

    def _unreachable(self, places: Collection[Place]) -> set[Place]:
        waiting = deque(places)
        unreachable: set[Place] = set()

        def work() -> None:
            while not self._stopping.is_set():
                try:
                    place = waiting.popleft()
                except IndexError:
                    return
                try:
                    if not self._probe(place, self.timeout):
                        unreachable.add(place)
                except Exception:
                    log.exception("trying %s failed: it is taken for alive", place)

        workers = [
            threading.Thread(target=work, name="pyrox-autoclean-probe", daemon=True)
            for _ in range(min(AT_ONCE, len(places)))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            # Whoever stops this does not wait for places that are slow to answer.
            while worker.is_alive() and not self._stopping.is_set():
                worker.join(_NOTICE_STOP)
        return unreachable

    def _remove(self, entries: Iterable[tuple[str, str]], place: Place, away: float) -> list[str]:
        removed = []
        for name, uri in entries:
            entry = self.table.get(name)
            if entry is None or entry.uri != uri:  # it has been registered anew meanwhile
                continue
            if self.table.remove([name]):
                removed.append(name)
                log.warning(
                    "removed %s: nothing answered at %s for %.0f s (%s)", name, place, away, uri
                )
        return removed


def place_of(uri: str) -> Place | None:
    """Return the place that ``uri`` names, or None where it names none that could be tried."""
    try:
        parsed = URI(uri)
    except PyroxError:  # another program may have written it
        return None
    if parsed.path is not None:
        return parsed.path if hasattr(socket, "AF_UNIX") else None
    if parsed.transport not in ("", "tcp", "tls") or not parsed.host or not parsed.port:
        return None
    return parsed.host, parsed.port


def is_reachable(place: Place, timeout: float) -> bool:
    """Tell whether ``place`` can be connected to in ``timeout`` seconds; True where unknown."""
    try:
        with contextlib.closing(_connected(place, timeout)):
            return True
    except socket.gaierror as error:
        return error.errno == socket.EAI_AGAIN  # it is the name service that is away
    except OSError as error:
        return error.errno in _NO_EVIDENCE
    except ValueError:  # no name for a host, or path, to begin with
        return False


def _connected(place: Place, timeout: float) -> socket.socket:
    if not isinstance(place, str):
        return socket.create_connection(place, timeout)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout)
        connection.connect(place)
    except BaseException:
        connection.close()
        raise
    return connection
