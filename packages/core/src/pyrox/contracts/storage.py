"""The contract of a storage plugin: where the name server keeps what it knows.

A storage is registered once (hook ``pyrox_register_storage``) and opens tables: ``open("FILE")``
for what a user writes as ``--storage sqlite:FILE``. A table holds entries by name and knows
nothing of name servers, protocols or who asks.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import NamedTuple

__all__ = ["NameEntry", "NameTable", "Storage"]


class NameEntry(NamedTuple):
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
    def get(self, name: str) -> NameEntry | None:
        """Return the entry of a name, None for an unknown one. It is asked for most often."""

    @abstractmethod
    def put(self, name: str, entry: NameEntry, *, overwrite: bool = True) -> bool:
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
    def list(self, prefix: str = "") -> dict[str, NameEntry]:
        """Return the entries whose names begin with ``prefix``, which is meant literally."""

    @abstractmethod
    def tagged(self, tags: frozenset[str], *, every: bool) -> dict[str, NameEntry]:
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
