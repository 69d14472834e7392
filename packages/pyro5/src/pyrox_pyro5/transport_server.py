"""A daemon's server as Pyro5 shows it, for programs that look at ``daemon.transportServer``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .server import Daemon

__all__ = ["TransportServer"]


class TransportServer:
    """The server of ``daemon``; all it does is done by the daemon itself."""

    noun = "connections"

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon

    @property
    def locationStr(self) -> str:
        """Where it listens: host:port, or ./u:path."""
        return self.daemon.locationStr

    @property
    def sock(self) -> Any:
        """The socket that listens."""
        return self.daemon.sock

    @property
    def sockets(self) -> list[Any]:
        """What a loop of the program's own has to wait for."""
        return self.daemon.sockets

    def loop(self, loopCondition: Callable[[], Any] = lambda: True) -> None:
        """Serve until the daemon is shut down, or ``loopCondition()`` is false."""
        self.daemon.requestLoop(loopCondition)

    def events(self, eventsockets: Iterable[Any]) -> None:
        """Serve those of :attr:`sockets` that are ready."""
        self.daemon.events(eventsockets)

    def combine_loop(self, server: TransportServer) -> None:
        """Serve another server in this one's loop (multiplex only)."""
        self.daemon.combine(server.daemon)

    def shutdown(self) -> None:
        """Stop serving."""
        self.daemon.shutdown()

    def close(self) -> None:
        """Stop at once, and release everything."""
        self.daemon.close()

    def __repr__(self) -> str:
        count = self.daemon._pyrox.connections
        return f"<{type(self).__name__} on {self.locationStr}; {count} {self.noun}>"
