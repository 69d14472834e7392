"""What every serializer sends in place of types that its format lacks."""

import array
import datetime
import decimal
import enum
import uuid
from collections import ChainMap, OrderedDict, UserDict, UserList, UserString, deque, namedtuple
from typing import Any

import pytest

from pyrox import Converters, Outcome, SecurityError, SerializeError, plain


class Colour(enum.Enum):
    RED = "red"


class Size(enum.IntEnum):
    BIG = 3


class Text(str):
    __slots__ = ()


class Point:
    def __init__(self, x: Any) -> None:
        self.x = x


Row = namedtuple("Row", "a b")


@pytest.fixture
def converters() -> Converters:
    return Converters()


FORMS = [
    (Colour.RED, "red"),
    (Size.BIG, 3),
    (Text("text"), "text"),
    (Row(1, 2), (1, 2)),
    (decimal.Decimal("1.50"), "1.50"),
    (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    (datetime.datetime(2024, 2, 3, 4, 5, 6), "2024-02-03T04:05:06"),
    (datetime.date(2024, 2, 3), "2024-02-03"),
    (datetime.time(4, 5), "04:05:00"),
    (datetime.timedelta(minutes=1.5), 90.0),
    (array.array("i", [1, 2]), [1, 2]),
    (deque([1, 2]), [1, 2]),
    (OrderedDict(a=1), {"a": 1}),
    (UserDict(a=1), {"a": 1}),
    (UserList([1]), [1]),
    (UserString("x"), "x"),
    ({"a": 1}.keys(), ["a"]),
    ({"a": 1}.values(), [1]),
    ({"a": 1}.items(), [("a", 1)]),
]


@pytest.mark.parametrize(("value", "form"), FORMS, ids=lambda value: type(value).__name__)
def test_a_type_that_formats_lack_has_a_plain_form(
    converters: Converters, value: Any, form: Any
) -> None:
    found = plain.simplify(value, converters)
    assert found == form
    assert type(found) is type(form)


@pytest.mark.filterwarnings("ignore:The 'u' type code:DeprecationWarning")
def test_an_array_of_characters_is_a_text(converters: Converters) -> None:
    assert plain.simplify(array.array("u", "ab"), converters) == "ab"


@pytest.mark.parametrize("value", [Colour.RED, Row(1, 2), deque([1])], ids=repr)
def test_a_converter_comes_before_the_plain_form(converters: Converters, value: Any) -> None:
    converters.register_class_to_dict(type(value), lambda value: "converted")
    assert plain.simplify(value, converters) == "converted"


@pytest.mark.parametrize("value", [ChainMap({}), object(), len])
def test_what_has_no_form_is_up_to_the_converters(converters: Converters, value: Any) -> None:
    try:
        expected = converters.to_plain(value)
    except SerializeError:
        with pytest.raises(SerializeError, match="don't know how to serialize"):
            plain.simplify(value, converters)
    else:
        assert plain.simplify(value, converters) == expected


# All of a value at once


def test_a_value_is_flattened_at_every_depth(converters: Converters) -> None:
    value = {"k": [Colour.RED, (Size.BIG, {frozenset([decimal.Decimal(1)])})], Colour.RED: Point(1)}
    assert plain.flatten(value, converters) == {
        "k": ["red", (3, {frozenset(["1"])})],
        "red": {"__class__": f"{__name__}.Point", "x": 1},
    }


@pytest.mark.parametrize("value", [None, True, 1, 1.5, 1j, "x", b"x", bytearray(b"x")])
def test_a_leaf_is_the_same_object(converters: Converters, value: Any) -> None:
    assert plain.flatten(value, converters) is value


def test_a_value_that_contains_itself_is_refused(converters: Converters) -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises((SerializeError, RecursionError)) as caught:
        plain.flatten(value, converters)
    told = plain.unwritable("tea", caught.value)
    assert "nested too deeply, or contains itself" in str(told)


def test_deep_nesting_is_flattened(converters: Converters) -> None:
    value: Any = Colour.RED
    expected: Any = "red"
    for _ in range(200):
        value, expected = [value], [expected]
    assert plain.flatten(value, converters) == expected


def test_maps_with_a_class_become_objects_the_innermost_first(converters: Converters) -> None:
    converters.register(Point)
    name = f"{__name__}.Point"
    value = [({"k": {"__class__": name, "x": {"__class__": name, "x": 1}}},), {"other": 1}]
    found = plain.revive(value, converters)
    outer = found[0][0]["k"]
    assert type(outer) is Point
    assert type(outer.x) is Point
    assert outer.x.x == 1
    assert found[1] == {"other": 1}


@pytest.mark.parametrize("value", [None, 5, "x", b"x", {1, 2}])
def test_what_holds_no_maps_is_the_same_object(converters: Converters, value: Any) -> None:
    assert plain.revive(value, converters) is value


def test_a_value_that_is_met_twice_becomes_one_object(converters: Converters) -> None:
    converters.register(Point)
    shared = {"__class__": f"{__name__}.Point", "x": 1}
    first, second = plain.revive([shared, shared], converters)
    assert first is second


def test_a_value_that_contains_itself_can_be_revived(converters: Converters) -> None:
    value: list[Any] = [1]
    value.append(value)
    assert plain.revive(value, converters) is value


def test_an_unknown_class_is_refused_at_every_depth(converters: Converters) -> None:
    with pytest.raises(SecurityError):
        plain.revive([[{"__class__": "__main__.Evil"}]], converters)


# What goes wrong


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("bad value"), "bad value"),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
        (ValueError("recursion limit exceeded"), "nested too deeply"),
        (MemoryError(), "out of memory"),
        (KeyError(), "KeyError"),
        (UnicodeEncodeError("utf-8", "\udc80", 0, 1, "surrogates"), "lone surrogates"),
        (ValueError("x" * 10_000), "x" * 200),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_goes_wrong_is_named_shortly(error: Exception, reason: str) -> None:
    written, read = plain.unwritable("tea", error), plain.unreadable("tea", error)
    assert "tea cannot write this value" in str(written)
    assert "tea cannot read what arrived" in str(read)
    assert written.outcome is Outcome.NOT_SENT
    for found in (written, read):
        assert reason in str(found)
        assert len(str(found)) < 400
