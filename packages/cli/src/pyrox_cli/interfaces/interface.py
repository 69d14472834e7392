"""The interface of an object: what its daemon tells of it, as a value without doubtful parts."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyrox import DAEMON_ID, URI, Proxy, resolve

from ..addresses import config_for, daemon_of
from .annotations import ANY
from .signatures import Signature, from_text, type_from_text

__all__ = ["Attribute", "Interface", "Method", "ask", "describe", "interface_of", "is_name"]


class Method(NamedTuple):
    """A method; it has no signature where nobody tells it, as of a Pyro5 daemon."""

    signature: Signature | None = None
    oneway: bool = False
    doc: str = ""


class Attribute(NamedTuple):
    """An attribute of an object, which may be set if it is writable."""

    annotation: str = ANY
    writable: bool = False
    doc: str = ""


class Interface(NamedTuple):
    """Everything that an object exposes. ``left_out`` has the names that Python cannot say."""

    methods: Mapping[str, Method]
    attributes: Mapping[str, Attribute]
    doc: str = ""
    left_out: tuple[str, ...] = ()


def ask(uri: URI, timeout: float) -> tuple[URI, Interface]:
    """Ask the daemon of an object about it; return where that is, and its interface.

    Raises what connecting does, and what the daemon does where it has no such object.
    """
    config = config_for(timeout)
    target = resolve(uri, config=config)
    with Proxy(daemon_of(target), config=config) as daemon:
        daemon._pyro.bind()
        return target, interface_of(describe(daemon, target.object or DAEMON_ID))


def describe(daemon: Proxy, object_id: str) -> dict[str, Any]:
    """Ask the daemon about an object; a Pyro5 one knows the bare names only."""
    if "describe" in daemon._pyro.methods:
        described = _told(daemon.describe(object_id))
        return {
            "doc": described.get("doc") or "",
            "methods": dict(_told(described.get("methods"))),
            "attributes": dict(_told(described.get("attributes"))),
        }
    meta = daemon.get_metadata(object_id)
    oneway = set(meta.get("oneway", ()))
    return {
        "doc": "",
        "methods": {name: {"oneway": name in oneway} for name in meta.get("methods", ())},
        "attributes": {name: {} for name in meta.get("attrs", ())},
    }


def interface_of(described: Mapping[str, Any]) -> Interface:
    """Return the interface that a description tells; what is no text or no name is left out."""
    methods = {str(name): _told(told) for name, told in described["methods"].items()}
    attributes = {str(name): _told(told) for name, told in described["attributes"].items()}
    good = {name for name in {*methods, *attributes} if is_name(name)}
    return Interface(
        {name: _method(told) for name, told in sorted(methods.items()) if name in good},
        {
            name: Attribute(
                type_from_text(told.get("annotation")), bool(told.get("writable")), _doc(told)
            )
            for name, told in sorted(attributes.items())
            if name in good and name not in methods
        },
        _doc(described),
        tuple(sorted({*methods, *attributes} - good)),
    )


def _method(told: Mapping[str, Any]) -> Method:
    signature, oneway = from_text(told.get("signature")), bool(told.get("oneway"))
    if signature is not None and oneway:  # whatever it returns, nobody gets it
        signature = signature._replace(returns="None")
    return Method(signature, oneway, _doc(told))


def is_name(name: str) -> bool:
    """Tell whether a member of a class in a file may be called so.

    Not with one underscore, which is private; not as what every object has; and not with letters
    that Python takes for others.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name in _EVERY_OBJECT:
        return False
    if name.startswith("_") and not (name.startswith("__") and name.endswith("__")):
        return False
    return unicodedata.normalize("NFKC", name) == name


_EVERY_OBJECT = {*dir(object), "__annotations__", "__dict__", "__module__", "__slots__"} | {
    *("__abstractmethods__", "__match_args__", "__mro_entries__", "__orig_bases__"),
    *("__parameters__", "__protocol_attrs__", "__weakref__", "__getattr__"),
}


def _told(told: Any) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}


def _doc(told: Mapping[str, Any]) -> str:
    doc = told.get("doc")
    return doc.strip() if isinstance(doc, str) else ""
