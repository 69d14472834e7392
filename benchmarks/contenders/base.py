"""What every contender offers to the benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

__all__ = ["Announce", "Client", "Contender", "Options"]

Options = Mapping[str, Any]
"""How to set a contender up; what is not named stays at the library's default.

Servers: ``server`` (thread, multiplex), ``max_connections``, ``storage`` (memory, sqlite).
Clients: ``serializer``.
"""

Announce = Callable[[str], None]
"""Tells the harness where the server is."""


class Client(Protocol):
    """One connection, as a user of the library would hold it."""

    @property
    def target(self) -> Any:
        """Return what stands for the served object: its methods are called as plain methods."""

    def batch(self, calls: int) -> int:
        """Echo ``calls`` small values in one message; return how many results came."""

    def claim(self) -> None:
        """Make the calling thread the one that uses this client."""

    def close(self) -> None:
        """Close the connection."""


class Contender(Protocol):
    """A library, or the floor."""

    def serve(self, options: Options, announce: Announce) -> None:
        """Serve the object of the workload, announce its address, and do not return."""

    def connect(self, address: str, options: Options) -> Client:
        """Return a client; it may connect at its first call."""

    def serve_names(self, options: Options, announce: Announce) -> None:
        """Run a name server, announce its address, and do not return."""

    def connect_names(self, address: str, options: Options) -> Client:
        """Return a client whose target has ``register(name, uri)`` and ``lookup(name)``."""
