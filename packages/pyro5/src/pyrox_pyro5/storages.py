"""Where Pyro5's name server keeps names: mappings of a name to (URI, tags) (reference 3.9)."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, cast

import pyrox
from pyrox import NameEntry, NameTable
from pyrox_nameserver import SqliteStorage, open_storage
from pyrox_pyro5.translation import pyro5_errors

__all__ = ["MappingTable", "MemoryStorage", "SqlStorage", "table_of"]

Registration = tuple[str, Any]
"""The text of a URI, and a set of tags."""

_NOT_IN_MEMORY = (
    "We don't support the sqlite :memory: database type. Just use the default volatile in-memory "
    "store."
)


class _Searching:
    """What the name server may ask of a storage besides a mapping's own methods.

    A search that returns None leaves it to the name server.
    """

    def optimized_prefix_list(self, prefix: str, return_metadata: bool = False) -> Any:
        """Return the entries whose names begin with ``prefix``, or None."""
        return None

    def optimized_regex_list(self, regex: str, return_metadata: bool = False) -> Any:
        """Return the entries that ``regex`` matches, or None."""
        return None

    def optimized_metadata_search(
        self,
        metadata_all: Iterable[str] | None = None,
        metadata_any: Iterable[str] | None = None,
        return_metadata: bool = False,
    ) -> Any:
        """Return the entries with all of some tags, or any of them, or None."""
        return None

    def everything(self, return_metadata: bool = False) -> dict[str, Any]:
        """Return all entries: the texts of URIs, or (URI, tags)."""
        entries = dict(cast("MutableMapping[str, Registration]", self))
        return entries if return_metadata else {name: uri for name, (uri, _) in entries.items()}

    def remove_items(self, items: Iterable[str]) -> None:
        """Remove those of these names that are there."""
        for name in items:
            cast("MutableMapping[str, Registration]", self).pop(name, None)

    def close(self) -> None:
        """Release what the storage holds."""


class MemoryStorage(_Searching, dict[str, Registration]):
    """Names in memory, gone when the program ends."""


class SqlStorage(_Searching, MutableMapping[str, Registration]):
    """Names in the sqlite file ``dbfile``, which is made where there is none."""

    def __init__(self, dbfile: str) -> None:
        if dbfile == ":memory:":
            raise ValueError(_NOT_IN_MEMORY)
        try:
            with pyro5_errors():
                self.table = SqliteStorage().open(dbfile)
        except pyrox.UsageError as error:
            raise ValueError(str(error)) from error

    def __getitem__(self, name: str) -> Registration:
        entry = self.table.get(name)
        if entry is None:
            raise KeyError(name)
        return entry.uri, set(entry.metadata)

    def __setitem__(self, name: str, registration: Registration) -> None:
        uri, metadata = registration
        self.table.put(name, NameEntry(str(uri), frozenset(metadata or ())))

    def __delitem__(self, name: str) -> None:
        if not self.table.remove([name]):
            raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.list())

    def __len__(self) -> int:
        return self.table.count()

    def optimized_prefix_list(self, prefix: str, return_metadata: bool = False) -> Any:
        """Return the entries whose names begin with ``prefix``, which is meant literally."""
        return _told(self.table.list(prefix), return_metadata)

    def optimized_metadata_search(
        self,
        metadata_all: Iterable[str] | None = None,
        metadata_any: Iterable[str] | None = None,
        return_metadata: bool = False,
    ) -> Any:
        """Return the entries with all of some tags, or any of them."""
        every = bool(metadata_all)
        found = self.table.tagged(frozenset(metadata_all or metadata_any or ()), every=every)
        return _told(found, return_metadata)

    def clear(self) -> None:
        """Remove all names."""
        self.table.remove(list(self))

    def close(self) -> None:
        """Close the file."""
        self.table.close()


for _class in (MemoryStorage, SqlStorage):
    _class.__module__ = "Pyro5.nameserver"


class MappingTable(NameTable):
    """The entries in a mapping of the program's own.

    What it offers besides the methods of a mapping (``optimized_prefix_list`` and the others that
    :class:`MemoryStorage` has) is used where it is there.
    """

    def __init__(self, storage: MutableMapping[str, Registration]) -> None:
        self._storage = storage
        self._lock = threading.RLock()

    def get(self, name: str) -> NameEntry | None:
        with self._lock:
            try:
                return _entry(self._storage[name])
            except KeyError:
                return None

    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
        with self._lock:
            if not overwrite and name in self._storage:
                return False
            self._storage[name] = entry.uri, set(entry.metadata)
            return True

    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        with self._lock:
            entry = self.get(name)
            return entry is not None and self.put(name, entry._replace(metadata=metadata))

    def remove(self, names: Collection[str]) -> int:
        with self._lock:
            found = [name for name in names if name in self._storage]
            remove_items = getattr(self._storage, "remove_items", None)
            if len(found) > 1 and remove_items is not None:
                remove_items(found)
            else:
                for name in found:
                    del self._storage[name]
            return len(found)

    def list(self, prefix: str = "") -> dict[str, NameEntry]:
        with self._lock:
            found = self._ask("optimized_prefix_list", prefix, True) if prefix else None
            if found is None:
                found = self._everything()
        # Some storages take % and _ for wildcards, and "a" for "A".
        return {name: _entry(found[name]) for name in found if name.startswith(prefix)}

    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
        wanted = {"metadata_all" if every else "metadata_any": set(tags)}
        with self._lock:
            found = self._ask("optimized_metadata_search", **wanted, return_metadata=True)
            if found is None:
                found = self._everything()
        entries = {name: _entry(registration) for name, registration in found.items()}
        return {
            name: entry
            for name, entry in entries.items()
            if (tags <= entry.metadata if every else tags & entry.metadata)
        }

    def count(self) -> int:
        with self._lock:
            return len(self._storage)

    def close(self) -> None:
        self._ask("close")

    def _everything(self) -> Mapping[str, Registration]:
        found = self._ask("everything", True)
        return cast("Mapping[str, Registration]", dict(self._storage) if found is None else found)

    def _ask(self, method: str, *args: Any, **options: Any) -> Any:
        """Call a method that the storage may have, or may not; None where it has none."""
        found = getattr(self._storage, method, None)
        return None if found is None else found(*args, **options)


def table_of(storage: Any) -> NameTable:
    """Open what a program names as storage: a text, or a storage of its own.

    Raises ValueError for a text that names none.
    """
    if storage is None:
        storage = "memory"
    if isinstance(storage, SqlStorage):
        return storage.table
    if not isinstance(storage, str):
        return storage if isinstance(storage, NameTable) else MappingTable(storage)
    if storage == "sql::memory:":
        raise ValueError(_NOT_IN_MEMORY)
    try:
        return open_storage(storage, pyrox.installed_plugins().storages)
    except pyrox.PluginError as error:
        raise ValueError(f"invalid storage type '{storage}': {error}") from error
    except pyrox.UsageError as error:
        raise ValueError(f"invalid storage type '{storage}': {error}") from error


def _told(entries: Mapping[str, NameEntry], return_metadata: bool) -> dict[str, Any]:
    if return_metadata:
        return {name: (entry.uri, set(entry.metadata)) for name, entry in entries.items()}
    return {name: entry.uri for name, entry in entries.items()}


def _entry(registration: Registration) -> NameEntry:
    uri, metadata = registration
    return NameEntry(str(uri), frozenset(metadata or ()))
