"""What every daemon answers about itself, under the object id ``Pyro.Daemon``."""

from __future__ import annotations

import inspect
import warnings
from typing import Any, Protocol

from ..objects.exposure import Member, explain_missing, expose, oneway
from ..objects.registry import Entry, Registry
from ..objects.streams import StreamTable
from ..plugins import Plugins
from ..protocol.negotiation import introduce
from ..values.config import Config
from ..values.context import serving

__all__ = ["DaemonObject", "metadata"]


class Host(Protocol):
    """What the daemon object tells about its daemon."""

    location: str
    nat_location: str
    server_type: str
    config: Config
    plugins: Plugins
    capabilities: frozenset[str]


class DaemonObject:
    """The daemon as an object; a subclass may expose more."""

    def __init__(self, host: Host, registry: Registry, streams: StreamTable) -> None:
        self._host = host
        self._registry = registry
        self._streams = streams

    @expose(inline=True)
    def registered(self) -> list[str]:
        """Return the ids of all registered objects."""
        return list(self._registry.objects)

    @expose(idempotent=True, inline=True)
    def ping(self) -> None:
        """Do nothing: that it answers is the answer."""

    @expose(idempotent=True, inline=True)
    def info(self) -> str:
        """Return one line about the daemon."""
        host = self._host
        return (
            f"Pyro.Daemon bound on {host.location}, NAT {host.nat_location or None}, "
            f"{len(self._registry.objects)} objects registered. Servertype: {host.server_type}"
        )

    @expose(idempotent=True, inline=True)
    def get_metadata(self, objectId: str) -> dict[str, Any]:
        """Return the names of an object's exposed members."""
        if (context := serving.get()) is not None:
            introduce(context, self._host)
        return metadata(self._registry.find(objectId), for_pyrox=True)

    @expose(idempotent=True, inline=True)
    def describe(self, object_id: str) -> dict[str, Any]:
        """Return an object's documentation, its methods' signatures and its attributes."""
        entry = self._registry.find(object_id)
        members = entry.members.values()
        return {
            "doc": inspect.getdoc(entry.cls) or "",
            "methods": {m.name: _describe_method(entry, m) for m in members if m.is_method},
            "attributes": {
                m.name: _describe_attribute(entry, m) for m in members if not m.is_method
            },
        }

    @expose(idempotent=True, inline=True)
    def explain(self, object_id: str, name: str) -> str:
        """Say why ``name`` of an object cannot be used: not exposed, or not there at all."""
        entry = self._registry.find(object_id)
        if not isinstance(name, str):
            raise TypeError("the name of a member is a str")
        return explain_missing(entry.cls, name, entry.members)

    @expose
    def get_next_stream_item(self, streamId: str) -> Any:
        """Return the next item of an item stream; StopIteration ends it."""
        return self._streams.next_item(streamId, _connection())

    @expose(inline=True)
    @oneway
    def close_stream(self, streamId: str) -> None:
        """End an item stream before its end."""
        self._streams.close(streamId)


def metadata(entry: Entry, *, for_pyrox: bool) -> dict[str, Any]:
    """Return what the handshake tells of an object: sets of names.

    Warns of one that exposes nothing: no client can use it.
    """
    names = entry.names
    if not (names.methods or names.attributes):
        warnings.warn(
            f"Class {entry.target!r} doesn't expose any methods or attributes. "
            "Did you forget setting @expose on them?",
            stacklevel=2,
        )
    told: dict[str, Any] = {
        "methods": set(names.methods),
        "oneway": set(names.oneway),
        "attrs": set(names.attributes),
    }
    if for_pyrox and names.idempotent:
        told["idempotent"] = set(names.idempotent)
    return told


def _connection() -> Any:
    context = serving.get()
    return context.connection if context else None


def _describe_method(entry: Entry, member: Member) -> dict[str, Any]:
    return {
        "signature": _signature(entry, member),
        "doc": _doc(entry, member),
        "oneway": member.oneway,
        "idempotent": member.idempotent,
    }


def _describe_attribute(entry: Entry, member: Member) -> dict[str, Any]:
    told = {"doc": _doc(entry, member), "writable": member.writable}
    getter = getattr(inspect.getattr_static(entry.cls, member.name), "fget", None)
    if getter is not None:
        _, arrow, annotation = _shown(getter, bound=True).rpartition(" -> ")
        if arrow:
            told["annotation"] = annotation
    return told


def _signature(entry: Entry, member: Member) -> str:
    function = inspect.getattr_static(entry.cls, member.name)
    bound = not isinstance(function, staticmethod)
    if isinstance(function, classmethod | staticmethod):
        function = function.__func__
    return _shown(function, bound)


def _shown(function: Any, bound: bool) -> str:
    """Return a signature as text, without what a ``bound`` function has as its first argument."""
    try:
        signature = inspect.signature(function, eval_str=True)
    except Exception:  # annotations may name what is not there when the program runs
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return "(...)"
    parameters = list(signature.parameters.values())
    return str(signature.replace(parameters=parameters[1:] if bound else parameters))


def _doc(entry: Entry, member: Member) -> str:
    return inspect.getdoc(inspect.getattr_static(entry.cls, member.name)) or ""
