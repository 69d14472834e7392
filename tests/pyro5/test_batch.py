"""Batches. Reference 1.14, 3.4."""

import copy
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import BatchProxy, Proxy, expose

Connect = Callable[..., Proxy]


class OrderError(Exception):
    pass


@expose
class Counter:
    def __init__(self) -> None:
        self.total = 0
        self.reached = threading.Event()

    def add(self, number: int, times: int = 1) -> int:
        self.total += number * times
        if self.total >= 100:
            self.reached.set()
        return self.total

    def fail(self) -> None:
        error = ValueError("bad", 1)
        error.hint = "look here"  # type: ignore[attr-defined]
        raise error

    def numbers(self) -> Iterator[int]:
        yield 1


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def batch(connect: Connect, counter: Counter, serializer: str) -> BatchProxy:
    return BatchProxy(connect(counter))


def test_the_results_come_in_the_order_of_the_calls(batch: BatchProxy) -> None:
    assert batch.add(1) is None
    batch.add(2, times=3)
    batch.add(number=3)
    results = batch()
    assert list(results) == [1, 7, 10]


def test_the_results_are_a_generator(batch: BatchProxy) -> None:
    batch.add(1)
    results = batch()
    assert iter(results) is results
    assert next(results) == 1


def test_each_execution_starts_a_new_recording(batch: BatchProxy) -> None:
    batch.add(1)
    assert list(batch()) == [1]
    assert list(batch()) == []
    batch.add(1)
    assert list(batch()) == [2]


def test_an_error_shows_in_its_place_and_ends_the_batch(
    batch: BatchProxy, counter: Counter
) -> None:
    batch.add(1)
    batch.fail()
    batch.add(10)
    results = batch()
    assert next(results) == 1
    with pytest.raises(ValueError, match="bad") as caught:
        next(results)
    assert caught.value.args == ("bad", 1)
    assert caught.value._pyroTraceback  # type: ignore[attr-defined]
    assert counter.total == 1


def test_an_error_keeps_its_attributes(batch: BatchProxy) -> None:
    # Reference 9.3-16: Pyro5 lost them.
    batch.fail()
    with pytest.raises(ValueError) as caught:
        list(batch())
    assert caught.value.hint == "look here"  # type: ignore[attr-defined]


def test_an_unknown_method_fails_the_whole_batch_before_anything_runs(
    batch: BatchProxy, counter: Counter
) -> None:
    # Reference 9.3-16: in Pyro5 the calls before it had run.
    batch.add(1)
    batch.nonsense()
    with pytest.raises(AttributeError):
        list(batch())
    assert counter.total == 0


def test_a_oneway_batch_gives_none_and_runs(batch: BatchProxy, counter: Counter) -> None:
    batch.add(50)
    batch.add(50)
    assert batch(oneway=True) is None
    assert counter.reached.wait(10)


def test_an_iterator_cannot_be_returned_in_a_batch(batch: BatchProxy) -> None:
    batch.numbers()
    with pytest.raises(errors.ProtocolError):
        list(batch())


def test_a_copy_has_the_pending_calls(batch: BatchProxy, counter: Counter) -> None:
    batch.add(1)
    twin = copy.copy(batch)
    twin.add(1)
    assert list(twin()) == [1, 2]
    assert list(batch()) == [3]


def test_a_batch_claims_its_proxy(connect: Connect, counter: Counter) -> None:
    batch = BatchProxy(connect(counter))
    batch.add(5)
    outcome: list[Any] = []
    thread = threading.Thread(target=lambda: outcome.extend(batch()))
    thread.start()
    thread.join(10)
    assert outcome == [5]


def test_leaving_a_with_block_does_nothing(batch: BatchProxy, counter: Counter) -> None:
    with batch as same:
        same.add(1)
    assert counter.total == 0
