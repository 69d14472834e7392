"""Many calls at once on the one connection of a proxy that threads share."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from pyrox import Config, Outcome, Proxy
from tests.behaviour.objects import PATIENCE, Spawned, eventually
from tests.threaded import daemon_of_kind


@pyrox.expose
class Lab:
    def __init__(self) -> None:
        self.working = threading.Semaphore(0)
        self.go_on = threading.Event()
        self.unwanted = threading.Event()
        self.ticks: list[int] = []

    def echo(self, value: Any) -> Any:
        return value

    def work(self, value: Any) -> Any:
        self.working.release()
        assert self.go_on.wait(PATIENCE)
        return value

    def doze(self, seconds: float, value: Any) -> Any:
        time.sleep(seconds)
        return value

    def look(self) -> None:
        call = pyrox.current_context.call
        assert call is not None
        self.working.release()
        eventually(lambda: call.cancelled)
        self.unwanted.set()

    @pyrox.oneway
    def tick(self, number: int) -> None:
        self.ticks.append(number)


@pytest.fixture
def lab() -> Iterator[Lab]:
    lab = Lab()
    yield lab
    lab.go_on.set()


KINDS = ["thread", "asyncio"]
"""The daemons that run calls of one connection side by side."""


@pytest.fixture(params=[*KINDS, "multiplex"])
def daemon(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Any]:
    daemon = daemon_of_kind(request.param)
    daemon.register(lab, "lab")
    daemon.start()
    yield daemon
    lab.go_on.set()
    daemon.close()


@pytest.fixture
def proxy(daemon: Any) -> Iterator[Proxy]:
    with Proxy(f"PYRO:lab@{daemon.location}") as proxy:
        yield proxy


def connection_of(proxy: Proxy) -> Any:
    connection = proxy._pyro._connection
    assert connection is not None
    return connection


side_by_side = pytest.mark.parametrize("daemon", KINDS, indirect=True)


@side_by_side
def test_a_slow_call_holds_up_no_quick_one(daemon: Any, proxy: Proxy, lab: Lab) -> None:
    for _ in range(3):  # the daemon learns that the method is slow
        slow = Spawned(proxy.work, "slow")
        assert lab.working.acquire(timeout=PATIENCE)
        assert [proxy.echo(number) for number in range(50)] == list(range(50))
        assert slow.thread.is_alive()
        lab.go_on.set()
        assert slow.result() == "slow"
        lab.go_on.clear()
    assert daemon.connections == 1


@side_by_side
def test_slow_calls_run_side_by_side_and_are_answered_in_any_order(proxy: Proxy, lab: Lab) -> None:
    calls = [Spawned(proxy.work, number) for number in range(20)]
    for _ in calls:
        assert lab.working.acquire(timeout=PATIENCE)
    lab.go_on.set()
    assert [call.result() for call in calls] == list(range(20))


@side_by_side
def test_a_call_whose_time_is_over_leaves_the_connection_and_the_other_calls(
    proxy: Proxy, lab: Lab
) -> None:
    other = Spawned(proxy.work, "other")
    assert lab.working.acquire(timeout=PATIENCE)
    before = connection_of(proxy)
    with pyrox.timeout(0.1), pytest.raises(pyrox.TimeoutError) as caught:
        proxy.work("late")
    assert caught.value.outcome is Outcome.UNKNOWN
    assert proxy.echo(1) == 1
    lab.go_on.set()
    assert other.result() == "other"
    eventually(lambda: proxy.echo(2) == 2 and not before.protocol.in_flight)
    assert connection_of(proxy) is before


@side_by_side
def test_the_method_of_a_call_that_was_given_up_can_tell(proxy: Proxy, lab: Lab) -> None:
    with pyrox.timeout(0.2), pytest.raises(pyrox.TimeoutError):
        proxy.look()
    assert lab.unwanted.wait(PATIENCE)


@side_by_side
def test_the_method_can_tell_that_its_client_is_gone(daemon: Any, lab: Lab) -> None:
    proxy = Proxy(f"PYRO:lab@{daemon.location}")
    calling = Spawned(proxy.look)
    assert lab.working.acquire(timeout=PATIENCE)
    connection_of(proxy)._stream.interrupt()
    with pytest.raises(pyrox.ConnectionClosedError):
        calling.result()
    assert lab.unwanted.wait(PATIENCE)
    proxy._pyro.release()


def test_a_lost_connection_fails_every_call_on_it_with_an_error_of_its_own(
    proxy: Proxy, lab: Lab
) -> None:
    calls = [Spawned(proxy.work, number) for number in range(5)]
    assert lab.working.acquire(timeout=PATIENCE)
    connection_of(proxy)._stream.interrupt()
    errors = []
    for call in calls:
        with pytest.raises(pyrox.ConnectionClosedError) as caught:
            call.result()
        errors.append(caught.value)
    assert len(set(map(id, errors))) == 5
    lab.go_on.set()
    assert proxy.echo(1) == 1


def test_more_calls_than_may_be_on_their_way_wait_for_room(daemon: Any, lab: Lab) -> None:
    uri = f"PYRO:lab@{daemon.location}"
    with Proxy(uri, config=Config(max_in_flight=3)) as proxy:
        calls = [Spawned(proxy.work, number) for number in range(10)]
        assert lab.working.acquire(timeout=PATIENCE)
        eventually(lambda: len(connection_of(proxy).protocol.in_flight) == 3)
        with pyrox.timeout(0.1), pytest.raises(pyrox.TimeoutError, match="busy") as caught:
            proxy.echo("no room")
        assert caught.value.outcome is Outcome.NOT_SENT
        lab.go_on.set()
        assert [call.result() for call in calls] == list(range(10))


def test_large_arguments_of_several_threads_do_not_mix(proxy: Proxy) -> None:
    def call(number: int) -> bool:
        value = bytes([number]) * (2_000_000 if number % 2 else 70_000)
        return all(proxy.echo(value) == value for _ in range(3))

    assert all(call.result() for call in [Spawned(call, number) for number in range(6)])


def test_oneway_calls_in_between_arrive(proxy: Proxy, lab: Lab) -> None:
    def call(number: int) -> None:
        for count in range(20):
            proxy.tick(number * 100 + count)
            assert proxy.echo(count) == count

    for each in [Spawned(call, number) for number in range(4)]:
        each.result()
    eventually(lambda: len(lab.ticks) == 80)


@pytest.mark.parametrize("most", [2, 1000])
def test_rounds_of_calls_with_mixed_timeouts_all_end(daemon: Any, lab: Lab, most: int) -> None:
    # Closed rounds: a thread that was forgotten is never woken by calls that come later.
    source = random.Random(most)
    uri = f"PYRO:lab@{daemon.location}"

    def call(proxy: Proxy, pause: float, limit: float, value: int) -> Any:
        try:
            with pyrox.timeout(limit):
                return proxy.doze(pause, value)
        except pyrox.TimeoutError:
            return None

    with Proxy(uri, config=Config(max_in_flight=most)) as proxy:
        for number in range(12):
            calls = [
                Spawned(
                    call,
                    proxy,
                    source.choice([0, 0.001, 0.01, 0.03]),
                    source.choice([0.005, 0.02, 20, 20]),
                    number * 100 + caller,
                )
                for caller in range(8)
            ]
            for caller, each in enumerate(calls):
                assert each.result() in (number * 100 + caller, None)
        assert proxy.echo("after") == "after"
        sharing = connection_of(proxy)._sharing
        assert sharing.reader is None
        assert not sharing.parked
