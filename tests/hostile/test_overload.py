"""A daemon full of calls that do not end: further ones wait, then are refused, and none is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import pyrox
from pyrox import Outcome, OverloadedError
from tests.hostile.conftest import Serve, Served
from tests.hostile.raw import EXCEPTION, call, eventually

RUNNING, WAITING = 4, 6
LIMITS = {"max_calls": RUNNING, "max_queued_calls": WAITING}


def fill(served: Served, count: int = RUNNING) -> list[Any]:
    """Occupy the daemon with calls that wait at the gate; return their clients."""
    clients = [served.client() for _ in range(count)]
    for number, client in enumerate(clients):
        client.send(call("json", "target", "wait", [number], sequence=number))
    for _ in clients:
        assert served.target.started.acquire(timeout=3)
    return clients


def test_calls_beyond_the_limits_wait_then_are_refused_and_none_is_lost(serve: Serve) -> None:
    served = serve("thread", **LIMITS)
    running = fill(served)
    waiting = [served.client() for _ in range(WAITING)]
    for number, client in enumerate(waiting):
        client.send(call("json", "target", "echo", [f"waited {number}"], sequence=number))
    server: Any = served.daemon._server
    assert eventually(lambda: len(server._queue) == WAITING)

    refused = [served.client() for _ in range(5)]
    for client in refused:
        answer = client.call("echo", "refused")
        assert answer.flags & EXCEPTION
        assert "overloaded" in answer.error_text
        assert served.noted_once(client)
    with served.proxy() as proxy, pytest.raises(OverloadedError) as caught:
        proxy.echo("refused")
    assert caught.value.outcome is Outcome.NOT_SENT

    served.target.gate.set()
    for number, client in enumerate(running):
        late = client.read()
        assert late is not None and (late.sequence, late.value) == (number, number)
    for number, client in enumerate(waiting):
        late = client.read()
        assert late is not None and late.sequence == number
        assert late.value == f"waited {number}"
    for client in refused:
        assert client.call("echo", "welcome again").value == "welcome again"
    assert "refused" not in served.target.calls
    assert served.goes_on()


def test_a_full_daemon_still_greets_and_answers_pings(serve: Serve) -> None:
    served = serve("thread", **LIMITS)
    fill(served)
    client = served.client()
    from tests.hostile.raw import PING, message

    assert client.ask(message(PING)).kind == PING
    served.target.gate.set()
    assert served.goes_on()


def test_oneway_calls_to_a_full_daemon_all_run_later(serve: Serve) -> None:
    served = serve("thread", **LIMITS)
    fill(served)
    clients = [served.client() for _ in range(3)]
    for number, client in enumerate(clients):
        client.send(
            *(call("json", "target", "tell", [f"{number}-{i}"], flags=4) for i in range(10))
        )
    served.target.gate.set()
    told = {f"{number}-{i}" for number in range(3) for i in range(10)}
    assert eventually(lambda: told <= set(served.target.calls))
    assert len([value for value in served.target.calls if value in told]) == len(told)
    assert served.goes_on()


def test_a_waiting_call_whose_client_left_harms_nobody(serve: Serve) -> None:
    served = serve("thread", **LIMITS)
    fill(served)
    waiting = [served.client() for _ in range(WAITING)]
    for client in waiting:
        client.send(call("json", "target", "zeros", [10]))
    server: Any = served.daemon._server
    assert eventually(lambda: len(server._queue) == WAITING)
    for client in waiting:
        client.reset()
    served.target.gate.set()
    assert eventually(lambda: served.connections == 1 + RUNNING)
    assert served.goes_on()


def test_closing_a_full_daemon_tells_those_who_wait(serve: Serve) -> None:
    served = serve("thread", **LIMITS)
    fill(served)
    waiting = [served.client() for _ in range(WAITING)]
    for client in waiting:
        client.send(call("json", "target", "echo", ["waiting"]))
    server: Any = served.daemon._server
    assert eventually(lambda: len(server._queue) == WAITING)
    served.daemon.shutdown(0.2)
    for client in waiting:
        answer = client.read()
        assert answer is not None and "shutting down" in answer.error_text
    served.target.gate.set()
    assert "waiting" not in served.target.calls


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_call_is_forgotten_where_few_may_run_at_once(serve: Serve, limit: int) -> None:
    served = serve("thread", max_calls=limit)
    clients, calls = 6, 150

    def work(number: int) -> None:
        with served.proxy(timeout=5.0) as proxy:
            for i in range(calls):
                assert proxy.echo([number, i]) == [number, i]

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(work, number) for number in range(clients)]:
            done.result(timeout=150)


class Together:
    """Methods that take their time, each under a name of its own."""

    def __init__(self) -> None:
        self.gates = {name: threading.Event() for name in "abcdefgh"}
        self.waiting = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.inside = self.most = 0

    def _wait(self, name: str) -> str:
        self.waiting.release()
        assert self.gates[name].wait(20)
        return name


for _name in "abcdefgh":

    def _method(self: Together, name: str = _name) -> str:
        return self._wait(name)

    _method.__name__ = _name
    setattr(Together, _name, pyrox.expose(_method))


@pyrox.expose
class Meeting(Together):
    def open(self, name: str) -> None:
        self.gates[name].set()

    def echo(self, value: Any) -> Any:
        return value

    def nap(self) -> None:
        threading.Event().wait(0.03)


@pytest.mark.parametrize("warm", [0, 1, 3])
def test_methods_that_block_for_the_first_time_never_block_each_other(
    serve: Serve, warm: int
) -> None:
    target = Meeting()
    served = serve("thread", target)
    with ThreadPoolExecutor(8) as pool:
        for _ in range(warm):  # leaves threads behind that have nothing to do
            list(pool.map(lambda _: served.proxy().nap(), range(4)))
        answers = {}
        for name in "abcdefgh":
            answers[name] = pool.submit(getattr(served.proxy(), name))
            assert target.waiting.acquire(timeout=1)
            assert served.goes_on()
        for name in reversed("abcdefgh"):
            with served.proxy() as proxy:
                proxy.open(name)
            assert answers[name].result(timeout=1) == name


@pytest.mark.parametrize("order", ["abab", "aabb", "abcd", "aaab"])
def test_a_method_known_to_block_leaves_somebody_to_watch_the_next_one(
    serve: Serve, order: str
) -> None:
    target = Meeting()
    served = serve("thread", target)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(served.proxy().a)
        assert target.waiting.acquire(timeout=1)
        served.proxy().open("a")
        assert first.result(timeout=1) == "a"
        target.gates["a"].clear()
        answers = []
        for name in order:
            answers.append(pool.submit(getattr(served.proxy(), name)))
            assert target.waiting.acquire(timeout=1)
            assert served.goes_on()
        for name in set(order):
            served.proxy().open(name)
        for answer in answers:
            answer.result(timeout=1)
