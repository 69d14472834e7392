"""What changed between two interfaces, and whether those who call the old one notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .annotations import ANY, parts
from .interface import Attribute, Interface, Method
from .signatures import Kind, Parameter, Signature

__all__ = ["Change", "changes"]

_KINDS = {
    Kind.POSITIONAL_ONLY: "by position",
    Kind.POSITIONAL_OR_KEYWORD: "by position or name",
    Kind.KEYWORD_ONLY: "by name",
}
_INCLUDES = {"int": {"bool"}, "float": {"int", "bool"}}
"""Types whose values a type checker takes for another type, too."""


class Change(NamedTuple):
    """One difference: of which member, what it is, and the details.

    It is breaking if a call that was right with the old interface may not be with the new one.
    """

    member: str
    change: str
    detail: str
    breaking: bool


def changes(old: Interface, new: Interface) -> list[Change]:
    """Return the differences, by member; documentation does not count."""
    before, after = _members(old), _members(new)
    found: list[Change] = []
    for name in sorted({*before, *after}):
        found += _member_changes(name, before.get(name), after.get(name))
    return found


def _members(interface: Interface) -> dict[str, Method | Attribute]:
    return {**interface.attributes, **interface.methods}


def _member_changes(
    name: str, old: Method | Attribute | None, new: Method | Attribute | None
) -> Iterator[Change]:
    if old is None or new is None:
        if new is not None:
            yield Change(name, f"{_kind(new)} added", _shown(new), False)
        elif old is not None:
            yield Change(name, f"{_kind(old)} removed", _shown(old), True)
    elif isinstance(old, Method) and isinstance(new, Method):
        yield from _method_changes(name, old, new)
    elif isinstance(old, Attribute) and isinstance(new, Attribute):
        yield from _attribute_changes(name, old, new)
    else:
        yield Change(name, f"{_kind(old)} became {_kind(new)}", _shown(new), True)


def _kind(member: Method | Attribute) -> str:
    return "method" if isinstance(member, Method) else "attribute"


def _shown(member: Method | Attribute) -> str:
    if isinstance(member, Method):
        return str(member.signature or "(...)")
    return member.annotation


def _attribute_changes(name: str, old: Attribute, new: Attribute) -> Iterator[Change]:
    if old.annotation != new.annotation:
        breaking = not _fits(new.annotation, old.annotation) or (
            old.writable and not _fits(old.annotation, new.annotation)
        )
        yield _changed(name, "type changed", old.annotation, new.annotation, breaking)
    if old.writable != new.writable:
        change = "became read-only" if old.writable else "became writable"
        yield Change(name, change, "", old.writable)


def _method_changes(name: str, old: Method, new: Method) -> Iterator[Change]:
    if old.oneway != new.oneway:
        change = "became oneway" if new.oneway else "is not oneway any more"
        yield Change(name, change, "", new.oneway)
    if old.signature is None or new.signature is None:
        if old.signature is not new.signature:
            change = "signature told" if old.signature is None else "signature not told any more"
            yield Change(name, change, _shown(new if old.signature is None else old), False)
        return
    yield from _parameter_changes(name, old.signature, new.signature)
    before, after = old.signature.returns, new.signature.returns
    if before != after and old.oneway == new.oneway:
        yield _changed(name, "return type changed", before, after, not _fits(after, before))


def _parameter_changes(name: str, old: Signature, new: Signature) -> Iterator[Change]:
    before, after = _by_name(old), _by_name(new)
    renamed = _renamed(before, after)
    matched = {each: renamed.get(each, each) for each in before if renamed.get(each, each) in after}
    for each, parameter in before.items():
        if each not in matched:
            swallowed = _takes(new, parameter)
            yield Change(name, "parameter removed", _declared(parameter), not swallowed)
        else:
            yield from _pair_changes(name, parameter, after[matched[each]])
    for each, parameter in after.items():
        if each not in matched.values():
            # What went to *args before arrives in its place.
            breaking = parameter.is_required or (parameter.is_positional and "*" in before)
            yield Change(name, "parameter added", _declared(parameter), breaking)
    yield from _moves(name, matched, before, after)


def _by_name(signature: Signature) -> dict[str, Parameter]:
    """Return the parameters by their names; those that take the rest by their stars."""
    return {p.label.removesuffix(p.name) if p.is_rest else p.name: p for p in signature.parameters}


def _renamed(before: Mapping[str, Parameter], after: Mapping[str, Parameter]) -> dict[str, str]:
    """Return the new names of parameters that stand where one of another name stood."""
    places = zip(_positional(before), _positional(after), strict=False)
    return {old: new for old, new in places if old not in after and new not in before}


def _positional(parameters: Mapping[str, Parameter]) -> list[str]:
    return [name for name, parameter in parameters.items() if parameter.is_positional]


def _takes(signature: Signature, removed: Parameter) -> bool:
    """Tell whether an argument that has no parameter any more is taken with the rest."""
    kinds = {parameter.kind for parameter in signature.parameters}
    needed = {
        Kind.POSITIONAL_ONLY: {Kind.VAR_POSITIONAL},
        Kind.KEYWORD_ONLY: {Kind.VAR_KEYWORD},
        Kind.POSITIONAL_OR_KEYWORD: {Kind.VAR_POSITIONAL, Kind.VAR_KEYWORD},
    }
    return removed.kind in needed and needed[removed.kind] <= kinds


def _pair_changes(name: str, old: Parameter, new: Parameter) -> Iterator[Change]:
    if old.name != new.name and not old.is_rest:
        by_name = old.kind is not Kind.POSITIONAL_ONLY
        yield _changed(name, "parameter renamed", old.name, new.name, by_name)
    if old.kind is not new.kind:
        narrower = new.kind is not Kind.POSITIONAL_OR_KEYWORD
        before, after = _KINDS[old.kind], _KINDS[new.kind]
        yield _changed(name, "parameter given otherwise", before, after, narrower, new.name)
    if old.annotation != new.annotation:
        breaking = not _fits(old.annotation, new.annotation)
        before, after = old.annotation, new.annotation
        yield _changed(name, "parameter type changed", before, after, breaking, new.label)
    if old.is_required != new.is_required:
        change = "parameter made required" if new.is_required else "parameter made optional"
        yield Change(name, change, _declared(new), new.is_required)
    elif old.default != new.default and "..." not in (old.default, new.default):
        yield _changed(name, "default changed", old.default, new.default, False, new.name)


def _moves(
    name: str,
    matched: Mapping[str, str],
    before: Mapping[str, Parameter],
    after: Mapping[str, Parameter],
) -> Iterator[Change]:
    """Yield the parameters that stand at another place, unless one before them was removed."""
    old, new = _positional(before), _positional(after)
    if not all(each in matched for each in old):
        return
    for number, each in enumerate(old):
        there = matched[each]
        if there in new and new.index(there) != number:
            place = str(new.index(there) + 1)
            yield _changed(name, "parameter moved", str(number + 1), place, True, there)


def _fits(value: str, place: str) -> bool:
    """Tell whether all values of one type are of the other; with Any, nobody can complain."""
    values, places = parts(value), parts(place)
    if ANY in values | places or "object" in places:
        return True
    for wider, narrower in _INCLUDES.items():
        places |= narrower if wider in places else set()
    return values <= places


def _declared(parameter: Parameter) -> str:
    default = f" = {parameter.default}" if parameter.default else ""
    return f"{parameter.label}: {parameter.annotation}{default}"


def _changed(
    member: str, change: str, old: Any, new: Any, breaking: bool, subject: str = ""
) -> Change:
    detail = f"{old} -> {new}"
    return Change(member, change, f"{subject}: {detail}" if subject else detail, breaking)
