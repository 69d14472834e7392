"""The scenarios: who takes part, what is done, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

__all__ = ["SCENARIOS", "Entrant", "Scenario", "Target"]


@dataclass(frozen=True)
class Entrant:
    """One contender in one set-up. The labels ``pyro5``, ``pyrox``, ``floor`` are the columns."""

    label: str
    contender: str
    server: dict[str, Any] = field(default_factory=dict)
    client: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """A promise about the ratio pyrox / ``against``, or about pyrox alone (``against=""``)."""

    against: str
    bound: float


@dataclass(frozen=True)
class Scenario:
    """One line of the table.

    ``kind``: ``sequential`` (client and server on one CPU), ``crowd`` and ``raw`` (many
    connections; the server on one CPU, at most ``clients`` client processes on the others),
    ``idle`` (memory), ``probe`` (no server). ``scale`` turns units a second into ``unit``.
    ``fresh`` starts new servers each round; ``rounds`` is the most rounds it gets.
    """

    name: str
    title: str
    unit: str
    entrants: tuple[Entrant, ...]
    operation: str
    kind: str = "sequential"
    params: dict[str, Any] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    higher_is_better: bool = True
    scale: float = 1.0
    names: bool = False
    fresh: bool = False
    rounds: int = 1000
    clients: int = 1
    connections: int = 1


PYRO5, PYROX, FLOOR = (Entrant(name, name) for name in ("pyro5", "pyrox", "floor"))
DEFAULTS = (PYRO5, PYROX, FLOOR)
MULTIPLEX = (
    Entrant("pyro5 multiplex", "pyro5", {"server": "multiplex"}),
    Entrant("pyrox multiplex", "pyrox", {"server": "multiplex"}),
)


def both(serializer: str, *more: Entrant) -> tuple[Entrant, ...]:
    """Return both libraries with one serializer, and the floor, which always has msgpack."""
    client = {"serializer": serializer}
    return (replace(PYRO5, client=client), replace(PYROX, client=client), *more, FLOOR)


MSGPACK = both("msgpack")
PYRO5_MSGPACK = Entrant("pyro5 msgpack", "pyro5", client={"serializer": "msgpack"})


def _bulk(megabytes: int, way: str, *targets: Target) -> Scenario:
    return Scenario(
        f"bytes-{megabytes}mb-{way}",
        f"{megabytes} MB of bytes {way}, msgpack both",
        "MB/s",
        MSGPACK,
        "upload" if way == "up" else "download",
        params={"size": megabytes * 1_000_000},
        targets=targets,
        scale=1e-6,
    )


def _crowd(connections: int, *targets: Target) -> Scenario:
    return Scenario(
        f"clients-{connections}",
        f"{connections} clients at once, defaults",
        "calls/s",
        (*DEFAULTS, *MULTIPLEX, PYRO5_MSGPACK),
        "call",
        kind="crowd",
        clients=2,
        connections=connections,
        targets=targets,
    )


def _small(serializer: str, *targets: Target, timeout: float = 0.0) -> Scenario:
    name, title = f"small-{serializer}", f"small call, {serializer} both"
    entrants = both(serializer)
    if timeout:
        name, title = f"{name}-timeout", f"{title}, with a timeout"
        entrants = tuple(replace(e, client={**e.client, "timeout": timeout}) for e in entrants)
    return Scenario(name, title, "calls/s", entrants, "call", targets=targets)


def _by(transport: str, *entrants: Entrant) -> tuple[Entrant, ...]:
    """Return entrants that talk by another transport than TCP."""
    option = {"transport": transport}
    return tuple(
        replace(e, server={**e.server, **option}, client={**e.client, **option}) for e in entrants
    )


def _faces(serializer: str) -> Scenario:
    client = {"serializer": serializer}
    return Scenario(
        f"faces-{serializer}",
        f"small call under Pyro5's names, {serializer}",
        "calls/s",
        (
            replace(PYRO5, client=client),
            Entrant("pyrox", "faces", client=client),
            Entrant("native", "pyrox", client=client),
        ),
        "call",
        targets=(Target("native", 0.95),),
    )


def _names(storage: str, target: Target, *more: Entrant) -> Scenario:
    pyrox = replace(PYROX, server={"storage": storage})
    return Scenario(
        f"ns-lookup-{storage}",
        f"name server lookups, {storage} (pyro5: memory)",
        "lookups/s",
        (PYRO5, pyrox, FLOOR, *more),
        "lookup",
        names=True,
        targets=(target,),
    )


def _registrations(storage: str, bound: float) -> Scenario:
    server = {"storage": storage}
    return Scenario(
        f"ns-register-{storage}",
        f"name server registrations, {storage} both",
        "names/s",
        (replace(PYRO5, server=server), replace(PYROX, server=server), FLOOR),
        "register",
        names=True,
        targets=(Target("pyro5", bound),),
    )


_IMPORTS = (
    Entrant("pyro5", "pyro5", {"module": "Pyro5.api"}),
    Entrant("pyrox", "pyrox", {"module": "pyrox"}),
)
_BARE = Entrant("floor", "floor", {"module": ""})
_THOUSAND = {"max_connections": 1100}

_ALL = (
    Scenario(
        "small-default",
        "small call, defaults",
        "calls/s",
        (*DEFAULTS, *MULTIPLEX),
        "call",
        targets=(Target("pyro5", 4.0),),
    ),
    _small("msgpack", Target("pyro5", 2.2), Target("floor", 0.75)),
    _small("msgpack", Target("pyro5", 2.2), Target("floor", 0.75), timeout=20.0),
    _small("serpent", Target("pyro5", 3.0)),
    _small("json"),
    _small("marshal"),
    Scenario(
        "small-unix",
        "small call over a unix socket, msgpack both",
        "calls/s",
        _by("unix", *MSGPACK),
        "call",
        targets=(Target("floor", 0.65),),
    ),
    Scenario(
        "small-tls",
        "small call over TLS, defaults",
        "calls/s",
        _by("tls", PYRO5, PYROX, PYRO5_MSGPACK),
        "call",
        targets=(Target("pyro5", 3.0),),
    ),
    Scenario(
        "connect-tls",
        "connect, call, close over TLS; defaults",
        "cycles/s",
        _by("tls", PYRO5, PYROX),
        "cycle",
        params={"limit": 1000},
        targets=(Target("pyro5", 10.0),),
    ),
    *(_faces(serializer) for serializer in ("serpent", "msgpack")),
    Scenario(
        "dicts-1000",
        "1,000 dicts echoed, msgpack both",
        "calls/s",
        both("msgpack", Entrant("pyro5 serpent", "pyro5")),
        "echo_dicts",
        params={"count": 1000},
        targets=(Target("floor", 0.95),),
    ),
    Scenario(
        "dicts-1000-serpent",
        "1,000 dicts echoed, serpent both",
        "calls/s",
        both("serpent"),
        "echo_dicts",
        params={"count": 1000},
        targets=(Target("pyro5", 8.0),),
    ),
    _bulk(1, "up", Target("floor", 0.8)),
    _bulk(1, "down", Target("floor", 0.8)),
    _bulk(64, "up"),
    _bulk(64, "down"),
    _bulk(100, "up", Target("floor", 0.6)),
    _bulk(100, "down", Target("floor", 0.6)),
    _crowd(32),
    _crowd(64, Target("pyro5", 3.0)),
    Scenario(
        "server-64",
        "64 raw clients, the same msgpack bytes",
        "calls/s",
        (*DEFAULTS, *MULTIPLEX),
        "call",
        kind="raw",
        clients=2,
        connections=64,
    ),
    Scenario(
        "idle-connection",
        "server memory for an idle connection",
        "KB",
        (replace(PYRO5, server=_THOUSAND), PYROX, FLOOR, *MULTIPLEX),
        "idle",
        kind="idle",
        connections=1000,
        targets=(Target("", 4.0),),
        higher_is_better=False,
        scale=1 / 1024,
        fresh=True,
        rounds=3,
    ),
    Scenario(
        "connect-call-close",
        "connect, call, close; defaults",
        "cycles/s",
        (*DEFAULTS, *MULTIPLEX, PYRO5_MSGPACK),
        "cycle",
        params={"limit": 1000},
        targets=(Target("pyro5", 1.8),),
    ),
    Scenario(
        "batch-1000",
        "batch of 1,000, defaults",
        "calls/s",
        (*DEFAULTS, PYRO5_MSGPACK),
        "batch",
        params={"size": 1000},
        targets=(Target("pyro5", 10.0),),
    ),
    Scenario(
        "oneway",
        "one-way calls executed, defaults",
        "calls/s",
        (*DEFAULTS, PYRO5_MSGPACK),
        "oneway",
        params={"least": 5000, "limit": 20_000},  # Pyro5 ends with 40 ms of delayed ACK
        targets=(Target("pyro5", 10.0),),
    ),
    Scenario(
        "stream-10000",
        "stream of 10,000 items, defaults",
        "items/s",
        (*DEFAULTS, PYRO5_MSGPACK),
        "stream",
        params={"size": 10_000},
        targets=(Target("pyro5", 5.0),),
    ),
    _names("memory", Target("pyro5", 2.0)),
    _names(
        "sqlite",
        Target("pyro5", 1.5),
        Entrant("pyro5 sqlite", "pyro5", {"storage": "sqlite"}),
    ),
    _registrations("memory", 1.5),
    _registrations("sqlite", 4.0),
    Scenario(
        "import",
        "import statement",
        "ms",
        _IMPORTS,
        "import_time",
        kind="probe",
        targets=(Target("pyro5", 1.0),),
        higher_is_better=False,
        scale=1000.0,
    ),
    Scenario(
        "start",
        "interpreter with import (floor: without)",
        "ms",
        (*_IMPORTS, _BARE),
        "start_time",
        kind="probe",
        higher_is_better=False,
        scale=1000.0,
    ),
    Scenario(
        "import-asyncio",
        "modules of asyncio that it loads",
        "modules",
        _IMPORTS,
        "asyncio_modules",
        kind="probe",
        targets=(Target("", 0.0),),
        higher_is_better=False,
        rounds=1,
    ),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
