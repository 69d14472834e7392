"""Tables for a terminal and for the documentation, with notes on what they were measured on."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

__all__ = ["as_markdown", "as_text", "failures", "machine_notes", "number", "summary"]

Row = tuple[str, ...]


def number(value: float) -> str:
    """Return a value with about three digits."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 2)}f}"


def machine_notes(machine: Mapping[str, Any], more: str = "") -> list[str]:
    """Say what was measured, and on what."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return [
        f"{machine['date']}; {machine['python']}; {machine['cpus']} CPUs ({machine['cpu']}), "
        f"load {machine['load']} at the start; {machine['system']}{more}",
        versions,
    ]


def failures(kind: str, found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Say what went wrong, once each: ``found`` has the words by scenario and entrant."""
    where: dict[str, list[str]] = {}
    for scenario, words in found.items():
        for label, word in words.items():
            where.setdefault(word, []).append(f"{scenario} ({label})")
    return [f"{kind}: {word}: {', '.join(places)}" for word, places in where.items()]


def summary(marks: Sequence[bool | None], missed: str) -> str:
    """Count the promises that were kept."""
    return (
        f"Targets: {marks.count(True)} reached, {marks.count(False)} {missed}, "
        f"{marks.count(None)} not measured."
    )


def as_text(head: Row, rows: Sequence[Row], numbers: Collection[int], below: Sequence[str]) -> str:
    """Return an aligned table; ``numbers`` are the columns that go to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = []
    for row in (head, *rows):
        cells = [
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join([*lines, "", *below])


def as_markdown(
    head: Row,
    rows: Sequence[Row],
    numbers: Collection[int],
    command: str,
    closing: str,
    notes: Sequence[str],
) -> str:
    """Return the table for the documentation, with the command that made it."""
    marks = ["---:" if column in numbers else "---" for column in range(len(head))]
    return "\n".join(
        [
            "Made by this command, in the root of the repository:",
            "",
            f"```console\n$ {command}\n```",
            "",
            *("| " + " | ".join(row) + " |" for row in (head, marks, *rows)),
            "",
            closing,
            "",
            *(f"- {note}" for note in notes),
            "",
        ]
    )
