"""Values of classes: what the converters decide, at every depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from pyrox import (
    URI,
    Converters,
    Members,
    ObjectReference,
    RemoteError,
    Serializer,
)

from ..apart import apart
from .base import Base, Point, Refused
from .compare import fits, show
from .samples import Color

__all__ = ["Classes"]

NESTED: dict[str, Any] = {
    "alone": Point(1, 2),
    "in a list": [Point(1, 2)],
    "in a dictionary": {"k": Point(1, 2)},
    "deeper": {"k": [{"m": [Point(1, 2)]}]},
    "in each other": Point(Point(1, 2), [Point(3, Point(4, 5))]),
    "beside others": [Point(1, {"k": Point(2, 3)}), "text", Point("žluť", None)],
    "many": [Point(number, str(number)) for number in range(300)],
}
NO_VALUES: dict[str, Any] = {
    "a function": len,
    "a lambda": lambda: 1,
    "an object": object(),
    "a class": int,
    "a module": pytest,
    "an iterator": iter([]),
}
ADVICE = (
    "let converters.to_plain(value) write what the format has no form for, and let what it raises "
    "pass: that says how to register a class"
)


class Stranger:
    """A class that nobody registers; it has attributes."""

    def __init__(self) -> None:
        self.attribute = 1


class Sealed:
    """A class that nobody registers; it has no attributes that could travel."""

    __slots__ = ()


class Vague:
    """A class whose state cannot be had."""

    def __getstate__(self) -> Any:
        raise ValueError("not now")


class OwnError(Exception):
    """An exception that only one side knows."""


@dataclass
class Celsius:
    """A class with converters of its own."""

    degrees: float


MADE: list[object] = []


class Trap:
    """A class that takes note when somebody makes an instance."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Trap:
        MADE.append(cls)
        return super().__new__(cls)


class Classes(Base):
    """Only registered classes travel, and arrive as themselves wherever they stand."""

    @pytest.mark.parametrize("name", NESTED)
    def test_a_registered_class_travels_at_every_depth(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        value = NESTED[name]
        arrived = self._travel(serializer, value, converters)
        assert arrived == value, f"{show(value)} arrived as {show(arrived)}"

    @pytest.mark.parametrize("name", NESTED)
    def test_a_registered_class_travels_in_calls(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        value = NESTED[name]
        _, _, args, kwargs = self._carry_call(serializer, (value, 1), {"k": value}, converters)
        assert ([*args], kwargs) == ([value, 1], {"k": value}), (
            f"{show(value)}, as an argument, arrived as {show(args)} and {show(kwargs)}"
        )

    def test_a_registered_class_travels_in_a_tuple(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        arrived = self._travel(serializer, (1, (Point(1, 2),)), converters)
        assert fits((1, (Point(1, 2),)), arrived), f"(1, (Point(1, 2),)) arrived as {arrived!r}"

    def test_a_class_travels_as_its_converters_say(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        converters.register(
            Celsius,
            to_dict=lambda value: {"kelvin": value.degrees + 273.0},
            from_dict=lambda values: Celsius(values["kelvin"] - 273.0),
            name="weather.Celsius",
        )
        arrived = self._travel(serializer, {"k": [Celsius(20.0)]}, converters)
        assert arrived == {"k": [Celsius(20.0)]}, f"{arrived!r} arrived"

    def test_the_inner_object_is_made_first(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        seen = []

        def make(values: dict[str, Any]) -> Point:
            seen.append(values["x"])
            return Point(**values)

        converters.register(Point, from_dict=make)
        self._travel(serializer, [Point(Point(1, 2), 3)], converters)
        assert seen == [1, Point(1, 2)], (
            f"from_dict of the outer object was given {seen!r}: what stands in an object is made "
            "before it, as by pyrox.plain.revive"
        )

    def test_a_subclass_travels_as_the_class_that_is_registered(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        class Special(Point):
            pass

        arrived = self._travel(serializer, [Special(1, 2)], converters)
        assert arrived == [Point(1, 2)] and type(arrived[0]) is Point, f"{arrived!r} arrived"

    def test_a_class_that_the_parent_knows_travels(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        own = Converters(parent=converters)
        assert self._travel(serializer, [Point(1, 2)], own) == [Point(1, 2)]

    def test_converters_that_change_count_at_once(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        self._travel(serializer, Point(1, 2), converters)
        converters.unregister(Point)
        arrived = self._carry(serializer, Point(1, 2), converters)
        assert isinstance(arrived, Refused), (
            f"{arrived!r} arrived, of a class that is registered no more: ask the converters anew "
            "for each value"
        )
        converters.register(Point)
        assert self._travel(serializer, Point(1, 2), converters) == Point(1, 2)

    def test_each_converters_are_asked_about_their_own_classes(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        others = Converters()
        others.register_class_to_dict(Point, lambda point: f"({point.x}, {point.y})")
        for _ in range(2):
            assert self._travel(serializer, [Point(1, 2)], converters) == [Point(1, 2)]
            arrived = self._carry(serializer, [Point(1, 2)], others)
            assert arrived == ["(1, 2)"], (
                f"converters that write points as text wrote {arrived!r}: keep what belongs to "
                "converters in converters.cache, or nowhere"
            )

    def test_a_converter_comes_before_the_form_that_others_send(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        converters.register(
            Color, lambda color: {"name": color.name}, lambda values: Color[values["name"]]
        )
        arrived = self._travel(serializer, [Color.RED], converters)
        assert arrived == [Color.RED], (
            f"an Enum that has a converter arrived as {arrived!r}: pyrox.plain.simplify and "
            "pyrox.plain.flatten ask the converters first"
        )

    def test_a_converter_may_return_any_value(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        converters.register_class_to_dict(Point, lambda point: [point.x, point.y])
        assert self._travel(serializer, {"k": Point(1, [2])}, converters) == {"k": [1, [2]]}

    def test_a_converter_may_serialize_in_turn(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        converters.register_class_to_dict(
            Point, lambda point: self._travel(serializer, point.x, converters)
        )

        def work() -> None:
            arrived = self._travel(serializer, [Point([Point(1, 2)], 3), 4], converters)
            assert arrived == [[1], 4], (
                f"{arrived!r} arrived: a converter used the serializer, and what was being "
                "written is mixed up; keep nothing of a value in the serializer"
            )

        apart(work, self._patience)

    # Classes that are not known

    @pytest.mark.parametrize("name", ["alone", "in a list", "deeper"])
    def test_an_unknown_class_is_refused_with_advice(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        value = {"alone": Sealed(), "in a list": [1, Sealed()], "deeper": {"k": [[Sealed()]]}}[name]
        told = self._written_refusal(serializer, value, converters)
        assert "Sealed" in told and "register" in told, (
            f"the refusal of a Sealed says {told!r}; {ADVICE}"
        )

    @pytest.mark.parametrize("name", NO_VALUES)
    def test_what_is_no_value_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        self._written_refusal(serializer, [NO_VALUES[name]], converters)

    def test_a_class_that_only_the_sender_knows_is_refused_with_advice(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for value in (Stranger(), [{"k": (Stranger(),)}]):
            arrived = self._carry(serializer, value, converters)
            assert isinstance(arrived, Refused), (
                f"an instance of an unknown class arrived as {show(arrived)}; {ADVICE}"
            )
            told = str(arrived.error)
            assert "Stranger" in told and "register" in told, (
                f"the refusal of a Stranger says {told!r}; let pass what converters.from_plain and "
                "converters.to_plain raise: that says how to register a class"
            )

    def test_a_state_that_cannot_be_had_is_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        told = self._written_refusal(serializer, [Vague()], converters)
        assert "not now" in told, f"the state raised 'not now', and the refusal says {told!r}"

    @pytest.mark.parametrize(
        "name",
        [f"{Trap.__module__}.Trap", "builtins.eval", "builtins.SystemExit", "os.system",
         "__main__.Trap", "no.such.Class", "Trap", "", 7, None, ["list"]],
        ids=repr,
    )  # fmt: skip
    def test_a_class_that_is_not_registered_makes_no_object(
        self, serializer: Serializer, converters: Converters, name: Any
    ) -> None:
        plain = {"__class__": name, "attribute": 1}
        MADE.clear()
        for value in (plain, [{"k": [plain]}], {"k": plain}, Point(1, plain)):
            arrived = self._carry(serializer, value, converters)
            assert not MADE, f"loads made an object of {name}, which nobody registered"
            assert isinstance(arrived, Refused), (
                f"{value!r} arrived as {show(arrived)}: pass every dictionary that has the key "
                "__class__ to converters.from_plain, which refuses unknown classes"
            )

    def test_a_converter_that_fails_is_heard_of(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        def fail(values: dict[str, Any]) -> Any:
            raise KeyError("no such thing")

        converters.register(Point, from_dict=fail)
        arrived = self._carry(serializer, [Point(1, 2)], converters)
        assert isinstance(arrived, Refused) and "no such thing" in str(arrived.error), (
            f"from_dict raised 'no such thing', and what came of it is {show(arrived)}"
        )

    def test_it_works_on_after_a_refusal(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for value in ([1, Sealed()], [1, Stranger()]):
            assert isinstance(self._carry(serializer, value, converters), Refused)
            assert self._travel(serializer, [1, 2], converters) == [1, 2]

    # What pyrox knows from the start

    def test_an_exception_travels_as_a_value(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        error = self._travel(serializer, {"k": [ValueError("bad", 1)]}, converters)["k"][0]
        assert type(error) is ValueError and error.args == ("bad", 1), f"{error!r} arrived"

    def test_an_exception_of_an_unknown_class_keeps_its_text(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        error = self._travel(serializer, [OwnError("bad")], converters)[0]
        assert type(error) is RemoteError and error.args == ("bad",), f"{error!r} arrived"
        assert "OwnError" in str(error)

    @pytest.mark.parametrize("uri", ["PYRO:calc@localhost:4000", "PYROMETA:a,b@[::1]:4000"])
    def test_a_uri_travels(self, serializer: Serializer, converters: Converters, uri: str) -> None:
        arrived = self._travel(serializer, [{"k": URI(uri)}], converters)
        assert arrived == [{"k": URI(uri)}] and type(arrived[0]["k"]) is URI, f"{arrived!r} arrived"

    def test_a_registered_object_travels_as_a_reference(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        thing = object()
        members = Members.of(["run"], ["size"], ["run"])
        reference = ObjectReference(URI("PYRO:thing@localhost:4000"), members)
        converters.set_references(
            lambda found: found, lambda value: reference if value is thing else None
        )
        for value in (thing, reference):
            arrived = self._travel(serializer, [{"k": value}], converters)
            assert arrived == [{"k": reference}], (
                f"a registered object arrived as {arrived!r}, and not as a reference; {ADVICE}"
            )
