"""One scenario, all its entrants, round after round: A B C, A B C, …

Interleaving makes what disturbs the machine disturb all contenders alike; ratios are taken within a
round. Servers and clients of all entrants stand ready meanwhile, but only one entrant works.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .probes import PROBES
from .processes import Child, ContenderError, Processes
from .results import Result
from .scenarios import Entrant, Scenario

__all__ = ["Plan", "default_plan", "run_scenario"]

_START = 30.0
_ROUND = 120.0
_LEAD = 0.15
_CROWD_FACTOR = 2


@dataclass(frozen=True)
class Plan:
    """How much to measure, and where."""

    rounds: int
    seconds: float
    """About how long an entrant's turn is."""
    single: int
    """The CPU of a sequential scenario, client and server."""
    server: int
    crowd: frozenset[int]
    """The CPUs of the clients of a crowd."""
    log: Callable[[str], None]


class _Standing:
    """An entrant's server and clients, ready to measure."""

    def __init__(self, scenario: Scenario, entrant: Entrant, plan: Plan, run: Processes) -> None:
        self._scenario, self._plan, self._run = scenario, plan, run
        self._folder = tempfile.mkdtemp(prefix="bench-")
        self._children: list[Child] = []
        try:
            self._start(entrant)
        except BaseException:
            self.end()
            raise

    def _start(self, entrant: Entrant) -> None:
        scenario, plan = self._scenario, self._plan
        many = scenario.kind in ("crowd", "raw")
        options = {**entrant.server, "folder": self._folder}
        spec: dict[str, Any] = {"names": scenario.names, "options": options}
        cpus = {plan.server if many else plan.single}
        arguments = [entrant.contender, json.dumps(spec)]
        server = self._child("benchmarks.server", arguments, cpus)
        clients = min(scenario.clients, len(plan.crowd))
        spec = {
            "kind": scenario.kind,
            "contender": entrant.contender,
            "address": server.hear_address(_START),
            "names": scenario.names,
            "options": {**entrant.client, "folder": self._folder},
            "operation": scenario.operation,
            "params": scenario.params,
            "seconds": plan.seconds,
            "connections": scenario.connections // clients,
            "server_pid": server.pid,
        }
        cpus = set(plan.crowd) if many else {plan.single}
        for _ in range(clients):
            self._child("benchmarks.client", [json.dumps(spec)], cpus)
        for client in self._children[1:]:
            self._hear(client, _START)

    def _child(self, module: str, arguments: list[str], cpus: set[int]) -> Child:
        child = self._run.start(module, arguments, cpus)
        self._children.append(child)
        return child

    def _hear(self, client: Child, timeout: float) -> dict[str, Any]:
        try:
            return client.hear(timeout)
        except ContenderError as error:
            words = self._children[0].last_words()
            raise ContenderError(f"{error} (server{words})" if words else str(error)) from None

    def measure(self) -> dict[str, Any]:
        """Return one round's numbers, those of several clients added up."""
        start = time.monotonic() + _LEAD
        order = {"start": start, "stop": start + _CROWD_FACTOR * self._plan.seconds}
        before = [child.cpu_seconds() for child in self._children]
        for client in self._children[1:]:
            client.tell(order)
        answers = [self._hear(client, _ROUND) for client in self._children[1:]]
        after = [child.cpu_seconds() for child in self._children]
        used = [end - begin for begin, end in zip(before, after, strict=True)]
        total = dict(answers[0])
        for answer in answers[1:]:
            total["value"] += answer["value"]
            total["units"] += answer["units"]
        total.update(server_cpu=used[0], clients_cpu=sum(used[1:]))
        return total

    def end(self) -> None:
        self._run.end(self._children)
        shutil.rmtree(self._folder, ignore_errors=True)


class _Probe:
    """An entrant without a server."""

    def __init__(self, scenario: Scenario, entrant: Entrant, plan: Plan) -> None:
        self._probe, self._options = PROBES[scenario.operation], entrant.server
        self._cpu, self._repeats = plan.single, max(1, round(plan.seconds * 10))
        self._probe(self._options, self._cpu, 1)  # compiles what is not yet

    def measure(self) -> dict[str, Any]:
        return self._probe(self._options, self._cpu, self._repeats)

    def end(self) -> None:
        """Do nothing: its processes are over."""


def _stand(scenario: Scenario, entrant: Entrant, plan: Plan, run: Processes) -> _Standing | _Probe:
    if scenario.kind == "probe":
        return _Probe(scenario, entrant, plan)
    return _Standing(scenario, entrant, plan, run)


def run_scenario(result: Result[Scenario], plan: Plan, run: Processes) -> None:
    """Fill ``result``; a contender that fails gets an error and takes no further part."""
    scenario = result.scenario
    standing: dict[str, _Standing | _Probe] = {}
    rounds = min(plan.rounds, scenario.rounds)

    def attempt(entrant: Entrant, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except (ContenderError, OSError) as error:
            result.errors[entrant.label] = str(error)
            plan.log(f"{scenario.name}: {entrant.label} failed: {error}")
            if entrant.label in standing:
                standing.pop(entrant.label).end()
            return None

    def stand(entrant: Entrant) -> None:
        stood = attempt(entrant, lambda: _stand(scenario, entrant, plan, run))
        if stood is not None:
            standing[entrant.label] = stood

    def turn(entrant: Entrant) -> None:
        stood = standing.get(entrant.label)
        numbers = attempt(entrant, stood.measure) if stood is not None else None
        if numbers is not None:
            result.rounds.setdefault(entrant.label, []).append(numbers)

    try:
        if not scenario.fresh:
            for entrant in scenario.entrants:
                stand(entrant)
        for _ in range(rounds):
            for entrant in scenario.entrants:
                if scenario.fresh and entrant.label not in result.errors:
                    stand(entrant)
                turn(entrant)
                if scenario.fresh and entrant.label in standing:
                    standing.pop(entrant.label).end()
    finally:
        for one in standing.values():
            one.end()


def default_plan(quick: bool, rounds: int | None, log: Callable[[str], None]) -> Plan:
    """Return a plan for this machine: the last CPU, and for a crowd the first against the rest."""
    cpus = sorted(os.sched_getaffinity(0))
    return Plan(
        rounds=rounds or (3 if quick else 7),
        seconds=0.1 if quick else 0.4,
        single=cpus[-1],
        server=cpus[0],
        crowd=frozenset(cpus[1:] or cpus),
        log=log,
    )
