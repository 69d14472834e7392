"""Calls that succeed: methods, attributes, batches, instances, and what travels beside."""

from decimal import Decimal
from typing import Any

import pytest

from pyrox import behavior, expose, oneway
from pyrox.wire.message import Flags
from tests.core.dispatch.server import Server


@expose
class Calculator:
    def __init__(self) -> None:
        self.total = 0
        self.log: list[Any] = []

    def add(self, a: int, b: int = 0) -> int:
        self.log.append((a, b))
        return a + b

    def give(self, value: Any) -> Any:
        return value

    @property
    def value(self) -> int:
        return self.total

    @value.setter
    def value(self, value: int) -> None:
        self.total = value

    @property
    def fixed(self) -> int:
        return 1

    @staticmethod
    def static() -> str:
        return "static"

    @classmethod
    def of_class(cls) -> str:
        return cls.__name__

    @oneway
    def push(self, item: Any) -> None:
        self.log.append(item)

    def hidden_sibling(self) -> "Calculator":
        return self

    def price(self) -> Decimal:
        return Decimal("1.50")

    def __len__(self) -> int:
        return 7

    def _private(self) -> None: ...


@pytest.fixture
def calculator() -> Calculator:
    return Calculator()


@pytest.fixture
def server(calculator: Calculator) -> Server:
    return Server({"calc": calculator})


def test_a_call_returns_what_the_method_returns(server: Server) -> None:
    assert server.call("calc", "add", 5, b=7).value == 12


@pytest.mark.parametrize(
    ("method", "value"), [("static", "static"), ("of_class", "Calculator"), ("__len__", 7)]
)
def test_every_kind_of_exposed_method_can_be_called(
    server: Server, method: str, value: Any
) -> None:
    assert server.call("calc", method).value == value


@pytest.mark.parametrize("value", [None, False, 0, "", [], {}, "text", [1, [2]], {"a": {"b": 1}}])
def test_any_plain_value_is_a_result(server: Server, value: Any) -> None:
    answer = server.call("calc", "give", value)
    assert answer.value == value
    assert answer.flags == 0


def test_an_answer_carries_what_identifies_its_request(server: Server) -> None:
    answer = server.send("calc", "static", [], {}, sequence=77, flags=0x40,
                         correlation_id=b"id" * 8)  # fmt: skip
    assert answer is not None
    assert answer.message.sequence == 77
    assert answer.message.serializer_id == 3
    assert answer.message.correlation_id == b"id" * 8


def test_keyword_arguments_may_be_none(server: Server) -> None:
    answer = server.send("calc", "add", [1, 2], None)
    assert answer is not None
    assert answer.value == 3


def test_a_registered_object_is_returned_as_a_proxy(server: Server) -> None:
    value = server.call("calc", "hidden_sibling").value
    assert value["__class__"] == "Pyro5.client.Proxy"
    assert value["state"][0] == "PYRO:calc@here:1"


def test_a_marked_function_on_the_instance_can_be_called(
    server: Server, calculator: Calculator
) -> None:
    calculator.extra = expose(lambda number: number * 2)  # type: ignore[attr-defined]
    assert server.call("calc", "extra", 4).value == 8


# Attributes


def test_an_exposed_property_is_read_and_written(server: Server, calculator: Calculator) -> None:
    assert server.get("calc", "value").value == 0
    assert server.set("calc", "value", 9).value is None
    assert server.get("calc", "value").value == 9
    assert calculator.total == 9


# Oneway


def test_a_oneway_call_is_run_and_not_answered(server: Server, calculator: Calculator) -> None:
    assert server.send("calc", "push", ["x"], {}, flags=Flags.ONEWAY) is None
    assert calculator.log == ["x"]


def test_any_method_can_be_called_oneway_and_a_oneway_method_normally(
    server: Server, calculator: Calculator
) -> None:
    assert server.send("calc", "add", [1, 2], {}, flags=Flags.ONEWAY) is None
    assert server.call("calc", "push", "x").value is None
    assert calculator.log == [(1, 2), "x"]


# Batches


def test_a_batch_runs_its_calls_in_their_order(server: Server, calculator: Calculator) -> None:
    answer = server.batch("calc", ["add", [1], {"b": 2}], ["static", [], {}], ["add", [5], None])
    assert answer.value == [3, "static", 5]
    assert answer.flags == Flags.BATCH
    assert calculator.log == [(1, 2), (5, 0)]


def test_a_batch_may_give_any_value(server: Server) -> None:
    first, second = server.batch("calc", ["hidden_sibling", [], {}], ["price", [], {}]).value
    assert first["__class__"] == "Pyro5.client.Proxy"
    assert second == "1.50"


def test_an_empty_batch_has_no_results(server: Server) -> None:
    assert server.batch("calc").value == []


def test_a_oneway_batch_is_run_and_not_answered(server: Server, calculator: Calculator) -> None:
    calls = [["push", ["x"], {}], ["push", ["y"], {}]]
    assert server.send("calc", "<batch>", calls, None, flags=Flags.BATCH | Flags.ONEWAY) is None
    assert calculator.log == ["x", "y"]


# Instances


@pytest.mark.parametrize(
    ("mode", "same", "elsewhere"),
    [
        ("session", [1, 2, 3], [1]),
        ("single", [1, 2, 3], [4]),
        ("percall", [1, 1, 1], [1]),
    ],
)
def test_instances_live_as_their_class_says(mode: Any, same: list[int], elsewhere: Any) -> None:
    @behavior(mode)
    @expose
    class Counter:
        def __init__(self) -> None:
            self.count = 0

        def up(self) -> int:
            self.count += 1
            return self.count

    server = Server({"counter": Counter})
    assert [server.call("counter", "up").value for _ in range(3)] == same
    other = server.connected()
    assert [server.call_over(other, "counter", "up").value] == elsewhere


def test_a_batch_is_one_call_to_a_percall_instance() -> None:
    @behavior("percall")
    @expose
    class Counter:
        count = 0

        def up(self) -> int:
            self.count += 1
            return self.count

    assert Server({"c": Counter}).batch("c", ["up", [], {}], ["up", [], {}]).value == [1, 2]


@pytest.mark.parametrize("size", [10, 20_000])
def test_large_results_are_answered_too(server: Server, size: int) -> None:
    assert server.call("calc", "give", "x" * size).value == "x" * size
