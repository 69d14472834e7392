"""What somebody may have meant who misspelt a name."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the one of ``known`` that is most like ``name``, None where none is like it enough."""
    from difflib import get_close_matches  # by who needs it: where nothing is wrong, nobody does

    near = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return near[0] if near else None


def did_you_mean(name: str, known: Iterable[str], before: str = "; ") -> str:
    """Return the end of a message that tells the nearest name, after ``before``; or nothing."""
    near = nearest(name, known)
    return f"{before}did you mean {near!r}?" if near else ""
