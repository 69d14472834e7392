"""The suite for serializers finds what is wrong with one, and the test that fails says what.

``Honest`` is a small serializer as an author might write it, and passes. The others differ from
it in one flaw each.
"""

import datetime
import functools
import importlib
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from pyrox import Buffer, Converters, Payload, Serializer, plain
from pyrox_testkit import SerializerSuite
from tests.testkit.authors import Told, asked_about, check_found, class_for_each, suite_run

pytestmark = pytest.mark.thorough

CONSTANTS = {b"N": None, b"T": True, b"F": False}


class Honest(Serializer):
    """A letter for the type, the length in eight bytes, and the content."""

    name = "honest"
    id = 200

    def dumps(self, value: Any, converters: Converters) -> Payload:
        out = bytearray()
        self.write(self.flatten(value, converters), out)
        return bytes(out)

    def flatten(self, value: Any, converters: Converters) -> Any:
        return plain.flatten(value, converters)

    def write(self, value: Any, out: bytearray) -> None:
        kind, content = self.form(value)
        out += kind
        if kind not in CONSTANTS:
            out += len(content).to_bytes(8, "big")
        if kind == b"d":
            content = [part for item in content.items() for part in item]
        if kind in (b"l", b"d"):
            for item in content:
                self.write(item, out)
        else:
            out += content

    def form(self, value: Any) -> tuple[bytes, Any]:
        match value:
            case None | bool():
                return next(kind for kind in CONSTANTS if CONSTANTS[kind] is value), b""
            case int():
                return b"i", b"%d" % value
            case float():
                return b"f", value.hex().encode()
            case str():
                return b"s", value.encode()
            case bytes() | bytearray() | memoryview():
                return b"b", value
            case list() | tuple() | set() | frozenset():
                return b"l", value
            case dict():
                return b"d", value
        raise TypeError(f"honest has no form for {type(value).__name__}")

    def loads(self, data: Buffer, converters: Converters) -> Any:
        data = self.take(data)
        value, end = self.read(data, 0)
        self.check_end(end, len(data))
        return self.revive(value, converters)

    def take(self, data: Buffer) -> Buffer:
        return bytes(data)

    def read(self, data: Buffer, at: int) -> tuple[Any, int]:
        kind, at = bytes(data[at : at + 1]), at + 1
        if kind in CONSTANTS:
            return CONSTANTS[kind], at
        size, at = int.from_bytes(data[at : at + 8], "big"), at + 8
        self.check_size(size, len(data) - at)
        if kind not in (b"l", b"d"):
            return self.leaf(kind, data[at : at + size]), at + size
        items = self.room(size)
        for _ in range(size if kind == b"l" else size * 2):
            item, at = self.read(data, at)
            items.append(item)
        return (items, at) if kind == b"l" else (self.table(items), at)

    def check_size(self, size: int, left: int) -> None:
        if size > left:
            raise ValueError("it ends too early")

    def check_end(self, end: int, length: int) -> None:
        if end != length:
            raise ValueError("more follows after the value")

    def leaf(self, kind: bytes, content: Buffer) -> Any:
        if kind == b"b":
            return content
        text = str(content, "utf-8")
        readers: dict[bytes, Callable[[str], Any]] = {b"i": int, b"f": float.fromhex, b"s": str}
        return readers[kind](text)

    def room(self, size: int) -> list[Any]:
        return []

    def table(self, items: list[Any]) -> dict[Any, Any]:
        return dict(zip(items[::2], items[1::2], strict=True))

    def revive(self, value: Any, converters: Converters) -> Any:
        return plain.revive(value, converters)


class TestHonest(SerializerSuite):
    keeps = (float, str, bytes)

    @pytest.fixture
    def serializer(self) -> Serializer:
        return Honest()


# What is sent


class CutsInts(Honest):
    def form(self, value: Any) -> tuple[bytes, Any]:
        return super().form(value & 0xFFFF_FFFF if type(value) is int and value > 0 else value)


class RoundsFloats(Honest):
    def form(self, value: Any) -> tuple[bytes, Any]:
        return (b"f", b"%.6g" % value) if type(value) is float else super().form(value)


class ReplacesLetters(Honest):
    def form(self, value: Any) -> tuple[bytes, Any]:
        return (b"s", value.encode(errors="replace")) if type(value) is str else super().form(value)


class StripsText(Honest):
    def form(self, value: Any) -> tuple[bytes, Any]:
        return super().form(value.strip() if type(value) is str else value)


class WritesKeysAsText(Honest):
    def form(self, value: Any) -> tuple[bytes, Any]:
        if type(value) is dict:
            value = {str(key): item for key, item in value.items()}
        return super().form(value)


class WritesTimestamps(Honest):
    def flatten(self, value: Any, converters: Converters) -> Any:
        if isinstance(value, datetime.datetime):
            return value.timestamp()
        return super().flatten(value, converters)


class HasNoSets(Honest):
    def form(self, value: Any) -> tuple[bytes, Any]:
        if isinstance(value, set | frozenset):
            raise TypeError("honest has no form for sets")
        return super().form(value)


class FillsKwargs(Honest):
    def dumps_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        converters: Converters,
    ) -> Payload:
        return super().dumps_call(object_id, method, args, kwargs or {}, converters)


class TakesAnythingForACall(Honest):
    def loads_call(self, data: Buffer, converters: Converters) -> tuple[Any, Any, Any, Any]:
        call = self.loads(data, converters)
        return call if isinstance(call, list) and len(call) == 4 else ("", "", (), {})  # type: ignore[return-value]


class ChangesWhatItIsGiven(Honest):
    def flatten(self, value: Any, converters: Converters) -> Any:
        if type(value) is dict:
            for key, item in value.items():
                value[key] = self.flatten(item, converters)
        elif type(value) is list:
            value[:] = [self.flatten(item, converters) for item in value]
        return super().flatten(value, converters)


class ReturnsText(Honest):
    def dumps(self, value: Any, converters: Converters) -> Payload:
        return str(bytes(super().dumps(value, converters)), "latin-1")  # type: ignore[return-value]


# Classes


class GivesNoAdvice(Honest):
    def flatten(self, value: Any, converters: Converters) -> Any:
        try:
            return super().flatten(value, converters)
        except Exception:
            raise ValueError("cannot write this") from None


class LeavesClassesAsTheyAre(Honest):
    def revive(self, value: Any, converters: Converters) -> Any:
        return value


class BuildsEveryClass(Honest):
    def revive(self, value: Any, converters: Converters) -> Any:
        if isinstance(value, list):
            return [self.revive(item, converters) for item in value]
        if isinstance(value, dict) and isinstance(value.get("__class__"), str):
            module, _, name = value["__class__"].rpartition(".")
            try:
                return getattr(importlib.import_module(module), name)()
            except (ImportError, AttributeError, TypeError, ValueError):
                pass
        return super().revive(value, converters)


class RemembersOtherConverters(Honest):
    @functools.cache  # noqa: B019
    def known(self) -> list[Converters]:
        return []

    def flatten(self, value: Any, converters: Converters) -> Any:
        self.known().append(converters)
        return super().flatten(value, self.known()[0])


# Buffers and threads


class KeepsTheBuffer(Honest):
    def take(self, data: Buffer) -> Buffer:
        return memoryview(data)


class KeepsItsOwnBuffer(Honest):
    out = bytearray()

    def dumps(self, value: Any, converters: Converters) -> Payload:
        self.out.clear()
        self.write(self.flatten(value, converters), self.out)
        return self.out


class WritesAsItConverts(Honest):
    """It keeps what it has written so far in itself, and so do other threads."""

    def dumps(self, value: Any, converters: Converters) -> Payload:
        self.out = bytearray()
        self.convert(value, converters)
        return bytes(self.out)

    def convert(self, value: Any, converters: Converters) -> None:
        if type(value) is list:
            self.out += b"l" + len(value).to_bytes(8, "big")
            for item in value:
                self.convert(item, converters)
        else:
            self.write(self.flatten(value, converters), self.out)


# Bytes from strangers


class PassesOverTheRest(Honest):
    def check_end(self, end: int, length: int) -> None:
        pass


class ReadsWhatIsThere(Honest):
    def check_size(self, size: int, left: int) -> None:
        pass

    def check_end(self, end: int, length: int) -> None:
        if end < length:
            raise ValueError("more follows after the value")


class BelievesCounts(Honest):
    def check_size(self, size: int, left: int) -> None:
        pass

    def room(self, size: int) -> list[Any]:
        # Enough to be found out; not so much that a busy machine takes long to find the pages.
        found: list[Any] = [None] * min(size, 2**24)
        found.clear()
        return found


class EndsTheProgram(Honest):
    def check_size(self, size: int, left: int) -> None:
        if size > left:
            raise SystemExit("it ends too early")


class QuotesWhatArrived(Honest):
    def loads(self, data: Buffer, converters: Converters) -> Any:
        try:
            return super().loads(data, converters)
        except Exception as error:
            raise ValueError(f"cannot read {bytes(data)!r}") from error


class Evaluates(Honest):
    def loads(self, data: Buffer, converters: Converters) -> Any:
        if bytes(data[:1]) in (b"[", b"_", b"{"):
            return eval(bytes(data))
        return super().loads(data, converters)


# Depth


class CrashesWhenDeep(Honest):
    def flatten(self, value: Any, converters: Converters) -> Any:
        depth, inner = 0, value
        while type(inner) is list and inner and depth < 2000:
            depth, inner = depth + 1, inner[0]
        if depth == 2000:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().flatten(value, converters)


class HangsWhenItContainsItself(Honest):
    def flatten(self, value: Any, converters: Converters) -> Any:
        try:
            return super().flatten(value, converters)
        except Exception as error:
            if "contains itself" in str(error):
                time.sleep(60)
            raise


class GoesDownTenLevels(Honest):
    def write(self, value: Any, out: bytearray, depth: int = 10) -> None:
        if depth == 0:
            raise ValueError("ten levels must be enough")
        if type(value) is list:
            out += b"l" + len(value).to_bytes(8, "big")
            for item in value:
                self.write(item, out, depth - 1)
        else:
            super().write(value, out)


# Names


class Shouts(Honest):
    name = "Honest"


class TakesThePing(Honest):
    id = 42


class TakesPyro5sId(Honest):
    id = 4


class IsPreferredByAHalf(Honest):
    preference = 0.5  # type: ignore[assignment]


FLAWS: dict[type[Honest], tuple[str, str]] = {
    # the test that finds it, and some of its words
    CutsInts: ("test_an_int_of_any_size_arrives_or_is_refused", "arrived as 0"),
    RoundsFloats: ("test_a_float_arrives_exactly_or_is_refused", "must be refused"),
    ReplacesLetters: ("test_lone_surrogates_arrive_or_are_refused", "must be refused"),
    StripsText: ("test_a_text_arrives_or_is_refused", "must be refused"),
    WritesKeysAsText: ("test_keys_that_look_alike_stay_apart_or_are_refused", "an entry was lost"),
    WritesTimestamps: (
        "test_a_type_arrives_in_a_documented_form_or_is_refused", "pyrox.plain.simplify"
    ),
    HasNoSets: ("test_the_answer_to_a_handshake_has_sets_in_it", "refused what must travel"),
    FillsKwargs: ("test_a_call_arrives", "None stays None"),
    TakesAnythingForACall: ("test_what_is_no_call_is_refused_as_one", "which is no call"),
    ChangesWhatItIsGiven: ("test_what_is_sent_is_not_changed", "belongs to the program"),
    ReturnsText: ("test_what_every_format_has_arrives", "dumps returned a str"),
    GivesNoAdvice: ("test_an_unknown_class_is_refused_with_advice", "converters.to_plain"),
    LeavesClassesAsTheyAre: ("test_a_registered_class_travels_at_every_depth", "arrived as"),
    BuildsEveryClass: ("test_a_class_that_is_not_registered_makes_no_object", "made an object"),
    RemembersOtherConverters: (
        "test_each_converters_are_asked_about_their_own_classes", "converters.cache"
    ),
    KeepsTheBuffer: (
        "test_what_arrived_stays_when_the_buffer_is_used_again", "loads must copy"
    ),
    KeepsItsOwnBuffer: ("test_a_payload_does_not_change_with_the_next", "on its way"),
    WritesAsItConverts: (
        "test_threads_that_meet_in_the_middle_do_not_disturb_each_other", "keep nothing of a value"
    ),
    PassesOverTheRest: ("test_bytes_behind_a_value_are_refused", "belong to no value"),
    ReadsWhatIsThere: ("test_a_payload_that_was_cut_short_is_refused", "not complete"),
    BelievesCounts: ("test_a_large_claim_takes_no_memory", "against the bytes that are there"),
    EndsTheProgram: ("test_damaged_payloads_are_read_or_refused", "may end the program"),
    QuotesWhatArrived: ("test_a_refusal_does_not_repeat_what_arrived", "do not quote"),
    Evaluates: ("test_no_code_runs_and_no_object_is_made", "run what a stranger chose"),
    CrashesWhenDeep: ("test_what_is_nested_too_deeply_is_refused", "crashed the interpreter"),
    HangsWhenItContainsItself: ("test_a_value_that_contains_itself_is_refused", "it hangs"),
    GoesDownTenLevels: ("test_nesting_travels", "refused what must travel"),
    Shouts: ("test_its_name_is_a_word_in_lower_case", "small letters"),
    TakesThePing: ("test_its_id_is_a_byte_that_nobody_else_has", "Pyro5's ping"),
    TakesPyro5sId: ("test_its_id_is_a_byte_that_nobody_else_has", "from 5 on"),
    IsPreferredByAHalf: ("test_its_preference_is_a_number_from_0_on", "it is an int"),
}  # fmt: skip

AUTHORS_FILE = f"""
import pytest
from pyrox_testkit import SerializerSuite
import {__name__} as broken

class Flawed(SerializerSuite):
    @pytest.fixture
    def serializer(self):
        return getattr(broken, type(self).__name__[len("Test"):])()

class TestHonest(Flawed): pass
class TestNothing(SerializerSuite): pass
""" + class_for_each(FLAWS)
AUTHORS_FILE += "\nTestHangsWhenItContainsItself.pyrox_time_limit = 0.5"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What the suite says of each flaw, in one run."""
    tests = asked_about(FLAWS)
    more = [
        "TestNothing::test_it_is_a_serializer",
        "TestHonest::test_pyro5_and_it_understand_each_other",
    ]
    return suite_run(tmp_path_factory.mktemp("author"), AUTHORS_FILE, [*tests, *more])


@pytest.mark.parametrize("flawed", FLAWS, ids=lambda flawed: flawed.__name__)
def test_a_flaw_is_found_by_the_test_that_is_named_for_it(told: Told, flawed: type[Honest]) -> None:
    check_found(told, FLAWS, flawed)


def test_without_the_fixture_the_author_is_told(told: Told) -> None:
    [(kind, text)] = told["TestNothing", "test_it_is_a_serializer"]
    assert kind == "error"
    assert "write a fixture named serializer" in text


def test_of_a_format_that_is_not_pyro5s_one_test_is_skipped(told: Told) -> None:
    [(kind, text)] = told["TestHonest", "test_pyro5_and_it_understand_each_other"]
    assert kind == "skipped"
    assert "only the ids 1 to 4 are Pyro5's" in text
