"""``proxy._pyro.map()``: one method for many arguments, many calls on their way at once."""

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from pyrox import Config, Outcome, Proxy
from pyrox_testkit import Faults
from tests.behaviour.objects import PATIENCE, eventually
from tests.threaded import daemon_of_kind


@pyrox.expose
class Workshop:
    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.seen: list[Any] = []

    def echo(self, value: Any) -> Any:
        self.seen.append(value)
        return value

    def add(self, left: int, right: int) -> int:
        return left + right

    def inverse(self, value: int) -> float:
        return 1 / value

    def wait(self, number: int) -> int:
        assert self.go_on.wait(PATIENCE)
        return number

    def count(self, number: int) -> Iterator[int]:
        yield from range(number)

    @pyrox.oneway
    def note(self, value: Any) -> None:
        self.seen.append(value)


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    workshop = Workshop()
    yield workshop
    workshop.go_on.set()


@pytest.fixture(params=["thread", "multiplex", "asyncio"])
def uri(request: pytest.FixtureRequest, workshop: Workshop) -> Iterator[pyrox.URI]:
    daemon = daemon_of_kind(request.param)
    yield daemon.start().register(workshop, "workshop")
    workshop.go_on.set()
    daemon.close()


@pytest.fixture(params=[1000, 7], ids=["many at once", "few at once"])
def proxy(request: pytest.FixtureRequest, uri: pyrox.URI) -> Iterator[Proxy]:
    with Proxy(uri, config=Config(max_in_flight=request.param)) as proxy:
        yield proxy


def test_results_come_in_the_order_of_the_arguments(proxy: Proxy) -> None:
    assert list(proxy._pyro.map("echo", range(2500))) == list(range(2500))


def test_nothing_to_call_with_gives_nothing(proxy: Proxy) -> None:
    assert list(proxy._pyro.map("echo", [])) == []


def test_several_iterables_give_several_arguments_until_the_shortest_ends(proxy: Proxy) -> None:
    assert list(proxy._pyro.map("add", [1, 2, 3], itertools.count(10))) == [11, 13, 15]


def test_arguments_are_taken_as_they_are_needed(proxy: Proxy, workshop: Workshop) -> None:
    found = proxy._pyro.map("echo", itertools.count())
    assert [next(found) for _ in range(1500)] == list(range(1500))
    found.close()  # type: ignore[attr-defined]
    assert len(workshop.seen) < 4000


def test_the_first_call_that_fails_raises_in_its_place(proxy: Proxy) -> None:
    found = proxy._pyro.map("inverse", [1, 2, 0, 4])
    assert [next(found), next(found)] == [1.0, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(found)
    assert list(found) == []
    assert proxy.echo("after it") == "after it"


def test_arguments_that_cannot_travel_fail_in_their_place(proxy: Proxy) -> None:
    found = proxy._pyro.map("echo", [1, object(), 3])
    assert next(found) == 1
    with pytest.raises(pyrox.SerializeError):
        next(found)
    assert proxy.echo(2) == 2


def test_arguments_that_are_too_large_fail_in_their_place(uri: pyrox.URI) -> None:
    with Proxy(uri, config=Config(max_message_size=10_000)) as proxy:
        found = proxy._pyro.map("echo", ["a", "b" * 20_000, "c"])
        assert next(found) == "a"
        with pytest.raises(pyrox.MessageTooLargeError):
            next(found)
        assert proxy.echo("d") == "d"


def test_results_that_are_not_asked_for_disturb_nobody(proxy: Proxy) -> None:
    found = proxy._pyro.map("echo", range(300))
    assert next(found) == 0
    del found
    assert [proxy.echo(number) for number in range(5)] == list(range(5))
    assert list(proxy._pyro.map("echo", "abc")) == ["a", "b", "c"]


def test_two_of_them_and_plain_calls_mix(proxy: Proxy) -> None:
    one, two = proxy._pyro.map("echo", range(300)), proxy._pyro.map("echo", range(300))
    for number, (first, second) in enumerate(zip(one, two, strict=True)):
        assert first == second == number
        if not number % 50:
            assert proxy.echo("between") == "between"


def test_threads_map_side_by_side(proxy: Proxy) -> None:
    results: list[list[int]] = []

    def work() -> None:
        results.append(list(proxy._pyro.map("echo", range(500))))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert results == [list(range(500))] * 4


def test_iterators_come_as_item_streams(proxy: Proxy) -> None:
    streams = list(proxy._pyro.map("count", [3, 2]))
    assert [list(stream) for stream in streams] == [[0, 1, 2], [0, 1]]


def test_oneway_methods_give_none(proxy: Proxy, workshop: Workshop) -> None:
    assert list(proxy._pyro.map("note", "ab")) == [None, None]
    eventually(lambda: sorted(workshop.seen) == ["a", "b"])


def test_a_call_whose_time_is_over_raises_in_its_place(uri: pyrox.URI, workshop: Workshop) -> None:
    with Proxy(uri, timeout=0.3) as proxy, pytest.raises(pyrox.TimeoutError):
        list(proxy._pyro.map("wait", range(3)))
    workshop.go_on.set()
    with Proxy(uri) as other:
        assert other.echo(1) == 1


def test_a_lost_connection_fails_what_is_on_its_way(uri: pyrox.URI) -> None:
    faults = Faults()
    with Proxy(uri, plugins=faults.plugins) as proxy:
        assert proxy.echo(1) == 1
        faults.cut(towards="client", after=5)
        found = proxy._pyro.map("echo", range(100))
        with pytest.raises(pyrox.ConnectionClosedError) as caught:
            list(found)
        assert caught.value.outcome is Outcome.UNKNOWN
        faults.heal()
        assert list(proxy._pyro.map("echo", range(3))) == [0, 1, 2]


def test_what_is_on_its_way_at_once_runs_side_by_side(workshop: Workshop) -> None:
    with pyrox.Daemon().start() as daemon, Proxy(daemon.register(workshop)) as proxy:
        barrier = threading.Barrier(10)

        @pyrox.expose
        class Meeting:
            def meet(self, number: int) -> int:
                barrier.wait(PATIENCE)
                return number

        with Proxy(daemon.register(Meeting())) as meeting:
            assert list(meeting._pyro.map("meet", range(10))) == list(range(10))
        assert proxy.echo(1) == 1
