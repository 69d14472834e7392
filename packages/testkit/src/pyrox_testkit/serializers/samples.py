"""Values of every type that programs send, by a name each."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import math
import uuid
from typing import Any, NamedTuple

__all__ = ["FLOATS", "INTS", "SAMPLES", "TEXTS", "Color", "Level", "Sample"]


class Color(enum.Enum):
    """An enumeration."""

    RED = "red"


class Level(enum.IntEnum):
    """An enumeration whose members are numbers."""

    LOW = 1


class Text(str):
    """A subclass of str."""

    __slots__ = ()


Pair = collections.namedtuple("Pair", "left right")


class Sample(NamedTuple):
    """A value; ``kind`` is the type by which ``keeps`` names it."""

    kind: type
    value: Any


NAIVE = datetime.datetime(2026, 11, 23, 12, 30, 15, 250000)
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))

INTS = {
    **{f"2**{bits}": 2**bits for bits in (31, 32, 53, 63, 64, 200, 2000)},
    **{f"2**{bits}-1": 2**bits - 1 for bits in (32, 53, 63, 64)},
    **{f"-2**{bits}": -(2**bits) for bits in (32, 53, 63, 64, 200)},
    **{f"-2**{bits}-1": -(2**bits) - 1 for bits in (31, 53, 63)},
    "600 digits": int("1234567890" * 60),
}
FLOATS = {
    "0.0": 0.0,
    "-0.0": -0.0,
    "0.1": 0.1,
    "a third": 1 / 3,
    "whole": 3.0,
    "-1e-300": -1e-300,
    "largest": 1.7976931348623157e308,
    "smallest normal": 2.2250738585072014e-308,
    "denormal": 5e-324,
    "-denormal": -5e-324,
    "2**53+2": 9007199254740994.0,
    "over 64 bits": 1e20,
    "inf": math.inf,
    "-inf": -math.inf,
    "nan": math.nan,
}
TEXTS = {
    "empty": "",
    "blank": " ",
    "blanks around": "  a  ",
    "line ends": "a\nb\r\nc\rd\n",
    "line end alone": "\n",
    "tabs": "\ta\t",
    "quotes": 'it\'s "quoted" `so` \'\'\'and\'\'\' """so"""',
    "backslashes": "\\ \\\\ \\n \\u0041 \\x41 \\",
    "NUL": "\0",
    "NUL inside": "a\0b",
    "controls": "".join(map(chr, [*range(1, 32), *range(127, 160)])),
    "line separators": "a\u2028b\u2029c\x85d",
    "byte order marks": "\ufeffa\ufeff\ufffe",
    "accents": "žluťoučký kůň, e\u0301",
    "beyond 16 bits": "€😀𝄞\U0010ffff",
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd\u202c",
    "like a number": "1",
    "like None": "None",
    "like null": "null",
    "like JSON": '{"a": [1, null]}',
    "like XML": "<a b='c'>&amp;]]></a>",
    "like a format": "%s {} {0} $x",
    "like a class": "__class__",
    "like base64": "aGk=",
    "like a date": "2026-11-23",
}

SAMPLES = {
    "tuple": Sample(tuple, (1, (2, ()))),
    "tuple of one": Sample(tuple, ("one",)),
    "empty tuple": Sample(tuple, ()),
    "set": Sample(set, {1, "two", 3.5}),
    "set of one": Sample(set, {"one"}),
    "empty set": Sample(set, set()),
    "set of tuples": Sample(set, {(1, 2), (3, 4)}),
    "frozenset": Sample(frozenset, frozenset(["a", "b"])),
    "empty frozenset": Sample(frozenset, frozenset()),
    "bytes": Sample(bytes, b"\0\xff bytes"),
    "empty bytes": Sample(bytes, b""),
    "every byte": Sample(bytes, bytes(range(256))),
    "100 kB": Sample(bytes, bytes(range(256)) * 400),
    "bytearray": Sample(bytearray, bytearray(b"\0\xff array")),
    "memoryview": Sample(memoryview, memoryview(b"a view of these")[2:-5]),
    "complex": Sample(complex, 1.5 - 2j),
    "complex of -0.0": Sample(complex, complex(-0.0, -0.0)),
    "complex of inf": Sample(complex, complex(math.inf, -math.inf)),
    "datetime": Sample(datetime.datetime, NAIVE),
    "datetime, whole second": Sample(datetime.datetime, NAIVE.replace(microsecond=0)),
    "datetime in UTC": Sample(datetime.datetime, NAIVE.replace(tzinfo=datetime.timezone.utc)),
    "datetime with zone": Sample(datetime.datetime, NAIVE.replace(tzinfo=EAST)),
    "date": Sample(datetime.date, NAIVE.date()),
    "date of old": Sample(datetime.date, datetime.date(1582, 10, 15)),
    "time": Sample(datetime.time, NAIVE.time()),
    "time with zone": Sample(datetime.time, datetime.time(1, 2, tzinfo=EAST)),
    "timedelta": Sample(datetime.timedelta, datetime.timedelta(days=-1, microseconds=5)),
    "Decimal": Sample(decimal.Decimal, decimal.Decimal("1.50")),
    "Decimal of many digits": Sample(decimal.Decimal, decimal.Decimal("1" * 40 + ".1")),
    "UUID": Sample(uuid.UUID, uuid.UUID("12345678-9abc-def0-1234-56789abcdef0")),
    "Enum": Sample(enum.Enum, Color.RED),
    "IntEnum": Sample(enum.IntEnum, Level.LOW),
    "str of one's own": Sample(Text, Text("x")),
    "namedtuple": Sample(Pair, Pair(1, "two")),
    "deque": Sample(collections.deque, collections.deque([1, 2])),
    "OrderedDict": Sample(collections.OrderedDict, collections.OrderedDict(b=1, a=2)),
    "defaultdict": Sample(collections.defaultdict, collections.defaultdict(int, a=1)),
    "Counter": Sample(collections.Counter, collections.Counter("aab")),
    "keys are ints": Sample(dict, {1: "a", -(2**40): "b"}),
    "keys are floats": Sample(dict, {1.5: "a", -0.25: "b"}),
    "keys are bools": Sample(dict, {True: "a", False: "b"}),
    "key is None": Sample(dict, {None: "a"}),
    "keys are tuples": Sample(dict, {(1, (2,)): "a", (): "b"}),
    "keys of many types": Sample(dict, {1: "a", "b": 2, None: 3.5, (1, 2): None}),
}
"""Types that not every format has. Those of dictionaries are told apart by their keys: text as a
key is something that every serializer keeps."""
