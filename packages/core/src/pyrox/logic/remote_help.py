"""What ``help`` shows of a remote object and of its methods, out of what its daemon tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..values.reference import Members
from ..values.uri import URI

__all__ = ["RemoteDoc", "help_of_method", "help_of_object", "undescribed"]


class RemoteDoc:
    """The docstring of a class, and of its instances what the other side says about them."""

    def __init__(self, text: str | None, ask: Callable[[Any], str | None]) -> None:
        self._text = text
        self._ask = ask

    def __get__(self, instance: Any, owner: type) -> str | None:
        return self._text if instance is None else (self._ask(instance) or self._text)


def undescribed(members: Members) -> dict[str, Any]:
    """Return a description of an object whose daemon, a Pyro 5 one, tells names alone."""
    return {
        "doc": "",
        "methods": {name: {"oneway": name in members.oneway} for name in members.methods},
        "attributes": {name: {} for name in members.attributes},
    }


def help_of_object(uri: URI, described: Mapping[str, Any]) -> str:
    """Return the help of an object: its docstring, methods with signatures, attributes."""
    parts = [f"Remote object {uri}", str(described.get("doc") or "")]
    for title, kind, show in (
        ("Methods", "methods", help_of_method),
        ("Attributes", "attributes", _help_of_attribute),
    ):
        members = described.get(kind) or {}
        if members:
            shown = "\n\n".join(show(name, members[name]) for name in sorted(members))
            parts.append(f"{title}:\n\n{_indented(shown)}")
    return "\n\n".join(filter(None, parts))


def help_of_method(name: str, told: Mapping[str, Any]) -> str:
    """Return the help of a method: signature and docstring."""
    marks = "".join(f"  [{mark}]" for mark in ("oneway", "idempotent") if told.get(mark))
    return _with_doc(f"{name}{told.get('signature') or '(...)'}{marks}", told)


def _help_of_attribute(name: str, told: Mapping[str, Any]) -> str:
    return _with_doc(name + ("  [writable]" if told.get("writable") else ""), told)


def _with_doc(line: str, told: Mapping[str, Any]) -> str:
    doc = str(told.get("doc") or "")
    return f"{line}\n{_indented(doc)}" if doc else line


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line.strip() else line for line in text.split("\n"))
