"""The storage ``memory``: quick, and gone when the name server ends."""

from __future__ import annotations

import threading
from collections.abc import Collection

from pyrox import NameEntry, NameTable, Storage, UsageError

__all__ = ["MemoryStorage", "MemoryTable"]


class MemoryTable(NameTable):
    """Entries in a dictionary."""

    def __init__(self) -> None:
        self._entries: dict[str, NameEntry] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> NameEntry | None:
        """Return the entry of a name."""
        return self._entries.get(name)

    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        """Store an entry."""
        with self._lock:
            if not overwrite and name in self._entries:
                return False
            self._entries[name] = entry
            return True

    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        """Replace the tags of an entry."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return False
            self._entries[name] = entry._replace(metadata=metadata)
            return True

    def remove(self, names: Collection[str]) -> int:
        """Remove all of these."""
        known = set(names)  # first: what cannot be a name is found out before anything is removed
        with self._lock:
            return sum(self._entries.pop(name, None) is not None for name in known)

    def list(self, prefix: str = "") -> dict[str, NameEntry]:
        """Return the entries whose names begin with ``prefix``."""
        entries = self._copy()
        if not prefix:
            return entries
        return {name: entry for name, entry in entries.items() if name.startswith(prefix)}

    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
        """Return the entries that have these tags."""
        entries = self._copy().items()
        if every:
            return {name: entry for name, entry in entries if tags <= entry.metadata}
        return {name: entry for name, entry in entries if not tags.isdisjoint(entry.metadata)}

    def count(self) -> int:
        """Return how many entries there are."""
        with self._lock:  # or it would see a removal of many half done
            return len(self._entries)

    def _copy(self) -> dict[str, NameEntry]:
        with self._lock:
            return dict(self._entries)


class MemoryStorage(Storage):
    """Tables in memory; it takes no location."""

    name = "memory"

    def open(self, location: str) -> NameTable:
        """Return a new, empty table."""
        if location:
            raise UsageError(
                f"the storage memory takes no location, and got {location!r}; "
                "sqlite:FILE is the one that keeps names in a file"
            )
        return MemoryTable()
