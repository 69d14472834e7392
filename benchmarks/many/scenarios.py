"""The table: who takes part in what, and what the project promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SCENARIOS", "Entrant", "Scenario", "Target"]


@dataclass(frozen=True)
class Entrant:
    """A contender, set up in a way."""

    label: str
    contender: str
    options: Mapping[str, Any] = field(default_factory=dict)
    operation: str = ""
    """What its client does, where that is not what the others do."""
    connections: int = 0
    """How many connections it has, where that is not as many as the others have."""
    needs: tuple[str, str] = ("", "")
    """A module that must be there, and the name of its distribution."""


@dataclass(frozen=True)
class Target:
    """What an entrant should reach: a share of another one's number, or a number."""

    label: str
    bound: float
    against: str = "floor"


@dataclass(frozen=True)
class Scenario:
    """One comparison."""

    name: str
    title: str
    kind: str
    """What its clients are: async, threads, idle."""
    operation: str
    entrants: tuple[Entrant, ...]
    targets: tuple[Target, ...]
    connections: int = 1
    one_cpu: bool = False
    """Whether server and client take turns, and so have one CPU together."""
    unit: str = "calls/s"
    higher_is_better: bool = True
    scale: float = 1.0
    loop: str = ""
    """The event loop, where it is not for the command line to say."""
    fresh: bool = False
    """Whether each round has new processes."""

    @property
    def rival(self) -> str:
        """Return the label of the library that pyrox is compared with."""
        return next((one.label for one in self.entrants if one.needs[0]), "")


FLOOR = Entrant("floor", "floor")
INLINE = Entrant("pyrox inline", "pyrox")
COROUTINE = Entrant("pyrox async def", "pyrox", {"coroutine": True})
GRPC = Entrant("grpc.aio", "grpc", needs=("grpc", "grpcio"))
RPYC = Entrant("rpyc", "rpyc", needs=("rpyc", "rpyc"))
PYROX = Entrant("pyrox", "pyrox-threads")
MAP = Entrant("pyrox, map", "pyrox-threads", {"map": True})
PIPELINE = Entrant("floor", "floor-threads", operation="burst", connections=1)
SINGLY = Entrant(
    "floor, a write a call", "floor-threads", {"singly": True}, operation="burst", connections=1
)


def _async(
    name: str, title: str, operation: str, inline: float, coroutine: float, **more: Any
) -> Scenario:
    targets = (Target(INLINE.label, inline), Target(COROUTINE.label, coroutine))
    others = more.pop("others", ())
    entrants = (INLINE, COROUTINE, FLOOR, GRPC, *others)
    return Scenario(name, title, "async", operation, entrants, targets, **more)


def _idle(loop: str, bound: float) -> Scenario:
    return Scenario(
        f"idle-{loop}",
        f"server memory for an idle connection, {loop}",
        "idle",
        "",
        (Entrant("pyrox", "pyrox"), FLOOR, GRPC),
        (Target("pyrox", bound, ""),),
        connections=500,
        unit="KB",
        higher_is_better=False,
        scale=1 / 1024,
        loop=loop,
        fresh=True,
    )


_ALL = (
    _async("aio-sequential", "one await after the other", "sequential", 0.8, 0.6, one_cpu=True),
    _async("aio-tasks-64", "64 tasks, a connection each", "tasks", 0.75, 0.55, connections=64),
    _async(
        "aio-in-flight-1000",
        "1,000 calls in flight on a connection",
        "in_flight",
        0.5,
        0.42,
        others=(Entrant("floor, with tasks", "floor", {"tasks": True}),),
    ),
    Scenario(
        "futures-1000",
        "1,000 calls started from one thread",
        "threads",
        "burst",
        (MAP, PYROX, SINGLY, PIPELINE, RPYC),
        (Target(MAP.label, 0.8, SINGLY.label),),
    ),
    Scenario(
        "threads-32",
        "32 threads on one proxy",
        "threads",
        "threads",
        (PYROX, Entrant("raw", "floor-threads", connections=32), PIPELINE, RPYC),
        (Target("pyrox", 1.0, "raw"),),
    ),
    _idle("stock", 2.5),
    _idle("uvloop", 1.6),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
