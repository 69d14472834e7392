"""Something for hostile bytes to reach for: a format that runs code, or makes objects, wakes it."""

from __future__ import annotations

from typing import Any

__all__ = ["Canary", "awake", "sing"]

awake: list[str] = []
"""Who called; empty as long as all is well."""


def sing(*_: Any, **__: Any) -> str:
    """Take note that somebody ran code."""
    awake.append("a function was called")
    return "sung"


class Canary:
    """An object that nobody may make from bytes."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Canary:
        """Take note that somebody made an object."""
        awake.append("an object was made")
        return super().__new__(cls)

    def __reduce__(self) -> Any:
        return sing, ()

    def __setstate__(self, state: Any) -> None:
        awake.append("an object got a state")
