"""``pyrox inspect``: what an object offers, and what objects a daemon has."""

from __future__ import annotations

from typing import Any

from pyrox import DAEMON_ID, Proxy, Table, resolve

from ..addresses import config_for, daemon_of, uri_of
from ..interfaces.interface import describe

__all__ = ["inspect"]


def inspect(uri: str, object: str | None = None, timeout: float = 5.0) -> Table:
    """Return the members of an object, or the objects of a daemon."""
    config = config_for(timeout)
    target = resolve(uri_of(uri), config=config)
    if object:
        target = daemon_of(target, object)
    with Proxy(daemon_of(target), config=config) as daemon:
        daemon._pyro.bind()
        if target.object == DAEMON_ID and not object:
            return _objects(daemon, str(target.location))
        described = describe(daemon, target.object)
    return _members(str(target), described)


def _objects(daemon: Proxy, location: str) -> Table:
    ids = sorted(daemon.registered())
    data = [{"object": object_id, **describe(daemon, object_id)} for object_id in ids]
    rows = [
        (item["object"], len(item["methods"]), len(item["attributes"]), _first_line(item["doc"]))
        for item in data
    ]
    peer = daemon._pyro.peer
    software = (peer and peer.software) or "a Pyro5 daemon"
    return Table(
        ("object", "methods", "attributes", "doc"),
        rows,
        title=f"{location}: {software}",
        note=f"`pyrox inspect {location} OBJECT` shows one of them.",
        data=data,
    )


def _members(uri: str, described: dict[str, Any]) -> Table:
    rows = [
        (_signature(name, method), _method_kind(method), _first_line(method.get("doc")))
        for name, method in sorted(described["methods"].items())
    ]
    rows += [
        (name, _attribute_kind(attribute), _first_line(attribute.get("doc")))
        for name, attribute in sorted(described["attributes"].items())
    ]
    return Table(
        ("member", "kind", "doc"),
        rows,
        title="\n".join(filter(None, [uri, described["doc"].strip()])),
        empty="it exposes nothing; mark its class or methods with @expose",
        data={"uri": uri, **described},
    )


def _signature(name: str, method: dict[str, Any]) -> str:
    return name + (method.get("signature") or "(...)")


def _method_kind(method: dict[str, Any]) -> str:
    marks = [mark for mark in ("oneway", "idempotent") if method.get(mark)]
    return " ".join([*marks, "method"])


def _attribute_kind(attribute: dict[str, Any]) -> str:
    return "writable attribute" if attribute.get("writable") else "attribute"


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]
