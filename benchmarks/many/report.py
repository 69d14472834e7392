"""Numbers to text: a plain table, the same as Markdown, and everything as JSON."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from .runner import Result
from .scenarios import Target

__all__ = ["as_json", "as_markdown", "as_text", "ratios", "reached"]

_HEAD = ("scenario", "contender", "unit", "median", "of the floor", "to the rival", "target")
_NUMBERS = (3, 4, 5)


def ratios(result: Result, label: str, against: str) -> list[float]:
    """Return an entrant's value over another's, a round each."""
    ours, theirs = result.values(label), result.values(against)
    return [mine / other for mine, other in zip(ours, theirs, strict=False) if other > 0]


def reached(result: Result, target: Target) -> bool | None:
    """Return whether the median keeps the promise; None if it could not be measured."""
    if target.against:
        values = ratios(result, target.label, target.against)
    else:
        values = result.values(target.label)
    if not values:
        return None
    middle = statistics.median(values)
    return middle >= target.bound if result.scenario.higher_is_better else middle <= target.bound


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    digits = 2 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 2)}f}"


def _value(result: Result, label: str) -> str:
    if label in result.errors:
        return "error"
    if label in result.skipped:
        return "skipped"
    values = result.values(label)
    return _number(statistics.median(values)) if values else "-"


def _ratio(result: Result, label: str, against: str) -> str:
    values = ratios(result, label, against)
    if not values or label == against:
        return "-"
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def _target(result: Result, target: Target) -> str:
    mark = {True: "reached", False: "missed", None: "not measured"}[reached(result, target)]
    if not target.against:
        sign = "from" if result.scenario.higher_is_better else "up to"
        return f"{sign} {target.bound:g} {result.scenario.unit}: {mark}"
    values = ratios(result, target.label, target.against)
    what = f"{target.bound:g} of {target.against}"
    if target.against != "floor" and values:  # this ratio has no column
        mark += f", {_ratio(result, target.label, target.against)}"
    return f"{what}: {mark}"


def _rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
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


def _notes(results: Sequence[Result], machine: dict[str, Any]) -> list[str]:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    notes = [
        f"{machine['date']}; {machine['python']}; {machine['cpus']} CPUs ({machine['cpu']}), "
        f"load {machine['load']} at the start; {machine['system']}; {machine['loop']}",
        versions,
        "Medians of rounds; a ratio is taken within each round: median (lowest to highest).",
    ]
    failed: dict[str, list[str]] = {}
    for result in results:
        for kind, words in (("error", result.errors), ("skipped", result.skipped)):
            for label, word in words.items():
                failed.setdefault(f"{kind}: {word}", []).append(f"{result.scenario.name} ({label})")
    return notes + [f"{words}: {', '.join(where)}" for words, where in failed.items()]


def _summary(results: Sequence[Result]) -> str:
    marks = [reached(result, target) for result in results for target in result.scenario.targets]
    return (
        f"Targets: {marks.count(True)} reached, {marks.count(False)} missed, "
        f"{marks.count(None)} not measured."
    )


def as_text(results: Sequence[Result], machine: dict[str, Any]) -> str:
    """Return an aligned table with notes below."""
    rows = [_HEAD, *_rows(results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
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
        "| --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in _rows(results)]
    notes = [f"- {note}" for note in _notes(results, machine)]
    return "\n".join([*lines, "", _summary(results), "", *notes, ""])


def as_json(results: Sequence[Result], machine: dict[str, Any], command: str) -> dict[str, Any]:
    """Return every number of every round."""
    return {
        "command": command,
        "machine": machine,
        "scenarios": {result.scenario.name: _one_as_json(result) for result in results},
    }


def _one_as_json(result: Result) -> dict[str, Any]:
    labels = [one.label for one in result.scenario.entrants]
    return {
        "title": result.scenario.title,
        "unit": result.scenario.unit,
        "higher_is_better": result.scenario.higher_is_better,
        "values": {label: result.values(label) for label in labels},
        "raw": result.rounds,
        "errors": result.errors,
        "skipped": result.skipped,
        "of_floor": {label: ratios(result, label, "floor") for label in labels},
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
