"""The serializer ``serpent``: Pyro 5's default, a Python literal as text.

The format is that of the serpent library: UTF-8, one comment line, then a literal. It is written
by :mod:`pyrox_serpent.write` and read by :mod:`pyrox_serpent.read`. A call is a tuple: object id,
method, args, kwargs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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

from .by_json import read_call, read_value
from .read import read
from .write import Writer, write, write_plain

__all__ = ["SerpentSerializer", "pyrox_register_serializer"]

HEADER = "# serpent utf-8 python3.2\n"


class SerpentSerializer(Serializer):
    """Python literals.

    Bytes are written as base64 text in a dictionary, as Pyro 5 does by default; with
    ``bytes_repr`` as literals, which any Python reads as bytes again, and takes more time for.
    That may be changed at any time.
    """

    name = "serpent"
    id = 1
    preference = 50

    def __init__(self, *, bytes_repr: bool = False) -> None:
        self.bytes_repr = bytes_repr

    def dumps(self, value: Any, converters: Converters) -> bytes:
        try:
            text = write_plain(value) or write(value, Writer(converters, self.bytes_repr))
            return (HEADER + text).encode()
        except PyroxError:
            raise
        except Exception as error:
            raise plain.unwritable("serpent", error) from error

    def dumps_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        converters: Converters,
    ) -> bytes:
        try:
            positional = write_plain(args)
            named = write_plain(kwargs) if kwargs else repr(kwargs)
            if positional is None or named is None:
                writer = Writer(converters, self.bytes_repr)
                positional = positional or write(args, writer, 1)
                named = named or write(kwargs, writer, 1)
            return f"{HEADER}({object_id!r},{method!r},{positional},{named})".encode()
        except PyroxError:
            raise
        except Exception as error:
            raise plain.unwritable("serpent", error) from error

    def loads(self, data: Buffer, converters: Converters) -> Any:
        try:
            text = str(data, "utf-8").removeprefix(HEADER)
            if "__class__" not in text and (value := read_value(text)) is not None:
                return value
            return read(text, converters)
        except (SerializeError, SecurityError):
            raise
        except Exception as error:
            raise plain.unreadable("serpent", error) from error

    def loads_call(self, data: Buffer, converters: Converters) -> tuple[Any, Any, Any, Any]:
        try:
            text = str(data, "utf-8").removeprefix(HEADER)
            if "__class__" not in text and (call := read_call(text)) is not None:
                object_id, method, args, kwargs = call
                return object_id, method, args, kwargs
        except UnicodeDecodeError as error:
            raise plain.unreadable("serpent", error) from error
        return super().loads_call(data, converters)


@hookimpl
def pyrox_register_serializer() -> Serializer:
    """Offer the serializer."""
    return SerpentSerializer()
