"""What is served and what is sent: the same for every contender.

The object does next to nothing, so that what is measured is the way to it and back.
Bias: real methods do work, and every ratio shrinks by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["BULK_LIMIT", "NAMES", "OBJECT_ID", "SMALL", "bulk", "dicts", "make_bench", "name_uri"]

Decorator = Callable[[Any], Any]

OBJECT_ID = "benchmark.object"
"""As long as ids are in programs. Its length matters to bytes: see the README, "Alignment"."""

SMALL = 42
"""Argument and result of a small call."""

BULK_LIMIT = 128 * 1024 * 1024
"""The most bytes that ``download`` gives."""

NAMES = 100
"""Registrations in a name server while it is asked."""


def bulk(size: int) -> bytes:
    """Return bytes that were written: zeros may all be one page, which no real payload is."""
    return b"\x5a" * size


def dicts(count: int = 1000) -> list[dict[str, Any]]:
    """Return records as programs send them: short keys; text, int, float, bool and a short list."""
    return [
        {
            "id": number,
            "name": f"item {number}",
            "price": number * 1.25,
            "active": number % 3 == 0,
            "tags": ["red", "green", "blue"],
        }
        for number in range(count)
    ]


def name_uri(number: int) -> tuple[str, str]:
    """Return one of the registrations of the name server scenarios."""
    return f"bench.object.{number:03d}", f"PYRO:obj_{number:03d}@localhost:{20000 + number}"


def make_bench(expose: Decorator, oneway: Decorator) -> Any:
    """Return a new served object, its class marked with a library's own decorators."""

    @expose
    class Bench:
        def __init__(self) -> None:
            self._ticks: list[None] = []
            self._bulk: dict[int, bytes] = {}

        def echo(self, value: Any) -> Any:
            return value

        def upload(self, data: Any) -> int:
            return len(data)

        def download(self, size: int) -> bytes:
            """Return ``size`` bytes, made once, so that making them is not measured."""
            if size not in self._bulk:
                self._bulk[size] = bulk(min(size, BULK_LIMIT))
            return self._bulk[size]

        @oneway
        def tick(self) -> None:
            self._ticks.append(None)  # atomic: one-way calls may run in threads of their own

        def ticks(self) -> int:
            return len(self._ticks)

        def items(self, count: int) -> Iterator[int]:
            yield from range(count)

    return Bench()
