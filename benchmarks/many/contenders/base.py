"""What contenders offer: coroutines under asyncio, plain methods in threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

__all__ = ["Announce", "AsyncContender", "Options", "ThreadClient", "ThreadContender"]

Options = Mapping[str, Any]
"""How to set a contender up; what is not named stays at the library's default.

asyncio servers: ``coroutine`` (whether the served method is one). asyncio clients: ``tasks``
(whether a call is a task of its own where the contender could do without).
"""

Announce = Callable[[str], None]
"""Tells the harness where the server is."""


class AsyncContender(Protocol):
    """A library under asyncio, or the floor."""

    async def serve(self, options: Options, announce: Announce) -> None:
        """Serve ``echo``, announce the address, and do not return."""

    async def connect(self, address: str, options: Options) -> Any:
        """Return a connected client, with a connection of its own; its ``echo`` is awaited."""


class ThreadClient(Protocol):
    """A blocking client, which may be used by many threads."""

    @property
    def target(self) -> Any:
        """Return what stands for the served object: ``target.echo(value)`` is a call."""

    def burst(self, value: Any, calls: int) -> list[Any]:
        """Start so many calls from this thread, then return all the answers."""


class ThreadContender(Protocol):
    """A library with blocking clients, or the floor."""

    def serve(self, options: Options, announce: Announce) -> None:
        """Serve ``echo`` from threads, announce the address, and do not return."""

    def connect(self, address: str, options: Options) -> ThreadClient:
        """Return a connected client, with a connection of its own."""
