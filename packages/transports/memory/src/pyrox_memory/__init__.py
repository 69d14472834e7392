"""The in-process transport: ``PYRO+MEMORY:object@name``, locations ``memory://name``.

A connection is a pair of sockets that the system connects by itself. So the very same code runs
as over a network, selectors and timeouts included, and still nothing leaves the process.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
import threading
from collections import deque
from collections.abc import Callable

from pyrox import (
    Config,
    ConnectError,
    Connecting,
    Credentials,
    Listener,
    SocketStream,
    Stream,
    Transport,
    UsageError,
    hookimpl,
)

__all__ = ["MemoryTransport", "pyrox_register_transport"]

BACKLOG = 1024
"""How many connections may wait to be accepted."""

_numbers = itertools.count(1)


class MemoryTransport(Transport):
    """Connects and listens by names, which only this process knows."""

    scheme = "memory"

    def __init__(self) -> None:
        self._listeners: dict[str, _MemoryListener] = {}
        self._lock = threading.Lock()

    def connect(self, location: str, config: Config, timeout: float) -> Stream:
        """Connect to the daemon that listens at a name of this process."""
        listener = self._listeners.get(location)
        if listener is None:
            raise _refused(location, "no daemon of this process listens there")
        stream = listener.connect()
        stream.set_timeouts(timeout, timeout)
        return stream

    def connecting(self, location: str, config: Config) -> Connecting:
        """Connect at once: it never waits."""
        return self.connect(location, config, 0.0)
        yield

    def listen(self, location: str, config: Config) -> Listener:
        """Listen at a name, or at one that is made up."""
        if "@" in location or any(character.isspace() for character in location):
            raise UsageError(f"a name has no blanks or @ in it, since no URI could: {location!r}")
        with self._lock:
            name = location or f"memory-{next(_numbers)}"
            taken = self._listeners.get(name)
            if taken is not None and taken.is_ours:
                raise OSError(
                    errno.EADDRINUSE,
                    f"cannot listen on memory://{name}: another daemon of this process does",
                )
            listener = self._listeners[name] = _MemoryListener(name, self._forget)
        return listener

    def _forget(self, listener: _MemoryListener) -> None:
        with self._lock:
            if self._listeners.get(listener.location) is listener:
                del self._listeners[listener.location]

    def is_public(self, location: str) -> bool:
        """Tell that no other machine can connect."""
        return False


class _MemoryStream(SocketStream):
    """One end of a connection; at the other one is this very process."""

    __slots__ = ()

    def peer_credentials(self) -> Credentials | None:
        if not hasattr(os, "getuid"):
            return None
        return Credentials(os.getuid(), os.getgid(), os.getpid())


class _MemoryListener(Listener):
    """Where one daemon accepts connections: a queue, and a socket that is readable with it."""

    keeps_strangers_out = hasattr(os, "getuid")

    def __init__(self, name: str, on_close: Callable[[_MemoryListener], None]) -> None:
        self.location = name
        self._on_close = on_close
        self._waiting: deque[Stream] = deque()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._maker = os.getpid()

    @property
    def is_ours(self) -> bool:
        """Whether it was made by this process, and not by the one that this was forked from."""
        return self._maker == os.getpid()

    def connect(self) -> Stream:
        """Return the client's end of a new connection."""
        if not self.is_ours:
            raise _refused(self.location, "the daemon is in the process that this was forked from")
        if len(self._waiting) >= BACKLOG:
            raise _refused(self.location, f"{BACKLOG} connections wait to be accepted there")
        here, there = socket.socketpair()
        self._waiting.append(_MemoryStream(there, self.location))
        try:
            self._ringer.send(b"\0")
        except OSError:  # closed meanwhile
            here.close()
            self._hang_up()
            raise _refused(self.location, "the daemon was just closed") from None
        return _MemoryStream(here, self.location)

    def fileno(self) -> int:
        return self._bell.fileno()

    def accept(self) -> Stream:
        self._bell.recv(1)
        return self._waiting.popleft()

    def close(self) -> None:
        self._on_close(self)
        self.abandon()

    def abandon(self) -> None:
        self._bell.close()
        self._ringer.close()
        self._hang_up()

    def _hang_up(self) -> None:
        while self._waiting:
            self._waiting.popleft().close()


def _refused(name: str, cause: str) -> ConnectError:
    return ConnectError(
        f"cannot connect to memory://{name}: {cause}; check the name, and that the daemon runs in "
        "this process"
    )


@hookimpl
def pyrox_register_transport() -> MemoryTransport:
    """Offer the transport to pyrox."""
    return MemoryTransport()
