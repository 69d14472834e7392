"""``pyrox nsc``: ask the name server, and change what it knows."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyrox import (
    NAMESERVER_ID,
    URI,
    NamingError,
    Proxy,
    Table,
    UsageError,
    current_config,
    locate_ns,
    resolve,
)

from ..listing import pyro5_listing

__all__ = [
    "count",
    "list_names",
    "look_up",
    "ping",
    "register",
    "remove",
    "set_metadata",
    "wait",
    "yellow_pages",
]

SHOWN = 5
"""How many names the question before removing them shows."""


def list_names(
    prefix: str | None = None,
    regex: str | None = None,
    metadata: bool = False,
    pyro5: bool = False,
    **where: Any,
) -> Table | str:
    """Return the names that are registered, those with a prefix, or those that match a regex."""
    with _name_server(**where) as ns:
        found = ns.list(prefix=prefix, regex=regex, return_metadata=True)
    if not pyro5:
        return _table(found, metadata)
    title = f"- prefix '{prefix}'" if prefix else f"- regex '{regex}'" if regex else ""
    return "\n".join(pyro5_listing(found, title))


def look_up(name: str, metadata: bool = False, **where: Any) -> Table | str:
    """Return the URI of a name, with its tags if they are wanted."""
    with _name_server(**where) as ns:
        if not metadata:
            return str(ns.lookup(name))
        uri, tags = ns.lookup(name, return_metadata=True)
        return _table({name: (str(uri), tags)}, True)


def register(
    name: str, uri: str, tag: tuple[str, ...] = (), force: bool = False, **where: Any
) -> str:
    """Register a name."""
    URI(uri)  # tells what is wrong with it, without a name server
    with _name_server(**where) as ns:
        ns.register(name, uri, safe=not force, metadata=list(tag))
    return f"registered {name}"


def remove(
    name: str | None = None,
    prefix: str | None = None,
    regex: str | None = None,
    yes: bool = False,
    **where: Any,
) -> str:
    """Remove a name, or many after asking."""
    if sum(bool(given) for given in (name, prefix, regex)) != 1:
        raise UsageError("give one of: a name, --prefix, --regex")
    with _name_server(**where) as ns:
        if name:
            if ns.remove(name):
                return f"removed {name}"
            if name == NAMESERVER_ID:
                raise UsageError("nothing removed: this is the name server's own name")
            raise NamingError(f"nothing removed: {name} is not registered")
        if not yes:
            known = set(ns.list(prefix=prefix, regex=regex)) - {NAMESERVER_ID}
            if not known or not _confirmed(sorted(known)):
                return "nothing removed"
        return f"removed {_names(ns.remove(prefix=prefix, regex=regex))}"


def set_metadata(name: str, tags: tuple[str, ...] = (), **where: Any) -> str:
    """Replace the tags of a name."""
    with _name_server(**where) as ns:
        ns.set_metadata(name, list(tags))
    return f"{name} has the tags {', '.join(tags)}" if tags else f"{name} has no tags"


def yellow_pages(all: tuple[str, ...] = (), any: tuple[str, ...] = (), **where: Any) -> Table:
    """Return the names that have certain tags."""
    if bool(all) == bool(any):
        raise UsageError("give tags either with --all or with --any")
    with _name_server(**where) as ns:
        return _table(ns.yplookup(meta_all=list(all) or None, meta_any=list(any) or None), True)


def ping(**where: Any) -> str:
    """Say where the name server is."""
    with _name_server(**where) as ns:
        begin = time.perf_counter()
        ns.ping()
        took = (time.perf_counter() - begin) * 1000
        return f"{ns._pyro.uri} answered in {took:.1f} ms"


def count(**where: Any) -> int:
    """Return how many names there are."""
    with _name_server(**where) as ns:
        number: int = ns.count()
        return number


def wait(name: str, timeout: float = 30.0, **where: Any) -> str:
    """Wait until a name is registered; return its URI."""
    host, port, broadcast = (where.get(key) for key in ("host", "port", "broadcast"))
    config = current_config().replace(ns_lookup_delay=timeout)
    if port is not None:
        config = config.replace(ns_port=port)
    if broadcast:
        config = config.replace(ns_broadcast=True)
    at = f"@{host}" if host else ""
    return str(resolve(f"PYRONAME:{name}{at}", config=config))


@contextmanager
def _name_server(
    host: str | None = None, port: int | None = None, broadcast: bool = False
) -> Iterator[Proxy]:
    with locate_ns(host or "", port, broadcast=broadcast or None) as ns:
        try:
            yield ns
        except NamingError as error:
            # An answer, and no failure of the name server: its traceback tells nobody anything.
            raise NamingError(str(error)) from error


def _table(found: Mapping[str, Any], with_tags: bool) -> Table:
    names = sorted(found)
    data = [
        {"name": name, "uri": found[name][0], "metadata": sorted(found[name][1])} for name in names
    ]
    columns = ("Name", "URI", "Metadata") if with_tags else ("Name", "URI")
    rows = [tuple(row.values())[: len(columns)] for row in data]
    return Table(columns, rows, empty="no such names", data=data)


def _confirmed(names: list[str]) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"this removes {_names(len(names))}: add --yes where nobody can be asked")
    shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    print(f"remove {_names(len(names))} ({shown})? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _names(number: int) -> str:
    return f"{number} name{'' if number == 1 else 's'}"
