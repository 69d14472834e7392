"""The name server: the object that answers as ``Pyro.NameServer``.

Its eight methods, their arguments, results and errors are those of Pyro 5, whose programs call
them too. Where Pyro 5 lets a client break something, this one refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pyrox import NAMESERVER_ID, URI, NameEntry, NameTable, NamingError, current_context, expose

from .checks import check_name, check_uri, printable, tags_of, warn_of_place
from .matching import matching
from .memory import MemoryTable

__all__ = ["OWN_TAG", "NameServer"]

OWN_TAG = "class:Pyro5.nameserver.NameServer"
"""What Pyro 5 programs look for to find all name servers."""

_uri_of = lru_cache(maxsize=4096)(URI)


class NameServer:
    """Names, and the URIs and tags that they stand for.

    ``table`` keeps them, by default in memory. Its own name is no entry of the table: several
    name servers may share one, and each answers for itself.
    """

    def __init__(self, table: NameTable | None = None) -> None:
        self.table = MemoryTable() if table is None else table
        self._own: NameEntry | None = None

    def announce(self, uri: URI) -> None:
        """Know itself under ``uri``; from now on its own name cannot be registered."""
        self._own = NameEntry(str(uri), frozenset([OWN_TAG]))

    @expose(idempotent=True)
    def count(self) -> int:
        """Return how many names there are, the name server's own included."""
        others = self.table.count()
        if self._own is None or self.table.get(NAMESERVER_ID) is not None:
            return others
        return others + 1

    @expose(idempotent=True)
    def lookup(self, name: str, return_metadata: bool = False) -> Any:
        """Return the URI of a name, or (URI, tags); NamingError for an unknown one."""
        if type(name) is not str:
            raise TypeError("name must be a str")
        entry = self.table.get(name)
        if name == NAMESERVER_ID:
            entry = self._own or entry
        if entry is None:
            raise _unknown(name)
        uri = _uri_of(entry.uri)
        return (uri, set(entry.metadata)) if return_metadata else uri

    @expose
    def register(
        self,
        name: str,
        uri: str | URI,
        safe: bool = False,
        metadata: Iterable[str] | None = None,
    ) -> None:
        """Register a name, in place of what it stood for; ``safe`` leaves a taken one alone.

        ``metadata`` are its tags. Raises NamingError for a name that is taken or not fit for one.
        """
        entry = NameEntry(check_uri(uri), tags_of(metadata))
        name = check_name(name)
        if name == NAMESERVER_ID and self._own is not None:
            raise NamingError(f"name already registered: {name} (it is the name server's own)")
        if not self.table.put(name, entry, overwrite=not safe):
            raise NamingError(f"name already registered: {name}")
        if current_context.is_serving:
            warn_of_place(name, entry.uri, current_context.client_address)

    @expose(idempotent=True)
    def set_metadata(self, name: str, metadata: Iterable[str] | None) -> None:
        """Replace the tags of a name; None or nothing clears them."""
        tags = tags_of(metadata)
        if name == NAMESERVER_ID and self._own is not None:
            self._own = self._own._replace(metadata=tags | {OWN_TAG})
        elif not isinstance(name, str):
            raise TypeError("name must be a str")
        elif not self.table.set_metadata(name, tags):
            raise _unknown(name)

    @expose
    def remove(
        self, name: str | None = None, prefix: str | None = None, regex: str | None = None
    ) -> int:
        """Remove a name, or those that begin with ``prefix``, or those that ``regex`` matches.

        Returns how many that were; the name server's own is never removed.
        """
        if name:
            names: set[str] = {name} if isinstance(name, str) else set()
        elif prefix or regex:
            names = set(self._select(None if prefix else regex, prefix))
        else:
            return 0
        names.discard(NAMESERVER_ID)
        return self.table.remove(names) if names else 0

    @expose(idempotent=True)
    def list(
        self,
        prefix: str | None = None,
        regex: str | None = None,
        return_metadata: bool = False,
    ) -> dict[str, Any]:
        """Return names with their URIs as text, or with (URI, tags).

        All of them, or those that begin with ``prefix``, or those that ``regex`` matches from
        their beginning on. Raises NamingError for an invalid regex.
        """
        if prefix and regex:
            raise ValueError("you can only filter on one thing at a time")
        return _told(self._select(regex, prefix), return_metadata)

    @expose(idempotent=True)
    def yplookup(
        self,
        meta_all: Iterable[str] | None = None,
        meta_any: Iterable[str] | None = None,
        return_metadata: bool = True,
    ) -> dict[str, Any]:
        """Return the names that have all the tags ``meta_all``, or any of ``meta_any``."""
        if meta_all and meta_any:
            raise ValueError("you can't use meta_all or meta_any at the same time")
        tags = tags_of(meta_all, "metadata_all") or tags_of(meta_any, "metadata_any")
        if not tags:
            return {}
        every = bool(meta_all)
        found = self.table.tagged(tags, every=every)
        if own := self._own:
            found.pop(NAMESERVER_ID, None)
            if tags <= own.metadata if every else tags & own.metadata:
                found[NAMESERVER_ID] = own
        return _told(found, return_metadata)

    @expose(idempotent=True)
    def ping(self) -> None:
        """Do nothing: that it answers is the answer."""

    def _select(self, regex: str | None, prefix: str | None) -> dict[str, NameEntry]:
        if not isinstance(prefix or "", str):
            raise TypeError("a prefix is a str")
        found = self.table.list(prefix or "")
        if self._own is not None and NAMESERVER_ID.startswith(prefix or ""):
            found[NAMESERVER_ID] = self._own
        if not regex:
            return found
        return {name: found[name] for name in matching(regex, found)}


def _told(entries: Mapping[str, NameEntry], with_metadata: bool) -> dict[str, Any]:
    # A set, not the frozenset itself: Pyro 5 sends no frozenset with json or msgpack.
    if with_metadata:
        return {name: (entry.uri, set(entry.metadata)) for name, entry in entries.items()}
    return {name: entry.uri for name, entry in entries.items()}


def _unknown(name: str) -> NamingError:
    return NamingError(f"unknown name: {printable(name)}")
