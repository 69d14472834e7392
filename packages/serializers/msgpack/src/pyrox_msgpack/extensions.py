"""The extension types of Pyro 5 in MessagePack.

====  ================  =======================================================
code  type              data
====  ================  =======================================================
0x30  complex           two doubles: real, imaginary
0x31  int over 64 bits  decimal digits in ASCII
0x32  naive datetime    a double: the timestamp, taking it for local time
0x33  date              an integer of 8 bytes: the proleptic ordinal
====  ================  =======================================================

Pyro 5 writes them in the machine's own byte order and sizes. That is little-endian and 8 bytes
nearly everywhere, so here it is so always.
"""

from __future__ import annotations

import datetime
from struct import Struct
from typing import Any

from msgpack import ExtType

from pyrox import Outcome, SerializeError

__all__ = ["decode_extension", "encode_extension"]

COMPLEX = 0x30
BIG_INT = 0x31
DATETIME = 0x32
DATE = 0x33

_TWO_DOUBLES = Struct("<dd")
_DOUBLE = Struct("<d")


def encode_extension(value: Any) -> ExtType | None:
    """Return the extension that ``value`` travels as, or None where there is none for it."""
    if type(value) is int:
        return ExtType(BIG_INT, b"%d" % value)
    if isinstance(value, complex):
        return ExtType(COMPLEX, _TWO_DOUBLES.pack(value.real, value.imag))
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            raise SerializeError(
                "msgpack cannot serialize datetime with timezone info: "
                "send value.isoformat(), or a naive datetime",
                outcome=Outcome.NOT_SENT,
            )
        return ExtType(DATETIME, _DOUBLE.pack(value.timestamp()))
    if isinstance(value, datetime.date):
        return ExtType(DATE, value.toordinal().to_bytes(8, "little"))
    return None


def decode_extension(code: int, data: bytes) -> Any:
    """Return the value of an extension."""
    if code == COMPLEX:
        return complex(*_TWO_DOUBLES.unpack(data))
    if code == BIG_INT:
        return _big_int(data)
    if code == DATETIME:
        return datetime.datetime.fromtimestamp(_DOUBLE.unpack(data)[0])
    if code == DATE and len(data) in (4, 8):  # 4 from a Pyro 5 on Windows
        return datetime.date.fromordinal(int.from_bytes(data, "little", signed=True))
    raise SerializeError(f"invalid ext code for msgpack: {code}")


def _big_int(data: bytes) -> int:
    digits = data[1:] if data[:1] == b"-" else data
    if not digits.isdigit():
        raise SerializeError("malformed integer in msgpack")
    return int(data)
