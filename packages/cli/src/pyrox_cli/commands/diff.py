"""``pyrox diff``: what changed in the interface of an object, and whether callers notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyrox import Table, UsageError

from ..addresses import uri_of
from ..interfaces.changes import changes
from ..interfaces.interface import Interface, ask
from ..interfaces.reading import read

__all__ = ["diff"]


def diff(old: str, new: str, timeout: float = 5.0) -> Iterator[Table]:
    """Yield the changes from one interface to another; ends with exit code 1 if one is breaking.

    Each is a file that ``pyrox stubs`` wrote, or the URI of a live object. Raises UsageError for a
    file that is none of these, or not there.
    """
    found = changes(_interface(old, timeout), _interface(new, timeout))
    breaking = sum(change.breaking for change in found)
    yield Table(
        ("member", "change", "detail", "effect"),
        [(*change[:3], "breaking" if change.breaking else "compatible") for change in found],
        title=f"{old} -> {new}",
        note=f"{breaking} of {len(found)} breaking" if found else "",
        empty="the interfaces are the same",
        data={
            "old": old,
            "new": new,
            "breaking": bool(breaking),
            "changes": [change._asdict() for change in found],
        },
    )
    if breaking:
        raise SystemExit(1)


def _interface(text: str, timeout: float) -> Interface:
    path = Path(text)
    if path.is_file():
        return read(path)
    if path.suffix in (".py", ".pyi") and "@" not in text:
        raise UsageError(f"there is no file {text}")
    return ask(uri_of(text), timeout)[1]
