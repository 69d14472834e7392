"""The serializer ``marshal``: Python's own format, for peers that use it already.

It is what Python's :mod:`marshal` writes, version 4. Python says that it must not be given bytes
from strangers, so those are checked first: see :mod:`pyrox_marshal.check`. A call is a tuple:
object id, method, list of args, kwargs.
"""

from __future__ import annotations

import marshal
from array import array
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

from .check import check

__all__ = ["MarshalSerializer", "pyrox_register_serializer"]

VERSION = 4


class MarshalSerializer(Serializer):
    """Python's marshal format, checked before it is read."""

    name = "marshal"
    id = 2

    def dumps(self, value: Any, converters: Converters) -> bytes:
        try:
            if type(value) is array:  # inside of containers it travels as its bytes
                value = plain.simplify(value, converters)
            try:
                return marshal.dumps(value, VERSION)
            except ValueError:
                return marshal.dumps(plain.flatten(value, converters), VERSION)
        except PyroxError:
            raise
        except Exception as error:
            raise plain.unwritable("marshal", error) from error

    def loads(self, data: Buffer, converters: Converters) -> Any:
        try:
            if type(data) is not bytes:
                data = bytes(data)
            check(data)
            value = marshal.loads(data)
            return plain.revive(value, converters) if b"__class__" in data else value
        except (SerializeError, SecurityError):
            raise
        except Exception as error:
            raise plain.unreadable("marshal", error) from error

    def dumps_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        converters: Converters,
    ) -> bytes:
        args = [plain.simplify(arg, converters) if type(arg) is array else arg for arg in args]
        return self.dumps((object_id, method, args, kwargs), converters)


@hookimpl
def pyrox_register_serializer() -> Serializer:
    """Offer the serializer."""
    return MarshalSerializer()
