"""Help for serializers: values that a format lacks, and what goes wrong.

Most formats know few types. What every serializer of pyrox sends in place of the rest is decided
here, as serpent decided it for Pyro 5: a Decimal or a UUID as text, a named tuple as a tuple, a
deque as a list. A format that has a better form for a type uses that instead.
"""

from __future__ import annotations

import array
import datetime
import decimal
import enum
import uuid
from collections import UserDict, UserList, UserString, deque
from collections.abc import Callable, Collection
from typing import Any

from ..errors import Outcome, SerializeError
from .converters import Converters

__all__ = [
    "MAX_DEPTH",
    "TOO_DEEP",
    "convert",
    "flatten",
    "is_special",
    "revive",
    "simplify",
    "unreadable",
    "unwritable",
]

MAX_DEPTH = 500
"""How deeply containers may be nested; some formats and interpreters end earlier."""
TOO_DEEP = "the value is nested too deeply, or contains itself"

_LEAVES = frozenset(
    [type(None), bool, int, float, complex, str, bytes, bytearray, memoryview, array.array]
)
_CONTAINERS = frozenset([list, tuple, dict])


def _array(value: Any) -> Any:
    return value.tounicode() if value.typecode in "uw" else value.tolist()


_FORMS: dict[type, Callable[[Any], Any]] = {
    # Subclasses of what Python has: an IntEnum is an int, a named tuple a tuple.
    int: int.__int__,
    float: float.__float__,
    complex: lambda value: complex(value.real, value.imag),
    str: str.__str__,
    bytes: lambda value: bytes(memoryview(value)),
    bytearray: lambda value: bytes(memoryview(value)),
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    dict: dict,
    # Types with a plain form of their own.
    enum.Enum: lambda value: value.value,
    decimal.Decimal: str,
    uuid.UUID: str,
    datetime.datetime: datetime.datetime.isoformat,
    datetime.date: datetime.date.isoformat,
    datetime.time: str,
    datetime.timedelta: datetime.timedelta.total_seconds,
    array.array: _array,
    deque: list,
    UserDict: dict,
    UserList: list,
    UserString: str,
    type({}.keys()): list,
    type({}.values()): list,
    type({}.items()): list,
}


def is_special(value: Any, converters: Converters) -> bool:
    """Tell whether ``value`` has a converter, or is an object that travels as a proxy."""
    return converters.is_registered(type(value)) or converters.reference_to(value) is not None


def simplify(value: Any, converters: Converters) -> Any:
    """Return what travels in place of ``value``, of a type that the format does not know.

    It may hold such values in turn. Raises SerializeError where the value cannot travel.
    """
    if is_special(value, converters):
        return converters.to_plain(value)
    for base in type(value).__mro__:
        form = _FORMS.get(base)
        if form is not None:
            return form(value)
    return converters.to_plain(value)


def convert(value: Any, converters: Converters, depth: int = 0) -> Any:
    """Return ``value`` with all in it that has a converter replaced: keys of dictionaries excepted.

    For formats that write a subclass of what Python has as its base class, without asking.
    """
    kind = type(value)
    if kind in _LEAVES:
        return value
    if depth > MAX_DEPTH:
        raise SerializeError(TOO_DEEP, outcome=Outcome.NOT_SENT)
    depth += 1
    if kind is dict:
        return {key: convert(item, converters, depth) for key, item in value.items()}
    if kind in (list, tuple, set, frozenset):
        return [convert(item, converters, depth) for item in value]
    if converters.is_registered(kind):
        return convert(converters.to_plain(value), converters, depth)
    return value


def flatten(
    value: Any, converters: Converters, depth: int = 0, keep: Collection[type] = frozenset()
) -> Any:
    """Return ``value`` with everything in it simplified: for formats that have no hook.

    ``keep`` are the types that the format has a form of its own for, besides those of JSON, bytes,
    complex, and the containers of Python.
    """
    kind = type(value)
    if kind in _LEAVES or kind in keep:
        return value
    if depth > MAX_DEPTH:
        raise SerializeError(TOO_DEEP, outcome=Outcome.NOT_SENT)
    depth += 1
    if kind is dict:
        return {
            flatten(key, converters, depth, keep): flatten(item, converters, depth, keep)
            for key, item in value.items()
        }
    if kind in (list, tuple, set, frozenset):
        return kind([flatten(item, converters, depth, keep) for item in value])
    return flatten(simplify(value, converters), converters, depth, keep)


def revive(value: Any, converters: Converters) -> Any:
    """Return ``value`` with each dictionary that has a ``__class__`` key made an object.

    Innermost first, so that a converter sees objects. Lists and dictionaries change in place.
    """
    return _revive(value, converters, {}) if type(value) in _CONTAINERS else value


def _revive(value: Any, converters: Converters, done: dict[int, tuple[Any, Any]]) -> Any:
    # ``done`` keeps the originals as well: an id is only an id while its object lives.
    if id(value) in done:
        return done[id(value)][1]
    done[id(value)] = value, value
    result = value
    if type(value) is tuple:
        items = list(value)
        _revive_items(items, enumerate(value), converters, done)
        result = tuple(items)
    elif type(value) is list:
        _revive_items(value, enumerate(value), converters, done)
    else:
        _revive_items(value, value.items(), converters, done)
        if "__class__" in value:
            result = converters.from_plain(value)
    done[id(value)] = value, result
    return result


def _revive_items(target: Any, items: Any, converters: Converters, done: Any) -> None:
    for key, item in items:
        if type(item) in _CONTAINERS:
            target[key] = _revive(item, converters, done)


_REASONS = {
    "RecursionError": TOO_DEEP,
    "StackError": TOO_DEEP,  # msgpack again
    "MemoryError": "out of memory",
    "UnicodeEncodeError": "a str in it has lone surrogates, which UTF-8 cannot hold",
}


def unwritable(serializer: str, error: Exception) -> SerializeError:
    """Return the error that tells why a value could not be written."""
    return SerializeError(
        f"{serializer} cannot write this value: {_reason(error)}; "
        "send plain values, register a converter for the class, or choose another serializer",
        outcome=Outcome.NOT_SENT,
    )


def unreadable(serializer: str, error: Exception) -> SerializeError:
    """Return the error that tells why bytes could not be read; it never quotes them at length."""
    return SerializeError(f"{serializer} cannot read what arrived: {_reason(error)}")


def _reason(error: Exception) -> str:
    name = type(error).__name__
    text = str(error)[:200]
    if "recursion limit" in text:  # msgpack's words for it
        return TOO_DEEP
    return _REASONS.get(name) or text or name
