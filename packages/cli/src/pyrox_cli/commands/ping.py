"""``pyrox ping``: how long a call takes, there and back."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from pyrox import Proxy, UsageError, resolve

from ..addresses import config_for, daemon_of, uri_of

__all__ = ["RoundTrips", "ping"]


@dataclass(frozen=True)
class RoundTrips:
    """The times of some calls, in seconds."""

    uri: str
    count: int
    minimum: float
    median: float
    maximum: float

    def __str__(self) -> str:
        times = (self.minimum, self.median, self.maximum)
        least, middle, most = (f"{seconds * 1000:.3f} ms" for seconds in times)
        calls = "call" if self.count == 1 else "calls"
        return f"{self.uri}: {self.count} {calls}, min {least}, median {middle}, max {most}"


def ping(uri: str, count: int = 10, timeout: float = 5.0) -> RoundTrips:
    """Call ``ping()`` of the object's daemon ``count`` times, over one connection."""
    if count < 1:
        raise UsageError(f"--count must be at least 1, not {count}")
    config = config_for(timeout)
    target = resolve(uri_of(uri), config=config)
    with Proxy(daemon_of(target), config=config) as daemon:
        daemon._pyro.bind()
        times = [_round_trip(daemon) for _ in range(count)]
    return RoundTrips(str(target), count, min(times), statistics.median(times), max(times))


def _round_trip(daemon: Proxy) -> float:
    begin = time.perf_counter()
    daemon.ping()
    return time.perf_counter() - begin
