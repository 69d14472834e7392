"""Batches: many calls in one message."""

from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, eventually

pytestmark = pytest.mark.every_transport


@pyrox.expose
class Account:
    def __init__(self) -> None:
        self.balance = 0
        self.steps: list[str] = []

    def deposit(self, amount: int, *, note: str = "") -> int:
        self.steps.append(f"deposit {amount}{note}")
        self.balance += amount
        return self.balance

    def withdraw(self, amount: int) -> int:
        self.steps.append(f"withdraw {amount}")
        if amount > self.balance:
            error = ValueError("not enough", self.balance)
            error.hint = "deposit first"  # type: ignore[attr-defined]
            raise error
        self.balance -= amount
        return self.balance

    def entries(self) -> Iterator[str]:
        return iter(self.steps)

    def _hidden(self) -> None:
        self.steps.append("hidden")

    @property
    def owner(self) -> str:
        return "Ada"


def test_results_come_in_the_order_of_the_calls(serve: ObjectServer, serializer: str) -> None:
    batch = serve(Account(), serializer=serializer)._pyro.batch()
    assert batch.deposit(10) is None
    batch.deposit(5, note=" for tea")
    batch.withdraw(3)
    assert len(batch) == 3
    assert list(batch()) == [10, 15, 12]


def test_calls_run_only_when_the_batch_is_called(serve: ObjectServer) -> None:
    account = Account()
    batch = serve(account)._pyro.batch()
    batch.deposit(10)
    assert account.steps == []
    batch()
    assert account.steps == ["deposit 10"]


def test_a_batch_starts_over_once_it_was_called(serve: ObjectServer) -> None:
    batch = serve(Account())._pyro.batch()
    batch.deposit(1)
    assert list(batch()) == [1]
    assert len(batch) == 0
    batch.deposit(1)
    assert list(batch()) == [2]


def test_an_empty_batch_gives_nothing_and_asks_nobody(make_proxy: ProxyMaker) -> None:
    batch = make_proxy("PYRO:nobody@localhost:1")._pyro.batch()
    assert list(batch()) == []
    assert batch(oneway=True) is None


def test_a_failure_shows_in_its_place_and_ends_the_batch(
    serve: ObjectServer, serializer: str
) -> None:
    account = Account()
    batch = serve(account, serializer=serializer)._pyro.batch()
    batch.deposit(10)
    batch.withdraw(99)
    batch.deposit(1000)
    results = batch()
    assert next(results) == 10
    with pytest.raises(ValueError, match="not enough") as caught:
        next(results)
    assert list(results) == []
    assert caught.value.args[1] == 10
    assert caught.value.hint == "deposit first"  # type: ignore[attr-defined]
    assert "in withdraw" in (pyrox.remote_traceback(caught.value) or "")
    assert account.steps == ["deposit 10", "withdraw 99"]


def test_an_unknown_name_fails_the_batch_before_anything_ran(serve: ObjectServer) -> None:
    account = Account()
    batch = serve(account)._pyro.batch()
    batch.deposit(10)
    batch.withdrw(1)
    with pytest.raises(AttributeError, match="withdrw"):
        batch()
    assert account.steps == []


@pytest.mark.parametrize("name", ["_hidden", "__init__", "owner"])
def test_private_names_and_attributes_cannot_be_batched(serve: ObjectServer, name: str) -> None:
    account = Account()
    proxy = serve(account)
    with pytest.raises(AttributeError, match=name):
        list(proxy._pyro.call("<batch>", [(name, (), {})], None, pyrox.Flags.BATCH))
    assert account.steps == []


def test_a_oneway_batch_runs_and_gives_nothing(serve: ObjectServer, serializer: str) -> None:
    account = Account()
    proxy = serve(account, serializer=serializer)
    batch = proxy._pyro.batch()
    batch.deposit(10)
    batch.withdraw(4)
    assert batch(oneway=True) is None
    eventually(lambda: account.steps == ["deposit 10", "withdraw 4"])
    assert proxy.deposit(0) == 6


def test_a_failing_oneway_batch_stops_where_it_failed(serve: ObjectServer) -> None:
    account = Account()
    proxy = serve(account)
    batch = proxy._pyro.batch()
    batch.withdraw(4)
    batch.deposit(10)
    batch(oneway=True)
    assert proxy.deposit(1) == 1
    assert account.steps == ["withdraw 4", "deposit 1"]


def test_a_generator_in_a_batch_is_an_error_in_its_place(serve: ObjectServer) -> None:
    batch = serve(Account())._pyro.batch()
    batch.deposit(1)
    batch.entries()
    results = batch()
    assert next(results) == 1
    with pytest.raises(pyrox.ProtocolError, match="cannot be returned in a batch"):
        next(results)


def test_a_result_that_cannot_travel_fails_the_batch(serve: ObjectServer) -> None:
    class Opaque:
        __slots__ = ()

    class Maker:
        @pyrox.expose
        def make(self) -> Any:
            return Opaque()

    proxy = serve(Maker())
    batch = proxy._pyro.batch()
    batch.make()
    with pytest.raises(pyrox.SerializeError, match="Opaque"):
        batch()


def test_a_thousand_calls_fit_in_a_batch(serve: ObjectServer, serializer: str) -> None:
    batch = serve(Calculator(), serializer=serializer)._pyro.batch()
    for number in range(1000):
        batch.add(number, b=1)
    assert list(batch()) == list(range(1, 1001))


def test_a_batch_runs_on_one_instance_of_a_percall_class(serve: ObjectServer) -> None:
    @pyrox.behavior("percall")
    @pyrox.expose
    class Fresh:
        count = 0

        def bump(self) -> int:
            self.count += 1
            return self.count

    proxy = serve(Fresh)
    batch = proxy._pyro.batch()
    batch.bump()
    batch.bump()
    assert list(batch()) == [1, 2]
    assert proxy.bump() == 1


def test_a_registered_object_in_a_batch_result_arrives_as_a_proxy(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    part = Calculator()
    daemon.register(part)

    class Holder:
        @pyrox.expose
        def part(self) -> Calculator:
            return part

    batch = make_proxy(daemon.register(Holder()))._pyro.batch()
    batch.part()
    (proxy,) = batch()
    with proxy:
        assert proxy.add(1, 2) == 3


def test_a_batch_is_made_of_a_proxy(serve: ObjectServer) -> None:
    batch = pyrox.Batch(serve(Account()))
    batch.deposit(10)
    batch.withdraw(4)
    assert list(batch()) == [10, 6]
