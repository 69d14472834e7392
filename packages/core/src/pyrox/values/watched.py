"""Noticing that files have changed, by looking when it matters."""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["WatchedFiles"]


class WatchedFiles:
    """Files that something was made of, which is to be made anew when they change."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = [path for path in paths if path]
        self._stamps = self._look()

    def changed(self) -> bool:
        """Tell whether any of them was written, replaced or removed since this was asked last."""
        before, self._stamps = self._stamps, self._look()
        return before != self._stamps

    def _look(self) -> list[tuple[int, ...]]:
        return [_stamp(path) for path in self._paths]


def _stamp(path: str) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
