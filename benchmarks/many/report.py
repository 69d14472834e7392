"""Numbers to text: a plain table, the same as Markdown, and everything as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from .. import tables
from ..results import Result, keeps
from ..tables import failures, machine_notes, number, summary
from .scenarios import Scenario, Target

__all__ = ["as_json", "as_markdown", "as_text", "reached"]

_HEAD = ("scenario", "contender", "unit", "median", "of the floor", "to the rival", "target")
_NUMBERS = (3, 4, 5)


def reached(result: Result[Scenario], target: Target) -> bool | None:
    """Return whether the median keeps the promise; None if it could not be measured."""
    if target.against:
        values = result.ratios(target.label, target.against)
    else:
        values = result.values(target.label)
    return keeps(values, target.bound, result.scenario.higher_is_better)


def _value(result: Result[Scenario], label: str) -> str:
    if label in result.errors:
        return "error"
    if label in result.skipped:
        return "skipped"
    values = result.values(label)
    return number(statistics.median(values)) if values else "-"


def _ratio(result: Result[Scenario], label: str, against: str) -> str:
    values = result.ratios(label, against)
    if not values or label == against:
        return "-"
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _target(result: Result[Scenario], target: Target) -> str:
    mark = {True: "reached", False: "missed", None: "not measured"}[reached(result, target)]
    if not target.against:
        sign = "from" if result.scenario.higher_is_better else "up to"
        return f"{sign} {target.bound:g} {result.scenario.unit}: {mark}"
    values = result.ratios(target.label, target.against)
    what = f"{target.bound:g} of {target.against}"
    if target.against != "floor" and values:  # this ratio has no column
        mark += f", {_ratio(result, target.label, target.against)}"
    return f"{what}: {mark}"


def _rows(results: Sequence[Result[Scenario]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for result in results:
        scenario, rival = result.scenario, result.scenario.rival
        for entrant in scenario.entrants:
            label = entrant.label
            ours = label.startswith("pyrox")
            targets = [target for target in scenario.targets if target.label == label]
            rows.append(
                (
                    scenario.title if entrant is scenario.entrants[0] else "",
                    label,
                    scenario.unit,
                    _value(result, label),
                    _ratio(result, label, "floor"),
                    _ratio(result, label, rival) if ours else "-",
                    "; ".join(_target(result, target) for target in targets) or "-",
                )
            )
    return rows


def _notes(results: Sequence[Result[Scenario]], machine: dict[str, Any]) -> list[str]:
    return [
        *machine_notes(machine, f"; {machine['loop']}"),
        "Medians of rounds; a ratio is taken within each round: median (lowest to highest).",
        *failures("error", {result.scenario.name: result.errors for result in results}),
        *failures("skipped", {result.scenario.name: result.skipped for result in results}),
    ]


def _summary(results: Sequence[Result[Scenario]]) -> str:
    marks = [reached(result, target) for result in results for target in result.scenario.targets]
    return summary(marks, "missed")


def as_text(results: Sequence[Result[Scenario]], machine: dict[str, Any]) -> str:
    """Return an aligned table with notes below."""
    below = [_summary(results), *_notes(results, machine)]
    return tables.as_text(_HEAD, _rows(results), _NUMBERS, below)


def as_markdown(results: Sequence[Result[Scenario]], machine: dict[str, Any], command: str) -> str:
    """Return the table for the documentation, with the command that made it."""
    notes = _notes(results, machine)
    return tables.as_markdown(_HEAD, _rows(results), _NUMBERS, command, _summary(results), notes)


def as_json(
    results: Sequence[Result[Scenario]], machine: dict[str, Any], command: str
) -> dict[str, Any]:
    """Return every number of every round."""
    return {
        "command": command,
        "machine": machine,
        "scenarios": {result.scenario.name: _one_as_json(result) for result in results},
    }


def _one_as_json(result: Result[Scenario]) -> dict[str, Any]:
    labels = [one.label for one in result.scenario.entrants]
    return {
        "title": result.scenario.title,
        "unit": result.scenario.unit,
        "higher_is_better": result.scenario.higher_is_better,
        "values": {label: result.values(label) for label in labels},
        "raw": result.rounds,
        "errors": result.errors,
        "skipped": result.skipped,
        "of_floor": {label: result.ratios(label, "floor") for label in labels},
        "targets": [
            {
                "contender": target.label,
                "against": target.against,
                "bound": target.bound,
                "reached": reached(result, target),
            }
            for target in result.scenario.targets
        ],
    }
