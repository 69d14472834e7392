"""One scenario, all its entrants, round after round: A B C, A B C, …

Servers and clients of all entrants stand ready meanwhile, but only one entrant works. A server has
the first CPU and its client the last, or both the last where they take turns anyway.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..processes import Child, ContenderError, Processes
from ..results import Result
from .loops import has_uvloop
from .scenarios import Entrant, Scenario

__all__ = ["Plan", "run_scenario"]

_START = 30.0
_ROUND = 60.0


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    rounds: int
    seconds: float
    """About how long an entrant's turn is."""
    loop: str
    """The event loop of the asyncio scenarios."""
    log: Callable[[str], None]


class _Standing:
    """An entrant's server and client, ready to measure."""

    def __init__(self, scenario: Scenario, entrant: Entrant, plan: Plan, run: Processes) -> None:
        self._run = run
        self._children: list[Child] = []
        try:
            self._start(scenario, entrant, plan)
        except BaseException:
            self.end()
            raise

    def _start(self, scenario: Scenario, entrant: Entrant, plan: Plan) -> None:
        cpus = sorted(os.sched_getaffinity(0))
        spec: dict[str, Any] = {
            "contender": entrant.contender,
            "options": dict(entrant.options),
            "loop": scenario.loop or plan.loop,
        }
        place = {cpus[-1] if scenario.one_cpu else cpus[0]}
        server = self._child("benchmarks.many.server", spec, place)
        spec |= {
            "address": server.hear_address(_START),
            "server_pid": server.pid,
            "kind": scenario.kind,
            "operation": entrant.operation or scenario.operation,
            "connections": entrant.connections or scenario.connections,
            "seconds": plan.seconds,
        }
        self._child("benchmarks.many.client", spec, {cpus[-1]})
        self._hear(_START)

    def _child(self, module: str, spec: dict[str, Any], cpus: set[int]) -> Child:
        child = self._run.start(module, [json.dumps(spec)], cpus)
        self._children.append(child)
        return child

    def _hear(self, timeout: float) -> dict[str, Any]:
        try:
            return self._children[1].hear(timeout)
        except ContenderError as error:
            words = self._children[0].last_words()
            raise ContenderError(f"{error} (server{words})" if words else str(error)) from None

    def measure(self) -> dict[str, Any]:
        """Return one round's numbers, with the CPU seconds that each side used."""
        before = [child.cpu_seconds() for child in self._children]
        self._children[1].tell({})
        answer = self._hear(_ROUND)
        after = [child.cpu_seconds() for child in self._children]
        server, client = (end - begin for begin, end in zip(before, after, strict=True))
        return {**answer, "server_cpu": server, "client_cpu": client}

    def end(self) -> None:
        """End both processes."""
        self._run.end(self._children)


class _Rounds:
    """Who takes part, and what came of it."""

    def __init__(self, result: Result[Scenario], plan: Plan, run: Processes) -> None:
        self._result, self._plan, self._run = result, plan, run
        self._standing: dict[str, _Standing] = {}

    def stand(self, entrant: Entrant) -> None:
        """Start an entrant's processes, unless it is out."""
        label, scenario = entrant.label, self._result.scenario
        if label in self._result.errors or label in self._standing:
            return
        try:
            self._standing[label] = _Standing(scenario, entrant, self._plan, self._run)
        except (ContenderError, OSError) as error:
            self._out(label, error)

    def turn(self, entrant: Entrant) -> None:
        """Let an entrant work for one turn, unless it is out."""
        standing = self._standing.get(entrant.label)
        if standing is None:
            return
        try:
            numbers = standing.measure()
        except (ContenderError, OSError) as error:
            self._out(entrant.label, error)
        else:
            self._result.rounds.setdefault(entrant.label, []).append(numbers)

    def _out(self, label: str, error: Exception) -> None:
        self._result.errors[label] = str(error)
        self._plan.log(f"{self._result.scenario.name}: {label} failed: {error}")
        self.end(label)

    def end(self, label: str) -> None:
        """End an entrant's processes, if it has any."""
        if label in self._standing:
            self._standing.pop(label).end()


def _present(result: Result[Scenario], plan: Plan) -> list[Entrant]:
    """Return those whose packages are installed; say a word about the others."""
    scenario, present = result.scenario, []
    for entrant in scenario.entrants:
        module, distribution = entrant.needs
        if scenario.loop == "uvloop" and not has_uvloop():
            module, distribution = "uvloop", "uvloop"
        if module and importlib.util.find_spec(module) is None:
            result.skipped[entrant.label] = f"{distribution} is not installed"
            plan.log(f"{scenario.name}: {entrant.label} skipped: {distribution} is not installed")
        else:
            present.append(entrant)
    return present


def run_scenario(result: Result[Scenario], plan: Plan, run: Processes) -> None:
    """Fill ``result``; a contender that fails gets an error and takes no further part."""
    rounds, entrants = _Rounds(result, plan, run), _present(result, plan)
    try:
        for _ in range(plan.rounds):
            if not result.scenario.fresh:
                for entrant in entrants:
                    rounds.stand(entrant)
            for entrant in entrants:
                rounds.stand(entrant)
                rounds.turn(entrant)
                if result.scenario.fresh:
                    rounds.end(entrant.label)
    finally:
        for entrant in entrants:
            rounds.end(entrant.label)
