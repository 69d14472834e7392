"""A check of marshal data, to be made before Python reads it.

Python's marshal trusts what it reads: it takes memory for whatever count is named, builds code
objects, and can be made to crash. What passes here is whole, ends where it should, holds only
values, and none that contains itself. The time is linear in the data.

A value is a type byte, its data, and perhaps values. Where the top bit of the type byte is set,
the value is numbered, and a later reference may repeat it by its number.
"""

from __future__ import annotations

import struct

from pyrox import SerializeError, plain

__all__ = ["MAX_UNFOLDED", "check"]

MAX_UNFOLDED = 10_000_000
"""How many values there may be once references are followed: a few dozen references to
references can stand for more values than could ever be hashed or sent."""

_size_at = struct.Struct("<i").unpack_from

_NUMBERED = 0x80
_SHORT_DATA, _LONG_DATA, _BIG_INT, _REFERENCE, _CONTAINER, _END_OF_DICT, _REFUSED = range(-7, 0)
_TYPES = {
    b"NTF": 0,
    b"i": 4,
    b"g": 8,
    b"y": 16,
    b"zZ": _SHORT_DATA,
    b"aAtus": _LONG_DATA,
    b"l": _BIG_INT,
    b"([<>){": _CONTAINER,
}
_SIZES = [_REFUSED] * 256
for _letters, _size in _TYPES.items():
    for _code in _letters:
        _SIZES[_code] = _SIZES[_code | _NUMBERED] = _size
_SIZES[ord("r")] = _REFERENCE
_SIZES[ord("0")] = _END_OF_DICT
"""By type byte: how many bytes of data follow, or (negative) what else must be looked at."""

_OPEN = 0
_NO_NUMBER = -1
_KEY_IS_NEXT = -1
"""What a dictionary lacks is counted down from here without end: at odd numbers comes a key."""


def check(data: bytes) -> None:
    """Raise SerializeError unless ``data`` is one whole marshal value that is safe to read."""
    try:
        end = _scan(data)
    except (IndexError, struct.error):
        raise _bad("it ends too early") from None
    if end != len(data):
        raise _bad("it ends too early" if end > len(data) else "more follows after the value")


def _scan(data: bytes) -> int:
    """Walk through one value and return where it ends."""
    position = values = 0
    numbered: list[int] = []  # how many values each numbered one unfolds to
    around: list[tuple[int, int, int]] = []  # the state of the containers around this one
    lacking, number, before = 1, _NO_NUMBER, 0
    while True:
        code = data[position]
        position += 1
        values += 1
        size = _SIZES[code]
        if size == _CONTAINER:
            around.append((lacking, number, before))
            if len(around) > plain.MAX_DEPTH:
                raise _bad("it is nested too deeply")
            lacking, position = _open(data, code & ~_NUMBERED, position)
            number, before = _NO_NUMBER, values
            if code & _NUMBERED:
                number = len(numbered)
                numbered.append(_OPEN)
        elif size == _END_OF_DICT and lacking < 0 and lacking % 2:
            lacking = 0
        else:
            if size >= 0:
                position += size
            elif size == _SHORT_DATA:
                position += 1 + data[position]
            elif size == _REFERENCE:
                values += _repeated(data, position, numbered)
                position += 4
                if values > MAX_UNFOLDED:
                    raise _bad("its references unfold to too many values")
            else:
                position += _size_of_long(data, position, code)
            if code & _NUMBERED:
                numbered.append(1)
            lacking -= 1
        while lacking == 0:
            if not around:
                return position
            if number != _NO_NUMBER:
                numbered[number] = values - before + 1
            lacking, number, before = around.pop()
            lacking -= 1


def _open(data: bytes, code: int, position: int) -> tuple[int, int]:
    """Return how many values a container holds and where the first one is."""
    if code == ord("{"):
        return _KEY_IS_NEXT, position
    if code == ord(")"):
        return data[position], position + 1
    return _count(data, position), position + 4


def _size_of_long(data: bytes, position: int, code: int) -> int:
    """Return how many bytes belong to a value whose length is written in four bytes."""
    size = _SIZES[code]
    if size == _LONG_DATA:
        return 4 + _count(data, position)
    if size == _BIG_INT:
        digits: int = _size_at(data, position)[0]
        return 4 + 2 * abs(digits)
    raise _bad(f"the type {chr(code & ~_NUMBERED)!r} is not allowed")


def _count(data: bytes, position: int) -> int:
    count: int = _size_at(data, position)[0]
    if not 0 <= count <= len(data):
        raise _bad("it ends too early")
    return count


def _repeated(data: bytes, position: int, numbered: list[int]) -> int:
    """Return how many values a reference adds to the one that it is."""
    number = _count(data, position)
    if number >= len(numbered):
        raise _bad("it refers to a value that is not there")
    if numbered[number] == _OPEN:
        raise _bad("it contains itself")
    return numbered[number] - 1


def _bad(reason: str) -> SerializeError:
    return SerializeError(f"marshal cannot read what arrived: {reason}")
