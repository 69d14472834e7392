"""What a serializer is called, and what arrives of values of every type."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from pyrox import Converters, Serializer

from .base import Base, Point, Refused
from .compare import fits, same, show
from .samples import FLOATS, INTS, SAMPLES, TEXTS

__all__ = ["Identity", "Types", "Values"]

_PYRO5 = {1: "serpent", 2: "marshal", 3: "json", 4: "msgpack"}
_PING = 42
SURROGATES = [*map(chr, (0xD800, 0xDC80)), f"a{chr(0xDFFF)}b", chr(0xD83D) + chr(0xDE00)]
_ALWAYS_KEPT = (type(None), bool, list)


class Identity(Base):
    """Name, id and preference, by which peers find a serializer that both have."""

    def test_it_is_a_serializer(self, serializer: Serializer) -> None:
        assert isinstance(serializer, Serializer), (
            f"the fixture serializer returned {show(serializer)}; it returns an instance of a "
            "subclass of pyrox.Serializer"
        )

    def test_its_name_is_a_word_in_lower_case(self, serializer: Serializer) -> None:
        name = serializer.name
        assert isinstance(name, str) and re.fullmatch(r"[a-z0-9][a-z0-9_.+-]*", name), (
            f"the name is {name!r}; peers tell each other names in ASCII, separated by commas: use "
            "small letters, digits, and _ . + -"
        )
        assert name != "auto", "the name auto means that pyrox chooses; take another"

    def test_its_id_is_a_byte_that_nobody_else_has(self, serializer: Serializer) -> None:
        number, name = serializer.id, serializer.name
        assert type(number) is int and 1 <= number <= 255, (
            f"the id is {number!r}; it is one byte of a message's header, from 1 to 255"
        )
        assert number != _PING, "the id 42 is what Pyro5's ping uses; take another"
        expected = _PYRO5.get(number)
        assert expected in (None, name), (
            f"the id {number} is that of Pyro5's {expected}; a serializer called {name} takes one "
            "from 5 on"
        )
        assert number in _PYRO5 or name not in _PYRO5.values(), (
            f"the name {name} is one of Pyro5's, and its id there is another than {number}; take "
            "that id, or another name"
        )

    def test_its_preference_is_a_number_from_0_on(self, serializer: Serializer) -> None:
        preference = serializer.preference
        assert type(preference) is int and preference >= 0, (
            f"the preference is {preference!r}; it is an int, 0 for one that is used only by those "
            "who ask for it"
        )

    def test_it_is_found_by_name_and_by_id(
        self, serializer: Serializer, plugins: pyrox.Plugins
    ) -> None:
        assert plugins.serializer(serializer.name) is serializer
        assert plugins.serializers_by_id[serializer.id] is serializer
        assert serializer in plugins.ranked

    def test_the_suite_knows_what_it_is_to_keep(self) -> None:
        known = {int, float, str, *_ALWAYS_KEPT, *(kind for kind, _ in SAMPLES.values())}
        others = [kind.__name__ for kind in self.keeps if kind not in known]
        assert not others, (
            f"the suite's attribute `keeps` has {', '.join(others)}, of which there are no samples "
            "here: test these in a test of your own"
        )

    def test_it_shows_its_name(self, serializer: Serializer) -> None:
        assert serializer.name in repr(serializer), "its repr should tell its name, for logs"


class Values(Base):
    """Values that every format has, more or less: they arrive, and nothing else does."""

    def _arrived(self, serializer: Serializer, value: Any, converters: Converters) -> Iterator[Any]:
        """Yield what arrives of a value that travels alone, inside of others, and in a call."""
        yield self._carry(serializer, value, converters)
        inside = self._carry(serializer, {"k": [[value], 1]}, converters)
        if not isinstance(inside, Refused):
            shape = inside if type(inside) is dict and set(inside) == {"k"} else {"k": inside}
            assert same(shape["k"][1], 1), f"a number beside {show(value)} arrived as {inside!r}"
            inside = shape["k"][0][0]
        yield inside
        try:
            _, _, args, kwargs = self._carry_call(serializer, (value,), {"k": value}, converters)
        except AssertionError:
            raise
        except Exception as error:
            self._check_refusal(serializer.name, error)
            yield Refused(error, writing=True)
        else:
            yield from (args[0], kwargs["k"])

    def _check(
        self, serializer: Serializer, value: Any, converters: Converters, kept: bool, name: str
    ) -> None:
        """See that a value arrives as it is, or, unless it is ``kept``, is refused."""
        for arrived in self._arrived(serializer, value, converters):
            if isinstance(arrived, Refused):
                assert not kept, (
                    f"{serializer.name} refused {show(value)}: {arrived.error}; it must travel, "
                    f"as every serializer needs it or as the suite's attribute `keeps` has {name}"
                )
            else:
                assert same(value, arrived), (
                    f"{show(value)} arrived as {show(arrived)}: what the format cannot hold "
                    "exactly must be refused with a SerializeError"
                )

    @pytest.mark.parametrize("value", [None, True, False, [], {}, [None, [False]], {"a": {"b": 1}}])
    def test_what_every_format_has_arrives(
        self, serializer: Serializer, converters: Converters, value: Any
    ) -> None:
        self._check(serializer, value, converters, True, "")

    @pytest.mark.parametrize("value", [0, 1, -1, 127, 128, 255, 256, 65536, 2**31 - 1, -(2**31)])
    def test_small_ints_arrive(
        self, serializer: Serializer, converters: Converters, value: int
    ) -> None:
        self._check(serializer, value, converters, True, "int")

    @pytest.mark.parametrize("name", INTS)
    def test_an_int_of_any_size_arrives_or_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        self._check(serializer, INTS[name], converters, int in self.keeps, "int")

    def test_a_huge_int_arrives_or_is_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for value in (1 << 40_000, -(1 << 40_000) + 1):
            arrived = self._carry(serializer, [value], converters)
            assert isinstance(arrived, Refused) or arrived == [value], (
                "an int of 40,000 bits arrived as another value: refuse what is too large"
            )

    @pytest.mark.parametrize("name", FLOATS)
    def test_a_float_arrives_exactly_or_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        kept = float in self.keeps or name in ("0.0", "0.1", "whole")
        self._check(serializer, FLOATS[name], converters, kept, "float")

    @pytest.mark.parametrize("name", TEXTS)
    def test_a_text_arrives_or_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        kept = str in self.keeps or TEXTS[name].isprintable()
        self._check(serializer, TEXTS[name], converters, kept, "str")

    def test_every_character_arrives_or_is_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for start in range(0, sys.maxunicode, 256):
            if 0xD800 <= start < 0xE000:
                continue
            letters = [chr(number) for number in range(start, start + 256)]
            text = f"a{''.join(letters)}z"
            if self._carry(serializer, text, converters) != text:
                for letter in letters:
                    arrived = self._carry(serializer, f"a{letter}z", converters)
                    if isinstance(arrived, Refused):
                        assert str not in self.keeps, f"{letter!a} was refused: {arrived.error}"
                    else:
                        assert arrived == f"a{letter}z", (
                            f"{letter!a} arrived as {show(arrived[1:-1])}: write another form of "
                            "it, or refuse it"
                        )

    @pytest.mark.parametrize("text", SURROGATES, ids=ascii)
    def test_lone_surrogates_arrive_or_are_refused(
        self, serializer: Serializer, converters: Converters, text: str
    ) -> None:
        self._check(serializer, text, converters, False, "str")

    @pytest.mark.parametrize("name", TEXTS)
    def test_a_text_as_a_key_arrives_or_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        key = TEXTS[name]
        if key != "__class__":
            kept = str in self.keeps or (key.isprintable() and key.strip() == key != "")
            self._check(serializer, {key: 1, "other": 2}, converters, kept, "str")

    def test_generated_values_arrive(self, serializer: Serializer, converters: Converters) -> None:
        generator = random.Random(20)
        for _ in range(150):
            value = self._generated(generator, 4)
            arrived = self._travel(serializer, value, converters)
            assert same(value, arrived), f"{show(value)} arrived as {show(arrived)}"

    def test_generated_calls_arrive(self, serializer: Serializer, converters: Converters) -> None:
        generator = random.Random(21)
        for _ in range(50):
            args = [self._generated(generator, 3) for _ in range(generator.randrange(4))]
            kwargs = {f"k{number}": self._generated(generator, 3) for number in range(3)}
            _, _, *arrived = self._carry_call(serializer, tuple(args), kwargs, converters)
            assert same([args, kwargs], [[*arrived[0]], arrived[1]]), (
                f"{show([args, kwargs])} arrived as {show(arrived)}"
            )

    def _generated(self, generator: random.Random, depth: int) -> Any:
        """Return a value of types that this serializer keeps."""
        choice = generator.randrange(12 if depth else 7)
        if choice >= 10:
            size = generator.randrange(5)
            return {
                self._text(generator): self._generated(generator, depth - 1) for _ in range(size)
            }
        if choice >= 7:
            return [self._generated(generator, depth - 1) for _ in range(generator.randrange(6))]
        bits = 80 if int in self.keeps else 31
        return [
            None,
            generator.random() < 0.5,
            generator.getrandbits(bits) - 2 ** (bits - 1),
            generator.randrange(-100, 300),
            generator.uniform(-1e9, 1e9),
            self._text(generator),
            self._text(generator) * 30,
        ][choice]

    def _text(self, generator: random.Random) -> str:
        """Return letters; where every text is kept, other characters as well."""
        others = "ab \0\n\\\"'é€😀" if str in self.keeps else "abéř€😀"
        return "".join(generator.choices(others, k=generator.randrange(1, 12)))


class Types(Values):
    """Types of which formats have some: equal, in a documented weaker form, or refused."""

    @pytest.mark.parametrize("name", SAMPLES)
    def test_a_type_arrives_in_a_documented_form_or_is_refused(
        self, serializer: Serializer, converters: Converters, name: str
    ) -> None:
        kind, value = SAMPLES[name]
        kept = kind in self.keeps
        for arrived in self._arrived(serializer, value, converters):
            if isinstance(arrived, Refused):
                assert not kept, (
                    f"{serializer.name} refused {show(value)}: {arrived.error}; the suite's "
                    f"attribute `keeps` has {kind.__name__}, so it must travel"
                )
            elif kept:
                assert same(value, arrived), (
                    f"{show(value)} arrived as {show(arrived)}; the suite's attribute `keeps` has "
                    f"{kind.__name__}, so it must arrive as it is"
                )
            else:
                assert fits(value, arrived), (
                    f"{show(value)} arrived as {show(arrived)}, which is neither equal nor a form "
                    "that pyrox documents; send what pyrox.plain.simplify returns, or refuse it"
                )

    def test_keys_that_look_alike_stay_apart_or_are_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        for value in (
            {1: "a", "1": "b"},
            {True: "a", "True": "b", "true": "c"},
            {None: 1, "None": 2, "null": 3},
        ):
            arrived = self._carry(serializer, value, converters)
            assert isinstance(arrived, Refused) or len(arrived) == len(value), (
                f"{value!r} arrived as {arrived!r}: an entry was lost. Keys that would become the "
                "same must be refused"
            )

    @pytest.mark.parametrize("key", [b"bytes", 1 + 2j, frozenset([1]), (1, b"x")], ids=repr)
    def test_an_odd_key_arrives_or_is_refused(
        self, serializer: Serializer, converters: Converters, key: Any
    ) -> None:
        value = {key: "a", "b": 1}
        arrived = self._carry(serializer, value, converters)
        assert isinstance(arrived, Refused) or fits(value, arrived), (
            f"{value!r} arrived as {show(arrived)}; refuse keys that the format cannot hold"
        )

    def test_what_stands_beside_an_object_is_untouched(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        value = [{"class": 1, "_class_": 2}, Point(1, 2), {"x": "__class__"}, "__class__"]
        arrived = self._travel(serializer, value, converters)
        assert arrived == value, f"{value!r} arrived as {show(arrived)}"
