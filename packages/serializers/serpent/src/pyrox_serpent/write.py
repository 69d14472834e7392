"""Writing values as Python literals, in the form of the serpent library.

No blanks; bytes as a dictionary with their base64 text, unless literals are wanted; infinity as a
number too large; what has no literal (nan) as a dictionary with a ``__class__``.
"""

from __future__ import annotations

import math
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from pyrox import Converters, Outcome, SerializeError, plain

__all__ = ["MAX_DEPTH", "Writer", "write", "write_plain"]

MAX_DEPTH = 200
"""Python's own reader, which Pyro 5 uses, does not take more brackets inside each other."""


class Writer(NamedTuple):
    """How to write: with which converters, and whether bytes as literals (else as base64)."""

    converters: Converters
    literal_bytes: bool = False


Write: TypeAlias = Callable[[Any, Writer, int], str]

_AS_REPR = frozenset([str, int, bool, type(None)])
_NUMBERS = frozenset([int, float])


_CONTAINERS = frozenset([list, tuple, dict])
_PLAIN = frozenset([*_AS_REPR, *_CONTAINERS, float])
_LOOK_AT = 1_000_000
_LOOK_INTO = 8


def write_plain(value: Any) -> str | None:
    """Return ``value`` as Python writes it but for the blanks; None where that may be no literal.

    That is many times quicker.
    """
    kind = type(value)
    if kind in _AS_REPR:
        return repr(value)
    if kind is tuple and len(value) == 1 and type(value[0]) in _AS_REPR:
        return repr(value)  # the arguments of many a call
    separators = _separators(value) if kind in _CONTAINERS else None
    if separators is None:
        return None
    text = repr(value)
    if " " not in text:
        return text
    if separators == (text.count(", "), text.count(": ")):  # and so none of them is in a text
        return text.replace(", ", ",").replace(": ", ":")
    if '"' in text or "\\" in text:
        return None
    parts = text.split("'")  # outside and inside of texts by turns
    outside = "'".join(parts[::2]).replace(", ", ",").replace(": ", ":")
    parts[::2] = outside.split("'")
    return "'".join(parts)


def _separators(container: Any) -> tuple[int, int] | None:
    """Return how many commas and colons with a blank Python writes; None where it is no literal.

    All that is in the container is looked at, level by level, each by a few calls.
    """
    containers: list[Any] = [container]
    commas = colons = looked_at = 0
    for _ in range(_LOOK_INTO):
        dicts = [item for item in containers if type(item) is dict]
        if dicts:
            if not set(map(type, chain.from_iterable(dicts))) <= _AS_REPR:
                return None
            colons += sum(map(len, dicts))
            rest = [item for item in containers if type(item) is not dict]
            items = [*chain.from_iterable(rest), *chain.from_iterable(map(dict.values, dicts))]
        else:
            items = [*chain.from_iterable(containers)]
        commas += len(items) - sum(map(bool, containers))
        looked_at += len(items)
        kinds = set(map(type, items))
        if kinds <= _AS_REPR:
            return commas, colons
        if not kinds <= _PLAIN or looked_at > _LOOK_AT:
            return None
        if float in kinds and not all(map(math.isfinite, [x for x in items if type(x) is float])):
            return None
        containers = [item for item in items if type(item) in _CONTAINERS]
    return None


def write(value: Any, writer: Writer, depth: int = 0) -> str:
    """Return ``value`` as a literal."""
    kind = type(value)
    if kind in _AS_REPR:
        return repr(value)
    known = _WRITERS.get(kind)
    if known is not None:
        return known(value, writer, depth)
    if depth > MAX_DEPTH:
        raise _too_deep()
    return write(plain.simplify(value, writer.converters), writer, depth + 1)


def _items(values: Iterable[Any], writer: Writer, depth: int) -> str:
    if depth >= MAX_DEPTH:
        raise _too_deep()
    kinds = set(map(type, values))
    if kinds <= _AS_REPR:
        return ",".join(map(repr, values))
    if kinds <= _NUMBERS:
        text = ",".join(map(repr, values))
        if "n" not in text:  # inf and nan are no literals
            return text
    depth += 1
    return ",".join([write(item, writer, depth) for item in values])


def _list(value: list[Any], writer: Writer, depth: int) -> str:
    return f"[{_items(value, writer, depth)}]"


def _tuple(value: tuple[Any, ...], writer: Writer, depth: int) -> str:
    comma = "," if len(value) == 1 else ""
    return f"({_items(value, writer, depth)}{comma})"


def _set(value: set[Any], writer: Writer, depth: int) -> str:
    if not value:
        return "()"  # there is no literal for an empty set
    return f"{{{','.join([_key(item, writer, depth + 1) for item in value])}}}"


def _dict(value: dict[Any, Any], writer: Writer, depth: int) -> str:
    if depth >= MAX_DEPTH:
        raise _too_deep()
    depth += 1
    items = [
        f"{_key(key, writer, depth)}:"
        f"{repr(item) if type(item) in _AS_REPR else write(item, writer, depth)}"
        for key, item in value.items()
    ]
    return f"{{{','.join(items)}}}"


def _key(value: Any, writer: Writer, depth: int) -> str:
    if type(value) in _AS_REPR:
        return repr(value)
    text = write(value, writer, depth)
    if text[0] in "{[":
        raise SerializeError(
            f"serpent cannot write a {type(value).__name__} as a key or in a set: "
            "the other side reads it as something that cannot be one; "
            "use text, numbers or tuples, or another serializer",
            outcome=Outcome.NOT_SENT,
        )
    return text


def _float(value: float, writer: Writer, depth: int) -> str:
    if math.isfinite(value):
        return repr(value)
    if math.isnan(value):
        return "{'__class__':'float','value':'nan'}"
    return "1e30000" if value > 0 else "-1e30000"


def _complex(value: complex, writer: Writer, depth: int) -> str:
    real = _float(value.real, writer, depth)
    imaginary = _float(value.imag, writer, depth)
    if "nan" in real or "nan" in imaginary:
        return f"{{'__class__':'complex','real':{real},'imag':{imaginary}}}"
    plus = "" if imaginary[0] == "-" else "+"
    return f"({real}{plus}{imaginary}j)"


def _bytes(value: bytes | bytearray | memoryview, writer: Writer, depth: int) -> str:
    if writer.literal_bytes:
        return repr(bytes(value))
    text = b2a_base64(value, newline=False).decode("ascii")
    return f"{{'data': '{text}', 'encoding': 'base64'}}"


def _too_deep() -> SerializeError:
    return SerializeError(
        f"serpent cannot write this value: it is nested more than {MAX_DEPTH} levels deep, "
        "or contains itself",
        outcome=Outcome.NOT_SENT,
    )


_WRITERS: dict[type, Write] = {
    float: _float,
    complex: _complex,
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    dict: _dict,
}
