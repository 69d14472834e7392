"""The serializer ``json``: readable everywhere, knows the fewest types.

The format is JSON in UTF-8, written as Pyro 5 writes it: other alphabets unescaped, ``NaN`` and
``Infinity`` as Python's json module spells them. A call is an object with the keys ``object``,
``method``, ``params`` and ``kwargs``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pyrox import (
    Buffer,
    Converters,
    PyroxError,
    SecurityError,
    SerializeError,
    Serializer,
    hookimpl,
    plain,
)

__all__ = ["JsonSerializer", "pyrox_register_serializer"]

_LACKING = frozenset([bytes, bytearray, memoryview, complex])
_CALL = ("object", "method", "params", "kwargs")
_decode = json.JSONDecoder().raw_decode
_FROM_OTHER_KEY = re.compile(r'"(?:-?\d[^"]*|true|false|null|NaN|-?Infinity)":')
"""Finds what may be a key that was no text: 1, True and None become "1", "true" and "null"."""


class _Tools(NamedTuple):
    """What is made once for each Converters."""

    encode: Callable[[Any], str]
    decode_classes: Callable[[str], tuple[Any, int]]


class JsonSerializer(Serializer):
    """JSON in UTF-8."""

    name = "json"
    id = 3
    preference = 40

    def dumps(self, value: Any, converters: Converters) -> bytes:
        try:
            if converters.extends_builtins:
                value = plain.convert(value, converters)
            text = _tools(converters).encode(value)
            if _FROM_OTHER_KEY.search(text):
                _check_keys(text)
            return text.encode()
        except PyroxError:
            raise
        except Exception as error:
            raise plain.unwritable("json", error) from error

    def loads(self, data: Buffer, converters: Converters) -> Any:
        try:
            text = str(data, "utf-8").strip(" \t\r\n")
            decode = _tools(converters).decode_classes if "__class__" in text else _decode
            value, end = decode(text)
        except (SerializeError, SecurityError):
            raise
        except Exception as error:
            raise plain.unreadable("json", error) from error
        if end != len(text):
            raise SerializeError("json cannot read what arrived: more follows after the value")
        return value

    def dumps_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        converters: Converters,
    ) -> bytes:
        call = {"object": object_id, "method": method, "params": args, "kwargs": kwargs}
        return self.dumps(call, converters)

    def loads_call(self, data: Buffer, converters: Converters) -> tuple[Any, Any, Any, Any]:
        call = self.loads(data, converters)
        if type(call) is not dict:
            raise SerializeError(f"malformed call: a map was expected, not {type(call).__name__}")
        try:
            return call["object"], call["method"], call["params"], call["kwargs"]
        except KeyError as error:
            expected = ", ".join(_CALL)
            raise SerializeError(f"malformed call: expected the keys {expected}") from error


def _no_key_twice(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("two keys of a dictionary are the same in JSON, and one would be lost")


_check_keys = json.JSONDecoder(object_pairs_hook=_no_key_twice).decode


def _tools(converters: Converters) -> _Tools:
    try:
        tools: _Tools = converters.cache["json"]
    except KeyError:
        tools = converters.cache["json"] = _make_tools(converters)
    return tools


def _make_tools(converters: Converters) -> _Tools:
    def default(value: Any) -> Any:
        kind = type(value)
        if kind in _LACKING:
            raise TypeError(f"JSON has no form for {kind.__name__}")
        if kind is set or kind is frozenset:
            return list(value)
        return plain.simplify(value, converters)

    def revive(values: dict[str, Any]) -> Any:
        return converters.from_plain(values) if "__class__" in values else values

    # Without check_circular a value that contains itself ends in a RecursionError, and each
    # container costs less.
    encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, default=default)
    return _Tools(encoder.encode, json.JSONDecoder(object_hook=revive).raw_decode)


@hookimpl
def pyrox_register_serializer() -> Serializer:
    """Offer the serializer."""
    return JsonSerializer()
