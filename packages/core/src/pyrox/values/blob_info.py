"""What travels beside a serialized blob: the annotation ``BLBI``, in marshal's form.

Python's own marshal may crash on bytes that somebody made up. This reads the few kinds of values
that tell of a blob (info, object id, method), and nothing else. The format is CPython's
(Python/marshal.c, versions 2 to 4); docs/reference/protocol.md has what Pyro 5 puts there.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Callable
from typing import Any

from ..errors import Outcome, SerializeError

__all__ = ["BLOB_ANNOTATION", "read_blob_info", "write_blob_info"]

BLOB_ANNOTATION = "BLBI"
"""The annotation that tells what a blob is, and for which method."""

_VERSION = 4
_MAX_SIZE = 100_000
_MAX_DEPTH = 20
_REFERABLE = 0x80


def write_blob_info(info: Any, object_id: str, method: str) -> bytes:
    """Return the annotation; ``info`` is made of plain values.

    Raises SerializeError where it is not.
    """
    try:
        return marshal.dumps((info, object_id, method), _VERSION)
    except ValueError as error:
        raise SerializeError(
            f"the info of a blob has to be made of plain values: {error}",
            outcome=Outcome.NOT_SENT,
        ) from error


def read_blob_info(data: bytes) -> tuple[Any, str, str]:
    """Return (info, object id, method); SerializeError for anything else."""
    if len(data) > _MAX_SIZE:
        raise SerializeError(f"the info of a blob has at most {_MAX_SIZE:,} bytes")
    try:
        value = _Reader(data).value(0)
    except (IndexError, struct.error, ValueError, TypeError) as error:
        raise SerializeError(f"malformed info of a blob: {error}") from error
    if type(value) is tuple and len(value) == 3:
        info, object_id, method = value
        if isinstance(object_id, str) and isinstance(method, str):
            return info, object_id, method
    raise SerializeError("malformed info of a blob: not (info, object id, method)")


class _Reader:
    """Reads one value. Each kind is a letter; a bit in it says that others may refer to it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._known: list[Any] = []

    def value(self, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        code = self._take(1)[0]
        kind = chr(code & ~_REFERABLE)
        if kind == "r":
            return self._known[self._length()]
        place = len(self._known)
        if code & _REFERABLE:
            self._known.append(None)  # what is in it counts on
        value = self._read(kind, depth)
        if code & _REFERABLE:
            self._known[place] = value
        return value

    def _read(self, kind: str, depth: int) -> Any:
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in _NUMBERS:
            form, size = _NUMBERS[kind]
            found = struct.unpack(form, self._take(size))
            return complex(*found) if len(found) == 2 else found[0]
        if kind in _TEXTS:
            short, encoding = _TEXTS[kind]
            data = self._take(self._take(1)[0] if short else self._length())
            return data if encoding is None else data.decode(encoding, "surrogatepass")
        if kind in _COLLECTIONS:
            count = self._take(1)[0] if kind == ")" else self._length()
            return _COLLECTIONS[kind](self.value(depth + 1) for _ in range(count))
        if kind == "{":
            return self._dict(depth)
        if kind == "l":
            return self._long()
        raise ValueError(f"a value of kind {kind!r} has no place there")

    def _dict(self, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while self._data[self._position] != ord("0"):
            key = self.value(depth + 1)
            found[key] = self.value(depth + 1)
        self._position += 1
        return found

    def _long(self) -> int:
        """Read an int of any size: its sign and number of digits, of 15 bits each."""
        (count,) = struct.unpack("<i", self._take(4))
        digits = struct.unpack(f"<{abs(count)}H", self._take(2 * abs(count)))
        number: int = sum(digit << (15 * index) for index, digit in enumerate(digits))
        return -number if count < 0 else number

    def _length(self) -> int:
        return int.from_bytes(self._take(4), "little")

    def _take(self, size: int) -> bytes:
        taken = self._data[self._position : self._position + size]
        if len(taken) < size:
            raise ValueError("it ends too early")
        self._position += size
        return taken


_CONSTANTS = {"N": None, "T": True, "F": False, ".": Ellipsis}
_NUMBERS = {"i": ("<i", 4), "g": ("<d", 8), "y": ("<dd", 16)}
_TEXTS: dict[str, tuple[bool, str | None]] = {
    # whether the length is one byte, and how the characters are written
    "s": (False, None),
    "z": (True, "ascii"),
    "Z": (True, "ascii"),
    "a": (False, "ascii"),
    "A": (False, "ascii"),
    "u": (False, "utf-8"),
    "t": (False, "utf-8"),
}
_COLLECTIONS: dict[str, Callable[..., Any]] = {
    ")": tuple, "(": tuple, "[": list, "<": set, ">": frozenset,
}  # fmt: skip
