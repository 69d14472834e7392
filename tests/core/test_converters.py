"""Which classes travel, as what, and which converters are asked."""

from dataclasses import make_dataclass
from typing import Any

import pytest

from pyrox import (
    URI,
    Converters,
    Members,
    ObjectReference,
    SecurityError,
    SerializeError,
)


class Point:
    def __init__(self, x: Any, y: Any) -> None:
        self.x = x
        self.y = y

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Point) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


class Special(Point): ...


class Slotted:
    __slots__ = ("__dunder", "left", "right")

    def __init__(self) -> None:
        self.left = 1


class SlottedToo(Slotted):
    more: int


class Stateful:
    def __getstate__(self) -> object:
        return {"__class__": "their.Name", "state": 5}


NAME = f"{__name__}.Point"


@pytest.fixture
def converters() -> Converters:
    return Converters()


def test_a_registered_class_travels_by_its_name_and_comes_back(converters: Converters) -> None:
    converters.register(Point)
    plain = converters.to_plain(Point(1, 2))
    assert plain == {"__class__": NAME, "x": 1, "y": 2}
    assert converters.from_plain(plain) == Point(1, 2)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_registered_class_may_keep_its_values_in_slots(
    converters: Converters, frozen: bool
) -> None:
    cls = make_dataclass("Pair", [("a", int), ("b", int)], slots=True, frozen=frozen)
    converters.register(cls, name="Pair")
    plain = converters.to_plain(cls(1, 2))
    assert plain == {"__class__": "Pair", "a": 1, "b": 2}
    assert converters.from_plain(plain) == cls(1, 2)


def test_a_class_may_travel_under_another_name(converters: Converters) -> None:
    converters.register(Point, name="geometry.Point")
    plain = converters.to_plain(Point(1, 2))
    assert plain["__class__"] == "geometry.Point"
    assert converters.from_plain(plain) == Point(1, 2)


def test_a_class_may_say_what_travels(converters: Converters) -> None:
    converters.register(
        Point,
        to_dict=lambda point: {"at": [point.x, point.y]},
        from_dict=lambda values: Point(*values["at"]),
    )
    plain = converters.to_plain(Point(1, 2))
    assert plain == {"__class__": NAME, "at": [1, 2]}
    assert converters.from_plain(plain) == Point(1, 2)


def test_a_reader_does_not_see_the_name(converters: Converters) -> None:
    converters.register(Point, from_dict=lambda values: sorted(values))
    assert converters.from_plain({"__class__": NAME, "y": 1, "x": 2}) == ["x", "y"]


def test_what_arrives_is_left_as_it_is(converters: Converters) -> None:
    converters.register(Point)
    plain = {"__class__": NAME, "x": 1, "y": 2}
    converters.from_plain(plain)
    assert plain == {"__class__": NAME, "x": 1, "y": 2}


def test_a_subclass_travels_as_its_registered_base(converters: Converters) -> None:
    converters.register(Point)
    assert converters.to_plain(Special(1, 2))["__class__"] == NAME


def test_classes_are_asked_in_the_order_of_their_registration(converters: Converters) -> None:
    converters.register(Special, name="special")
    converters.register(Point, name="point")
    assert converters.to_plain(Special(1, 2))["__class__"] == "special"
    assert converters.to_plain(Point(1, 2))["__class__"] == "point"


def test_a_converter_may_return_anything(converters: Converters) -> None:
    converters.register_class_to_dict(Point, lambda point: [point.x, point.y])
    assert converters.to_plain(Point(1, 2)) == [1, 2]


def test_a_reader_gets_the_name_and_all_values(converters: Converters) -> None:
    converters.register_dict_to_class("their.Name", lambda name, values: (name, values))
    plain = {"__class__": "their.Name", "a": 1}
    assert converters.from_plain(plain) == ("their.Name", plain)


def test_a_registered_name_may_have_double_underscores(converters: Converters) -> None:
    converters.register_dict_to_class("__main__.Point", lambda name, values: "made")
    assert converters.from_plain({"__class__": "__main__.Point"}) == "made"


@pytest.mark.parametrize("name", ["builtins.ValueError", "Pyro5.core.URI", "Pyro5.client.Proxy"])
def test_a_registered_name_comes_before_every_rule(converters: Converters, name: str) -> None:
    converters.register_dict_to_class(name, lambda name, values: "made")
    assert converters.from_plain({"__class__": name, "__exception__": True}) == "made"


def test_a_registration_is_taken_back(converters: Converters) -> None:
    converters.register(Point, name="p")
    converters.unregister(Point, name="p")
    assert not converters.is_registered(Point)
    with pytest.raises(SerializeError, match="unsupported serialized class: p"):
        converters.from_plain({"__class__": "p"})


def test_taking_back_what_was_never_registered_does_nothing(converters: Converters) -> None:
    converters.unregister(Point)
    converters.unregister_class_to_dict(Point)
    converters.unregister_dict_to_class("nobody")


@pytest.mark.parametrize("cls", ["Point", Point(1, 2), None])
def test_only_a_class_is_registered(converters: Converters, cls: Any) -> None:
    with pytest.raises(TypeError, match="a class is needed"):
        converters.register_class_to_dict(cls, vars)


@pytest.mark.parametrize("name", [Point, None, 5])
def test_the_name_of_a_class_is_text(converters: Converters, name: Any) -> None:
    with pytest.raises(TypeError, match="is a str"):
        converters.register_dict_to_class(name, lambda name, values: None)


# One behind the other


def test_a_parent_is_asked_where_a_child_knows_nothing(converters: Converters) -> None:
    child = Converters(Converters(converters))
    converters.register(Point)
    assert child.is_registered(Point)
    assert child.from_plain(child.to_plain(Point(1, 2))) == Point(1, 2)


def test_a_child_is_asked_first(converters: Converters) -> None:
    child = Converters(converters)
    converters.register(Point, name="parent")
    child.register(Point, name="child")
    assert child.to_plain(Point(1, 2))["__class__"] == "child"
    assert converters.to_plain(Point(1, 2))["__class__"] == "parent"


def test_a_child_tells_its_parent_nothing(converters: Converters) -> None:
    Converters(converters).register(Point)
    assert not converters.is_registered(Point)


def test_a_parent_makes_the_proxies_of_its_children(converters: Converters) -> None:
    reference = ObjectReference(URI("PYRO:o@h:1"), Members())
    thing = Point(1, 2)
    converters.set_references(
        lambda found: ("proxy", found), lambda value: reference if value is thing else None
    )
    child = Converters(converters)
    assert child.reference_to(thing) == reference
    assert child.from_plain(child.to_plain(thing)) == ("proxy", reference)


# What is not registered


def test_an_instance_travels_as_its_state(converters: Converters) -> None:
    assert converters.to_plain(Point(1, 2)) == {"__class__": NAME, "x": 1, "y": 2}


def test_slots_are_state_too(converters: Converters) -> None:
    assert converters.to_plain(Slotted()) == {"__class__": f"{__name__}.Slotted", "left": 1}
    both = SlottedToo()
    both.more = 2
    assert converters.to_plain(both) == {
        "__class__": f"{__name__}.SlottedToo", "left": 1, "more": 2,
    }  # fmt: skip


def test_a_class_with_getstate_says_itself_what_travels(converters: Converters) -> None:
    assert converters.to_plain(Stateful()) == {"__class__": "their.Name", "state": 5}


@pytest.mark.parametrize("value", [object(), len, lambda: None, Point, int])
def test_what_has_no_state_cannot_travel(value: Any) -> None:
    with pytest.raises(SerializeError, match=r"don't know how to serialize.*register_class") as e:
        Converters().to_plain(value)
    assert e.value.outcome == "not_sent"


@pytest.mark.parametrize("name", ["shop.Basket", "Basket", "", "builtins.eval", "builtins.object"])
def test_an_unknown_class_is_refused_with_what_to_do(converters: Converters, name: str) -> None:
    with pytest.raises(SerializeError, match=f"unsupported serialized class: {name}.*register"):
        converters.from_plain({"__class__": name})


@pytest.mark.parametrize("name", ["__main__.Basket", "a.__class__", "os.__dict__", "a__b"])
def test_a_name_with_double_underscores_is_refused(converters: Converters, name: str) -> None:
    with pytest.raises(SecurityError, match=f"double underscores in their name: {name}"):
        converters.from_plain({"__class__": name})


@pytest.mark.parametrize("name", [None, 5, b"x", ["x"], {"__class__": "x"}, True])
def test_the_class_of_a_value_is_named_by_text(converters: Converters, name: Any) -> None:
    with pytest.raises(SerializeError, match="must be named by a str"):
        converters.from_plain({"__class__": name})


@pytest.mark.parametrize("name", ["x" * 100_000, "__" * 50_000, ["x" * 100_000]])
def test_a_refusal_of_a_long_name_is_short(converters: Converters, name: Any) -> None:
    with pytest.raises((SerializeError, SecurityError)) as caught:
        converters.from_plain({"__class__": name})
    assert len(str(caught.value)) < 500
