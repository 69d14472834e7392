"""A proxy as a plain value: what travels when an object is passed by reference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .uri import URI

__all__ = ["Members", "ObjectReference"]


_COLLECTIONS = (list, tuple, set, frozenset)


class Members(NamedTuple):
    """The names that a remote object offers, as the handshake tells them."""

    methods: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    oneway: frozenset[str] = frozenset()
    idempotent: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.methods or self.attributes)

    @classmethod
    def of(
        cls,
        methods: Iterable[str],
        attributes: Iterable[str],
        oneway: Iterable[str],
        idempotent: Iterable[str] = (),
    ) -> Members:
        """Make them of any collections of names: serializers differ in what they keep.

        Raises TypeError for anything else; a proxy, say, is not gone through.
        """
        return cls(*map(_names, (methods, attributes, oneway, idempotent)))


def _names(names: Iterable[str]) -> frozenset[str]:
    if type(names) not in _COLLECTIONS:
        raise TypeError(f"names come in a collection, not in a {type(names).__name__}")
    if set(map(type, names)) - {str}:
        raise TypeError("a name is a str")
    return frozenset(names)


class ObjectReference:
    """A URI with what a proxy needs to start with: no connection, no secrets.

    Not a tuple, which serializers would write as one.
    """

    __slots__ = ("members", "serializer", "uri")

    def __init__(
        self, uri: URI, members: Members | None = None, serializer: str | None = None
    ) -> None:
        self.uri = uri
        self.members = Members() if members is None else members
        self.serializer = serializer

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, ObjectReference):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[Any, ...]:
        return self.uri, self.members, self.serializer

    def __repr__(self) -> str:
        return f"<ObjectReference {self.uri}>"
