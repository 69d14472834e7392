"""Logic that takes several steps of input and output, written once for both drivers.

A flow is a generator: it yields steps and is sent their results; a step that fails is raised in
it. ``sync/flow.py`` and ``aio/flow.py`` run flows; nothing in here waits.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, TypeVar

from ..values.uri import URI

__all__ = ["Broadcast", "Call", "Flow", "Now", "Sleep", "Step"]

T = TypeVar("T")


class Call(NamedTuple):
    """Call a remote method over a connection of its own; gives its result."""

    uri: URI
    method: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = MappingProxyType({})


class Broadcast(NamedTuple):
    """Send a datagram to UDP addresses; gives (answer, sender's address), or None in silence."""

    data: bytes
    addresses: tuple[str, ...]
    port: int
    timeout: float


class Sleep(NamedTuple):
    """Wait so many seconds."""

    seconds: float


class Now(NamedTuple):
    """Ask for the time of the monotonic clock, in seconds."""


Step: TypeAlias = Call | Broadcast | Sleep | Now
Flow: TypeAlias = Generator[Step, Any, T]
