"""The contract of a serializer plugin: values to bytes and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import SerializeError
from ..wire.buffers import Buffer, Payload, Pieces
from .converters import Converters

__all__ = ["Codec", "Serializer"]

_SEQUENCES = (list, tuple)


class Serializer(ABC):
    """Turns values into bytes and back; one instance serves the whole process and all threads.

    A subclass sets ``name`` (what users write) and ``id`` (one byte on the wire, never changed;
    1 to 4 are Pyro 5's, 42 is its ping). Of the serializers that two pyrox peers both have, the
    one with the highest ``preference`` is taken; 0 means that any other is better.

    A value that the format has no form for goes to ``converters.to_plain``; a dictionary that
    arrives with a ``__class__`` key goes to ``converters.from_plain``. Both raise what tells the
    user why. Whatever else goes wrong may be raised as it comes: the caller makes a
    SerializeError of it.
    """

    name: str
    id: int
    preference: int = 0

    @abstractmethod
    def dumps(self, value: Any, converters: Converters) -> Payload:
        """Return ``value`` as bytes, or as Pieces where it holds large ones."""

    @abstractmethod
    def loads(self, data: Buffer, converters: Converters) -> Any:
        """Return the value in ``data``, which may be any buffer and is not trusted."""

    def dumps_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        converters: Converters,
    ) -> Payload:
        """Return a call as bytes; by default the four parts as one sequence.

        ``kwargs`` is None for attribute access and batches, as Pyro 5 sends it; the ``args`` of a
        batch are its calls, each (method, args, kwargs).
        """
        return self.dumps((object_id, method, args, kwargs), converters)

    def loads_call(self, data: Buffer, converters: Converters) -> tuple[Any, Any, Any, Any]:
        """Return (object id, method, args, kwargs) of a call, unchecked."""
        call = self.loads(data, converters)
        if not isinstance(call, _SEQUENCES) or len(call) != 4:
            raise SerializeError("malformed call: expected object id, method, args and kwargs")
        object_id, method, args, kwargs = call
        return object_id, method, args, kwargs

    def codec(self, converters: Converters) -> Codec:
        """Return it bound to ``converters``: what a connection writes and reads all its values by.

        To be overridden by a format that has something to prepare, once instead of for each value.
        """
        return Codec(self, converters)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} id={self.id}>"


class Codec:
    """A serializer with its converters. The methods are the serializer's, without those."""

    __slots__ = ("converters", "id", "name", "serializer")

    def __init__(self, serializer: Serializer, converters: Converters) -> None:
        self.serializer = serializer
        self.converters = converters
        self.name = serializer.name
        self.id = serializer.id

    def dumps(self, value: Any) -> Payload:
        """Return ``value`` as bytes, or as Pieces where it holds large ones."""
        return self.serializer.dumps(value, self.converters)

    def loads(self, data: Payload) -> Any:
        """Return the value in ``data``."""
        return self.serializer.loads(_joined(data), self.converters)

    def find_bulk(self, beginning: bytes) -> tuple[int, int] | None:
        """Return where large bytes begin in a payload that begins like this, and how many they are.

        They are received where they are to stay then, and :meth:`loads` and :meth:`loads_call`
        are given three Pieces: what is before them, the bytes, what is after them. By default it
        is None, and nobody gets Pieces.
        """
        return None

    def dumps_call(
        self, object_id: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any] | None
    ) -> Payload:
        """Return a call as bytes."""
        return self.serializer.dumps_call(object_id, method, args, kwargs, self.converters)

    def loads_call(self, data: Payload) -> tuple[Any, Any, Any, Any]:
        """Return (object id, method, args, kwargs) of a call, unchecked."""
        return self.serializer.loads_call(_joined(data), self.converters)


def _joined(data: Payload) -> Buffer:
    return bytes(data) if isinstance(data, Pieces) else data
