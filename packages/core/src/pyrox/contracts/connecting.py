"""Connecting in steps, for drivers that must not block: a flow that ends in a stream.

A transport's ``connecting`` yields these steps and is sent their results. A step that fails is
raised in it, TimeoutError where the time is over; a flow that is given up is closed. Blocking
programs do not come here: they call :meth:`Transport.connect`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Candidate", "ConnectFirst", "Connecting", "InThread", "LookUp", "Until"]


HEAD_START = 0.25
"""How long, in seconds, an address is tried alone before the next one is tried as well."""


class LookUp(NamedTuple):
    """Ask for the addresses of a host; gives what ``socket.getaddrinfo`` returns for TCP."""

    host: str
    port: int
    family: int


class Candidate(NamedTuple):
    """A socket to be made, and the address to connect it to."""

    make: Callable[[], Any]
    address: Any


class ConnectFirst(NamedTuple):
    """Connect one of these, the first ones preferred; gives (socket, address).

    Later ones are begun when an earlier one fails or takes its time (RFC 8305, happy eyeballs).
    The error is that of the last one.
    """

    candidates: tuple[Candidate, ...]


class Until(NamedTuple):
    """Wait until a descriptor can be read, or written to."""

    fd: int
    write: bool


class InThread(NamedTuple):
    """Connect in a thread; ``connect`` is called with the seconds that are left, 0 for no bound."""

    connect: Callable[[float], Any]


ConnectStep: TypeAlias = LookUp | ConnectFirst | Until | InThread
# The last one is a Stream, whose module stands on this one.
Connecting: TypeAlias = Generator[ConnectStep, Any, Any]
