"""Buffers, large values, deep ones, and many threads at once."""

from __future__ import annotations

import copy
import threading
from functools import partial
from typing import Any

import pytest

from pyrox import Converters, Serializer

from ..apart import apart, together
from .base import Base, Point, Refused, flat, nested
from .compare import fits, same, show

__all__ = ["Sizes"]

MIXED = ["text", 1, {"b": None, "žluť": [2.5, True]}, "x" * 300, Point("k", [1])]
THREADS = 6


class Sizes(Base):
    """Payloads in any buffer, values of any size, and threads that share the serializer."""

    # Buffers

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_any_buffer_is_read(
        self, serializer: Serializer, converters: Converters, kind: type
    ) -> None:
        data = kind(flat(serializer.dumps(MIXED, converters)))
        call = kind(flat(serializer.dumps_call("o", "m", MIXED, {}, converters)))
        assert serializer.loads(data, converters) == MIXED
        assert [*serializer.loads_call(call, converters)[2]] == MIXED

    def test_a_part_of_a_larger_buffer_is_read(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        data = flat(serializer.dumps(MIXED, converters))
        view = memoryview(bytearray(b"<<<" + data + b">>>"))[3:-3]
        assert serializer.loads(view, converters) == MIXED
        assert serializer.loads(view.toreadonly(), converters) == MIXED

    @pytest.mark.parametrize("size", [10, 1000, 100_000, 1_000_000])
    def test_what_arrived_stays_when_the_buffer_is_used_again(
        self, serializer: Serializer, converters: Converters, size: int
    ) -> None:
        value = [b"y" * size, "x" * size, {"z" * size: ["w" * size]}]
        data = self._written(serializer, value, converters) or self._written(
            serializer, value[1:], converters
        )
        assert data is not None, "a text of this size was refused"
        call = flat(serializer.dumps_call("o", "m", value[1:], {"k": "v" * size}, converters))
        for load, content in ((serializer.loads, data), (serializer.loads_call, call)):
            expected = load(bytes(content), converters)
            buffer = bytearray(content)
            arrived = load(memoryview(buffer), converters)
            buffer[:] = bytes(len(buffer))
            assert arrived == expected, (
                "what arrived changed when the buffer that it came in was overwritten: pyrox uses "
                "its buffers again, so loads must copy what it returns"
            )

    def test_what_is_read_is_not_changed(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        buffer = bytearray(flat(serializer.dumps(MIXED, converters)))
        before = bytes(buffer)
        serializer.loads(buffer, converters)
        serializer.loads(memoryview(buffer), converters)
        assert buffer == before, "loads changed the buffer that it was given"

    def test_what_is_sent_is_not_changed(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        args: Any = [{"k": [Point(1, {"m": (1, 2)})], "s": {1, 2}}, ValueError("x")]
        kwargs = {"k": [Point(1, 2)], "t": (1,)}
        kept = copy.deepcopy(args), copy.deepcopy(kwargs)
        inner = args[0]["k"]
        serializer.dumps(args, converters)
        serializer.dumps_call("o", "m", args, kwargs, converters)
        assert same([args[0], kwargs], [kept[0][0], kept[1]]) and args[0]["k"] is inner, (
            "dumps changed the value that it was given: it belongs to the program"
        )

    def test_a_payload_does_not_change_with_the_next(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        payload = serializer.dumps(["first", "x" * 1000], converters)
        before = flat(payload)
        serializer.dumps(["second", "y" * 1000], converters)
        assert flat(payload) == before, (
            "a payload changed when the next value was written: it may still be on its way"
        )

    # Size

    def test_a_text_of_5_mb_travels(self, serializer: Serializer, converters: Converters) -> None:
        value = "abcdefgh žluť " * 330_000
        arrived = self._travel(serializer, [value], converters)
        assert arrived == [value], "a text of 5 MB arrived as another"

    @pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 5_000_000])
    def test_large_bytes_arrive_whole_or_are_refused(
        self, serializer: Serializer, converters: Converters, size: int
    ) -> None:
        data = (bytes(range(251)) * (size // 251 + 1))[:size]
        for value in (data, [data, "between", data]):
            arrived = self._carry(serializer, value, converters)
            if isinstance(arrived, Refused):
                self._check_bytes_may_be_refused(arrived.error)
            else:
                assert fits(value, arrived), f"{size} bytes arrived as {show(arrived)}"

    def test_large_bytes_among_the_arguments_arrive_whole_or_are_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        args = (b"1" * 100_000, "text", b"2" * 70_000, [b"3" * 80_000], Point(1, b"4" * 90_000))
        kwargs = {"k": b"5" * 100_000, "m": None}
        try:
            _, _, *arrived = self._carry_call(serializer, args, kwargs, converters)
        except AssertionError:
            raise
        except Exception as error:
            self._check_refusal(serializer.name, error)
            self._check_bytes_may_be_refused(error)
        else:
            for point in (args[4], arrived[0][4]):
                point.y = bytes(point.y) if isinstance(point.y, bytearray) else point.y
            expected = [*args[:4], args[4].x], kwargs
            found = [*arrived[0][:4], arrived[0][4].x], arrived[1]
            assert fits(expected, found) and fits(args[4].y, arrived[0][4].y), (
                f"large bytes in a call arrived as {show(arrived)}"
            )

    def _check_bytes_may_be_refused(self, error: Exception) -> None:
        assert bytes not in self.keeps, (
            f"large bytes were refused: {error}; the suite's attribute `keeps` has bytes"
        )

    def test_many_items_travel(self, serializer: Serializer, converters: Converters) -> None:
        for name, value in {
            "a list": list(range(66_000)),
            "a dictionary": {f"key {number}": number for number in range(66_000)},
            "dictionaries": [{"text": "x" * 100, "number": number} for number in range(1000)],
        }.items():
            arrived = self._travel(serializer, value, converters)
            assert same(value, arrived), f"{name} of many items arrived as {show(arrived)}"

    # Depth

    @pytest.mark.parametrize("kind", [list, dict, tuple])
    def test_nesting_travels(
        self, serializer: Serializer, converters: Converters, kind: type
    ) -> None:
        def work() -> None:
            for depth in {2, self.depth // 2, self.depth}:
                arrived = self._travel(serializer, nested(depth, kind), converters)
                assert depth_of(arrived) == depth, (
                    f"{depth} levels of {kind.__name__} arrived as {depth_of(arrived)}"
                )

        apart(lambda: self._in_a_thread_too(work), self._patience)

    @pytest.mark.parametrize("kind", [list, dict, tuple, Point])
    def test_what_is_nested_too_deeply_is_refused(
        self, serializer: Serializer, converters: Converters, kind: type
    ) -> None:
        def work() -> None:
            for depth in (300, 501, 700, 1000, 2500, 20_000, 50_000):
                value: Any = None if kind is Point else nested(depth, kind)
                for _ in range(depth if kind is Point else 0):
                    value = Point(value, None)
                arrived = self._carry(serializer, value, converters)
                if not isinstance(arrived, Refused):
                    found = depth_of(arrived)
                    assert found == depth, f"{depth} levels of {kind.__name__} arrived as {found}"
                assert self._travel(serializer, [1], converters) == [1]

        apart(lambda: self._in_a_thread_too(work), self._patience)

    def test_a_value_that_contains_itself_is_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        items: list[Any] = [1]
        items.append({"k": items})
        table: dict[str, Any] = {"a": 1}
        table["b"] = [table]
        point = Point(1, [])
        point.y.append(point)

        def work() -> None:
            for value in (items, table, point):
                assert isinstance(self._carry(serializer, value, converters), Refused), (
                    f"a {type(value).__name__} that contains itself has arrived; refuse it"
                )

        apart(lambda: self._in_a_thread_too(work), self._patience)

    def test_a_converter_that_never_ends_is_refused(
        self, serializer: Serializer, converters: Converters
    ) -> None:
        converters.register_class_to_dict(Point, lambda point: [point])
        apart(
            lambda: self._in_a_thread_too(
                lambda: self._written_refusal(serializer, Point(1, 2), converters)
            ),
            self._patience,
        )

    # Threads

    def test_many_threads_share_it(self, serializer: Serializer, converters: Converters) -> None:
        def travel_often(number: int) -> None:
            value = [Point(f"{number}.{item}", "x" * item) for item in range(20)]
            for _ in range(10):
                arrived = self._carry(serializer, value, converters)
                assert arrived == value, mixed_up(value, arrived)
                _, _, args, _ = self._carry_call(serializer, (value,), {}, converters)
                assert args[0] == value, mixed_up(value, args[0])

        works = [partial(travel_often, number) for number in range(THREADS)]
        apart(lambda: together(works, self._patience), self._patience)

    @pytest.mark.parametrize("reading", [False, True], ids=["writing", "reading"])
    def test_threads_that_meet_in_the_middle_do_not_disturb_each_other(
        self, serializer: Serializer, converters: Converters, reading: bool
    ) -> None:
        """Their converters wait for each other, so that both are inside for sure."""
        meeting = threading.Barrier(2)

        def meet() -> None:
            try:
                meeting.wait(0.2)
            except threading.BrokenBarrierError:
                pass  # it lets one thread in at a time, which is a way as well

        def to_dict(point: Point) -> dict[str, Any]:
            if not reading:
                meet()
            return {"x": point.x, "y": point.y}

        def from_dict(values: dict[str, Any]) -> Point:
            if reading:
                meet()
            return Point(**values)

        converters.register(Point, to_dict, from_dict)

        def travel_once(number: int) -> None:
            value = ["before" * number, Point(number, "x" * number), "after", [number]]
            arrived = self._carry(serializer, value, converters)
            assert arrived == value, mixed_up(value, arrived)

        works = [lambda: travel_once(3), lambda: travel_once(5)]
        apart(lambda: together(works, self._patience), self._patience)


def depth_of(value: Any) -> int:
    """Return how many containers, or points, there are around each other."""
    depth = 0
    while isinstance(value, list | tuple | dict | Point):
        if isinstance(value, dict):
            value = value.get("k")
        elif isinstance(value, Point):
            value = value.x
        else:
            value = value[0] if value else None
        depth += 1
    return depth


def mixed_up(sent: Any, arrived: Any) -> str:
    """Say that two threads got in each other's way."""
    return (
        f"while other threads used the serializer, {show(sent)} arrived as {show(arrived)}: keep "
        "nothing of a value in the serializer itself"
    )
