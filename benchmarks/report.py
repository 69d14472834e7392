"""Numbers to text: a plain table, the same as Markdown, and everything as JSON."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from .runner import Result
from .scenarios import Target

__all__ = ["as_json", "as_markdown", "as_text", "reached"]

_HEAD = ("scenario", "unit", "pyro5", "pyrox", "floor", "pyrox/pyro5", "pyrox/floor", "target")
_COLUMNS = ("pyro5", "pyrox", "floor")


def ratios(result: Result, against: str) -> list[float]:
    """Return pyrox's value over another's, a round each."""
    ours, theirs = result.values("pyrox"), result.values(against)
    return [mine / other for mine, other in zip(ours, theirs, strict=False) if other]


def reached(result: Result, target: Target) -> bool | None:
    """Return whether the median keeps the promise; None if it could not be measured."""
    values = ratios(result, target.against) if target.against else result.values("pyrox")
    if not values:
        return None
    middle = statistics.median(values)
    return middle >= target.bound if result.scenario.higher_is_better else middle <= target.bound


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 2)}f}"


def _value(result: Result, label: str) -> str:
    if label in result.errors:
        return "error"
    values = result.values(label)
    return _number(statistics.median(values)) if values else "-"


def _ratio(result: Result, against: str) -> str:
    values = ratios(result, against)
    if not values:
        return "-"
    digits = 2 if max(values) >= 0.1 else 4
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _target(result: Result, target: Target) -> str:
    sign = "≥" if result.scenario.higher_is_better else "≤"
    unit = f" × {target.against}" if target.against else f" {result.scenario.unit}"
    mark = {True: "reached", False: "NOT REACHED", None: "not measured"}[reached(result, target)]
    return f"{sign} {target.bound:g}{unit}: {mark}"


def _row(result: Result) -> tuple[str, ...]:
    scenario = result.scenario
    return (
        scenario.title,
        scenario.unit,
        *(_value(result, label) for label in _COLUMNS),
        _ratio(result, "pyro5"),
        _ratio(result, "floor"),
        "; ".join(_target(result, target) for target in scenario.targets) or "-",
    )


def _others(result: Result) -> list[tuple[str, ...]]:
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


def _rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    return [row for result in results for row in (_row(result), *_others(result))]


def _notes(results: Sequence[Result], machine: dict[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    notes = [
        f"{machine['date']}; {machine['python']}; {machine['cpus']} CPUs ({machine['cpu']}), "
        f"load {machine['load']} at the start; {machine['system']}",
        versions,
        "Medians of rounds; a ratio is taken within each round: median (lowest–highest).",
    ]
    failed: dict[str, list[str]] = {}
    for result in results:
        for label, error in result.errors.items():
            failed.setdefault(error, []).append(f"{result.scenario.name} ({label})")
    return notes + [f"error: {error}: {', '.join(where)}" for error, where in failed.items()]


def _summary(results: Sequence[Result]) -> str:
    marks = [reached(result, target) for result in results for target in result.scenario.targets]
    return (
        f"Targets: {marks.count(True)} reached, {marks.count(False)} not reached, "
        f"{marks.count(None)} not measured."
    )


def as_text(results: Sequence[Result], machine: dict[str, Any]) -> str:
    """Return an aligned table with notes below."""
    rows = [_HEAD, *_rows(results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if 2 <= column <= 6 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join([*lines, "", _summary(results), *_notes(results, machine)])


def as_markdown(results: Sequence[Result], machine: dict[str, Any], command: str) -> str:
    """Return the table for the documentation, with the command that made it."""
    lines = [
        "Made by this command, in the root of the repository:",
        "",
        f"```console\n$ {command}\n```",
        "",
        "| " + " | ".join(_HEAD) + " |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for row in _rows(results):
        first = row[0].replace("  with ", "&nbsp;&nbsp;with ")
        lines.append("| " + " | ".join((first, *row[1:])) + " |")
    notes = [f"- {note}" for note in _notes(results, machine)]
    return "\n".join([*lines, "", _summary(results), "", *notes, ""])


def as_json(results: Sequence[Result], machine: dict[str, Any], command: str) -> dict[str, Any]:
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
                "ratios": {against: ratios(result, against) for against in ("pyro5", "floor")},
                "targets": [
                    {"against": t.against, "bound": t.bound, "reached": reached(result, t)}
                    for t in result.scenario.targets
                ],
            }
            for result in results
        },
    }
