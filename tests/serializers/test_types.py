"""What arrives of each type, as a table."""

import array
import collections
import datetime
import decimal
import enum
import math
import sys
import uuid
from typing import Any

import pytest

from pyrox import URI, SerializeError
from tests.named import by_value

SAME = object()
REFUSED = object()


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Tone(str, enum.Enum):
    SOFT = "soft"


class Text(str):
    __slots__ = ()


class Number(int):
    pass


Point = collections.namedtuple("Point", "x y")
UTC = datetime.timezone.utc
NAIVE = datetime.datetime(2026, 11, 23, 12, 30, 15, 250000)
AWARE = NAIVE.replace(tzinfo=UTC)
TEXT_CODE = "u" if sys.version_info < (3, 13) else "w"
AN_ID = uuid.UUID(int=1)
BASE64 = {"data": "aGk=", "encoding": "base64"}

TABLE = [
    # value, what arrives with serpent, json, marshal, msgpack
    (None, SAME, SAME, SAME, SAME),
    (True, SAME, SAME, SAME, SAME),
    (0, SAME, SAME, SAME, SAME),
    (-1, SAME, SAME, SAME, SAME),
    (2**63, SAME, SAME, SAME, SAME),
    (2**64, SAME, SAME, SAME, SAME),
    (2**200, SAME, SAME, SAME, SAME),
    (-(2**70), SAME, SAME, SAME, SAME),
    (1.5, SAME, SAME, SAME, SAME),
    (-1e-300, SAME, SAME, SAME, SAME),
    (math.inf, SAME, SAME, SAME, SAME),
    (-math.inf, SAME, SAME, SAME, SAME),
    (1 + 2j, SAME, REFUSED, SAME, SAME),
    (-1.5 - 0.5j, SAME, REFUSED, SAME, SAME),
    (complex(math.inf, -math.inf), SAME, REFUSED, SAME, SAME),
    ("", SAME, SAME, SAME, SAME),
    ('it\'s "quoted" \\ \n\r\t\x7f', SAME, SAME, SAME, SAME),
    ("\0 žluťoučký €😀", SAME, SAME, SAME, SAME),
    ("\udc80", SAME, REFUSED, SAME, REFUSED),
    (b"hi", BASE64, REFUSED, SAME, SAME),
    (bytearray(b"hi"), BASE64, REFUSED, b"hi", b"hi"),
    (memoryview(b"hi"), BASE64, REFUSED, b"hi", b"hi"),
    ([1, [2, []]], SAME, SAME, SAME, SAME),
    ((1, (2, ())), SAME, [1, [2, []]], SAME, [1, [2, []]]),
    ({1}, SAME, [1], SAME, [1]),
    (set(), (), [], SAME, []),
    (frozenset([1]), {1}, [1], SAME, [1]),
    ({}, SAME, SAME, SAME, SAME),
    ({"a": {"b": 1}}, SAME, SAME, SAME, SAME),
    ({1: 2}, SAME, {"1": 2}, SAME, SAME),
    ({1.5: 2}, SAME, {"1.5": 2}, SAME, SAME),
    ({True: 2}, SAME, {"true": 2}, SAME, SAME),
    ({None: 2}, SAME, {"null": 2}, SAME, SAME),
    ({(1, (2,)): 3}, SAME, REFUSED, SAME, SAME),
    ({b"k": 3}, REFUSED, REFUSED, SAME, SAME),
    (NAIVE, NAIVE.isoformat(), NAIVE.isoformat(), NAIVE.isoformat(), SAME),
    (AWARE, AWARE.isoformat(), AWARE.isoformat(), AWARE.isoformat(), REFUSED),
    (NAIVE.date(), "2026-11-23", "2026-11-23", "2026-11-23", SAME),
    (NAIVE.time(), *["12:30:15.250000"] * 4),
    (datetime.timedelta(hours=1), *[3600.0] * 4),
    (decimal.Decimal("1.50"), *["1.50"] * 4),
    (AN_ID, *[str(AN_ID)] * 4),
    (array.array("i", [1, 2]), *[[1, 2]] * 4),
    (array.array(TEXT_CODE, "text"), *["text"] * 4),
    (Color.RED, *["red"] * 4),
    (Level.LOW, *[1] * 4),
    (Tone.SOFT, *["soft"] * 4),
    (Text("x"), *["x"] * 4),
    (Number(7), *[7] * 4),
    (Point(1, 2), (1, 2), [1, 2], (1, 2), [1, 2]),
    (collections.OrderedDict(a=1), *[{"a": 1}] * 4),
    (collections.defaultdict(int, a=1), *[{"a": 1}] * 4),
    (collections.Counter("a"), *[{"a": 1}] * 4),
    (collections.deque([1, 2]), *[[1, 2]] * 4),
    (collections.UserDict(a=1), *[{"a": 1}] * 4),
    ({"a": 1}.keys(), *[["a"]] * 4),
    ({"a": 1}.values(), *[[1]] * 4),
    (URI("PYRO:calc@localhost:4000"), SAME, SAME, SAME, SAME),
    (URI("PYROMETA:a,b@[::1]:4000"), SAME, SAME, SAME, SAME),
    (range(3), *[REFUSED] * 4),
    (slice(3), *[slice(3)] * 4),
    (object(), *[REFUSED] * 4),
    (int, *[REFUSED] * 4),
    (len, *[REFUSED] * 4),
    (math, *[REFUSED] * 4),
    ((item for item in "ab"), *[REFUSED] * 4),
]
COLUMNS = {"serpent": 1, "json": 2, "marshal": 3, "msgpack": 4}
READS_AS_BYTES = array.array  # what marshal makes of one inside of a container, as in Pyro 5


def check(travel, value, expected):
    if expected is REFUSED:
        with pytest.raises(SerializeError):
            travel(value)
        return
    expected = value if expected is SAME else expected
    arrived = travel(value)
    assert arrived == expected
    assert type(arrived) is type(expected)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: by_value(row[0]))
def test_what_arrives(travel, serializer, row):
    check(travel, row[0], row[COLUMNS[serializer.name]])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: by_value(row[0]))
def test_what_arrives_from_inside_containers(travel, serializer, row):
    value, expected = row[0], row[COLUMNS[serializer.name]]
    if serializer.name == "marshal" and isinstance(value, READS_AS_BYTES):
        expected = value.tobytes()
    expected = value if expected is SAME else expected
    inside = REFUSED if expected is REFUSED else {"k": [[expected]]}
    check(travel, {"k": [[value]]}, inside)


def test_complex_with_nan(serpent, converters):
    data = serpent.dumps(complex(1, math.nan), converters)
    arrived = serpent.loads(data, converters)
    assert arrived.real == 1
    assert math.isnan(arrived.imag)


def test_nesting_that_pyro5_can_read_but_in_serpent(travel, serializer):
    value: list[Any] = [1]
    for _ in range(299):
        value = [value]
    if serializer.name == "serpent":
        with pytest.raises(SerializeError, match="200 levels"):
            travel(value)
    else:
        assert travel(value) == value


def test_the_garbage_collector_is_left_alone(travel):
    import gc

    gc.disable()
    try:
        travel([1, "a"])
        assert not gc.isenabled()
    finally:
        gc.enable()
    travel([1, "a"])
    assert gc.isenabled()


def test_a_packer_that_wrote_much_is_not_kept(msgpack, converters):
    msgpack.dumps("x" * 1_000_000, converters)
    assert converters.cache["msgpack"]._packers == []
    msgpack.dumps("x", converters)
    assert len(converters.cache["msgpack"]._packers) == 1
