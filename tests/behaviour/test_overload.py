"""A thread daemon with more calls than it runs at once: they queue, and then are refused."""

import threading

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ProxyMaker
from tests.behaviour.objects import Gate, Spawned, eventually

pytestmark = pytest.mark.parametrize("server_type", ["thread"], indirect=True)


def queued(daemon: pyrox.Daemon, count: int) -> None:
    """Wait until so many calls are in the queue."""
    eventually(lambda: len(daemon._server._queue) == count)  # type: ignore[attr-defined]


def test_no_more_calls_than_allowed_run_at_once(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=3)
    uri = daemon.register(gate)
    clients = [Spawned(make_proxy(uri).wait, number) for number in range(10)]
    gate.arrived(3)
    queued(daemon, 7)
    assert gate.inside == 3
    gate.open()
    assert [client.result() for client in clients] == list(range(10))
    assert gate.most == 3


def test_calls_beyond_the_queue_are_refused_at_once_and_not_executed(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=1, max_queued_calls=2)
    uri = daemon.register(gate)
    clients = [Spawned(make_proxy(uri).wait, number) for number in range(3)]
    gate.arrived()
    queued(daemon, 2)
    late = make_proxy(uri)
    with pytest.raises(pyrox.OverloadedError, match="overloaded: 1 calls are running") as caught:
        late.wait()
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    gate.open()
    assert [client.result() for client in clients] == [0, 1, 2]
    assert gate.executed == 3
    assert late.wait("now") == "now"  # on the same connection


def test_without_a_queue_calls_are_refused_while_all_places_are_taken(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=2, max_queued_calls=0)
    uri = daemon.register(gate)
    clients = [Spawned(make_proxy(uri).wait, number) for number in range(2)]
    gate.arrived(2)
    with pytest.raises(pyrox.OverloadedError, match="2 calls are running and 0 are waiting"):
        make_proxy(uri).wait()
    gate.open()
    assert [client.result() for client in clients] == [0, 1]


def test_an_overloaded_daemon_still_answers_its_clients_handshakes(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=1, max_queued_calls=1)
    uri = daemon.register(gate)
    busy = [Spawned(make_proxy(uri).wait) for _ in range(2)]
    gate.arrived()
    queued(daemon, 1)
    assert make_proxy(uri)._pyro.bind()
    gate.open()
    for each in busy:
        each.result()


def test_a_refused_call_is_tried_again_where_retries_are_on(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=1, max_queued_calls=1)
    uri = daemon.register(gate)
    busy = [Spawned(make_proxy(uri).wait) for _ in range(2)]
    gate.arrived()
    queued(daemon, 1)
    patient = make_proxy(uri)
    patient._pyro.max_retries = 100
    trying = Spawned(patient.wait, "at last")
    gate.open()
    assert trying.result() == "at last"
    for each in busy:
        each.result()


def test_oneway_calls_are_never_lost_to_a_full_queue(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=1, max_queued_calls=2)
    proxy = make_proxy(daemon.register(gate))
    for _ in range(10):
        proxy.wait_oneway()
    gate.arrived()
    gate.open()
    gate.done(10)
    assert proxy.quick("x") == "x"


def test_queued_calls_run_in_the_order_in_which_they_came(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    ran: list[int] = []

    @pyrox.expose
    class Ordered:
        def work(self, number: int) -> None:
            gate.wait()
            ran.append(number)

    daemon = make_daemon(max_calls=1)
    uri = daemon.register(Ordered())
    clients = []
    for number in range(6):
        clients.append(Spawned(make_proxy(uri).work, number))
        if number:
            queued(daemon, number)
        else:
            gate.arrived()
    gate.open()
    for client in clients:
        client.result()
    assert ran == list(range(6))


def test_a_queued_call_runs_though_another_client_keeps_the_daemon_busy(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    stop = threading.Event()

    @pyrox.expose
    class Busy:
        def work(self) -> None:
            for _ in range(20_000):
                pass

    uri = make_daemon(max_calls=1).register(Busy())

    def keep_busy() -> None:
        proxy = make_proxy(uri)
        while not stop.is_set():
            proxy.work()

    busy = [Spawned(keep_busy) for _ in range(2)]
    visitor = make_proxy(uri, timeout=10)
    for _ in range(100):
        visitor.work()
    stop.set()
    for each in busy:
        each.result()


def test_no_call_stays_behind_in_the_queue(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    @pyrox.expose
    class Short:
        def __init__(self) -> None:
            self.pause = threading.Event()

        def work(self, number: int) -> int:
            self.pause.wait((number % 3) * 0.006)
            return number

    uri = make_daemon(max_calls=2).register(Short())

    def rush(number: int) -> None:
        proxy = make_proxy(uri, timeout=15)
        for count in range(30):
            assert proxy.work(number + count) == number + count

    for client in [Spawned(rush, number) for number in range(6)]:
        client.result(40)
