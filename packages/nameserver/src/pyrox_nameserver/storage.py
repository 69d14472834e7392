"""The contract of a storage plugin: where the name server keeps what it knows.

A storage is registered once (hook ``pyrox_register_storage``) and opens tables: ``open("FILE")``
for what a user writes as ``--storage sqlite:FILE``. A table holds entries by name and knows
nothing of name servers, protocols or who asks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import NamedTuple

from pyrox import PluginError

__all__ = ["Entry", "NameTable", "Storage", "open_storage"]

_OTHER_NAMES = {"sql": "sqlite"}
"""What Pyro 5 calls a storage, where pyrox has another name for it."""


class Entry(NamedTuple):
    """What a name stands for: the text of a URI, and tags.

    Read its fields by name: there may be more of them one day, all with defaults.
    """

    uri: str
    metadata: frozenset[str] = frozenset()


class NameTable(ABC):
    """Entries by name, in one storage that is open.

    Every method may be called from any thread. A change is done, and lasts as long as the storage
    promises, when the method returns; one that raises changed nothing. All of them raise
    NamingError, which says what to do, where the storage fails.
    """

    @abstractmethod
    def get(self, name: str) -> Entry | None:
        """Return the entry of a name, None for an unknown one. It is asked for most often."""

    @abstractmethod
    def put(self, name: str, entry: Entry, *, overwrite: bool = True) -> bool:
        """Store an entry; with ``overwrite`` off, return False where the name is taken.

        Looking and storing are one step: of two callers that want a free name, one gets it.
        """

    @abstractmethod
    def set_metadata(self, name: str, metadata: frozenset[str]) -> bool:
        """Replace the tags of an entry; return False for an unknown name."""

    @abstractmethod
    def remove(self, names: Collection[str]) -> int:
        """Remove all of these in one step; return how many of them were there."""

    @abstractmethod
    def list(self, prefix: str = "") -> dict[str, Entry]:
        """Return the entries whose names begin with ``prefix``, which is meant literally."""

    @abstractmethod
    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, Entry]:
        """Return the entries that have ``every`` one of the tags, or at least one of them."""

    @abstractmethod
    def count(self) -> int:
        """Return how many entries there are."""

    def close(self) -> None:  # noqa: B027
        """Release what the table holds; it is not used after that."""


class Storage(ABC):
    """A kind of storage. ``name`` is what stands before the colon in ``--storage``."""

    name: str

    @abstractmethod
    def open(self, location: str) -> NameTable:
        """Open the table at ``location``, which is what stands behind the colon, or empty.

        Raises UsageError for a location that makes no sense, NamingError where it cannot be
        opened.
        """

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


def open_storage(text: str, storages: Mapping[str, Storage]) -> NameTable:
    """Open the storage that is written as ``name`` or ``name:location``.

    Raises PluginError for an unknown name, and what :meth:`Storage.open` raises.
    """
    name, _, location = text.partition(":")
    storage = storages.get(_OTHER_NAMES.get(name, name))
    if storage is None:
        installed = ", ".join(sorted(storages)) or "none"
        raise PluginError(
            f"no storage {name!r} here (installed: {installed}); write memory, or sqlite:FILE "
            f"for one that lasts, or install the distribution that offers {name!r}"
        )
    return storage.open(location)
