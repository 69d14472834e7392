"""Numbers to text: a plain table, the same as Markdown, and everything as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from . import tables
from .results import Result, keeps
from .scenarios import Scenario, Target
from .tables import failures, machine_notes, number, summary

__all__ = ["as_json", "as_markdown", "as_text", "reached"]

_HEAD = ("scenario", "unit", "pyro5", "pyrox", "floor", "pyrox/pyro5", "pyrox/floor", "target")
_COLUMNS = ("pyro5", "pyrox", "floor")
_NUMBERS = range(2, 7)


def reached(result: Result[Scenario], target: Target) -> bool | None:
    """Return whether the median keeps the promise; None if it could not be measured."""
    against = target.against
    values = result.ratios("pyrox", against) if against else result.values("pyrox")
    return keeps(values, target.bound, result.scenario.higher_is_better)


def _value(result: Result[Scenario], label: str) -> str:
    if label in result.errors:
        return "error"
    values = result.values(label)
    return number(statistics.median(values)) if values else "-"


def _ratio(result: Result[Scenario], against: str) -> str:
    values = result.ratios("pyrox", against)
    if not values:
        return "-"
    digits = 2 if max(values) >= 0.1 else 4
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _target(result: Result[Scenario], target: Target) -> str:
    sign = "≥" if result.scenario.higher_is_better else "≤"
    unit = f" × {target.against}" if target.against else f" {result.scenario.unit}"
    mark = {True: "reached", False: "NOT REACHED", None: "not measured"}[reached(result, target)]
    return f"{sign} {target.bound:g}{unit}: {mark}"


def _row(result: Result[Scenario]) -> tuple[str, ...]:
    scenario = result.scenario
    return (
        scenario.title,
        scenario.unit,
        *(_value(result, label) for label in _COLUMNS),
        _ratio(result, "pyro5"),
        _ratio(result, "floor"),
        "; ".join(_target(result, target) for target in scenario.targets) or "-",
    )


def _others(result: Result[Scenario]) -> list[tuple[str, ...]]:
    """Return a row for each entrant without a column: its value under its library's column."""
    rows = []
    for entrant in result.scenario.entrants:
        if entrant.label in _COLUMNS:
            continue
        cells = ["", "", ""]
        cells[_COLUMNS.index(entrant.contender)] = _value(result, entrant.label)
        set_up = entrant.label.removeprefix(entrant.contender).strip()
        rows.append((f"  with {entrant.contender} {set_up}", "", *cells, "", "", ""))
    return rows


def _rows(results: Sequence[Result[Scenario]]) -> list[tuple[str, ...]]:
    return [row for result in results for row in (_row(result), *_others(result))]


def _notes(results: Sequence[Result[Scenario]], machine: dict[str, Any]) -> list[str]:
    return [
        *machine_notes(machine),
        "Medians of rounds; a ratio is taken within each round: median (lowest–highest).",
        *failures("error", {result.scenario.name: result.errors for result in results}),
    ]


def _summary(results: Sequence[Result[Scenario]]) -> str:
    marks = [reached(result, target) for result in results for target in result.scenario.targets]
    return summary(marks, "not reached")


def as_text(results: Sequence[Result[Scenario]], machine: dict[str, Any]) -> str:
    """Return an aligned table with notes below."""
    below = [_summary(results), *_notes(results, machine)]
    return tables.as_text(_HEAD, _rows(results), _NUMBERS, below)


def as_markdown(results: Sequence[Result[Scenario]], machine: dict[str, Any], command: str) -> str:
    """Return the table for the documentation, with the command that made it."""
    rows = [(row[0].replace("  with ", "&nbsp;&nbsp;with "), *row[1:]) for row in _rows(results)]
    notes = _notes(results, machine)
    return tables.as_markdown(_HEAD, rows, _NUMBERS, command, _summary(results), notes)


def as_json(
    results: Sequence[Result[Scenario]], machine: dict[str, Any], command: str
) -> dict[str, Any]:
    """Return every number of every round."""
    return {
        "command": command,
        "machine": machine,
        "scenarios": {
            result.scenario.name: {
                "title": result.scenario.title,
                "unit": result.scenario.unit,
                "higher_is_better": result.scenario.higher_is_better,
                "values": {one.label: result.values(one.label) for one in result.scenario.entrants},
                "raw": result.rounds,
                "errors": result.errors,
                "ratios": {
                    against: result.ratios("pyrox", against) for against in ("pyro5", "floor")
                },
                "targets": [
                    {"against": t.against, "bound": t.bound, "reached": reached(result, t)}
                    for t in result.scenario.targets
                ],
            }
            for result in results
        },
    }
