"""Daemons that stop: from outside, from inside, in good time."""

import itertools
import threading
import time

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned, eventually

threads_only = pytest.mark.parametrize("server_type", ["thread"], indirect=True)


class Stopper:
    def __init__(self, daemon: pyrox.Daemon) -> None:
        self.daemon = daemon

    @pyrox.expose
    def stop(self) -> str:
        self.daemon.shutdown()
        return "stopping"

    @pyrox.expose
    @pyrox.oneway
    def stop_oneway(self) -> None:
        self.daemon.shutdown()


def closed(daemon: pyrox.Daemon) -> bool:
    return "closed" in repr(daemon)


def test_a_method_may_stop_its_daemon_and_is_still_answered(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    proxy = make_proxy(daemon.register(Stopper(daemon)))
    assert proxy.stop() == "stopping"
    eventually(lambda: closed(daemon))
    with pytest.raises(pyrox.CommunicationError):
        proxy.stop()


def test_a_oneway_method_may_stop_its_daemon(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    make_proxy(daemon.register(Stopper(daemon))).stop_oneway()
    eventually(lambda: closed(daemon))


class Farewell(pyrox.Daemon):
    """Takes its time over those that leave, and may stop itself then."""

    stops = False
    gate: Gate
    left = 0

    def client_disconnected(self, peer: pyrox.Peer) -> None:
        if self.stops:
            self.shutdown()
        else:
            self.gate.wait(0)
        self.left += 1


@threads_only
def test_a_daemon_is_not_closed_before_all_was_told_of_its_clients(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(Farewell)
    daemon.gate = gate
    proxy = make_proxy(daemon.register(Calculator()))
    assert proxy.add(1, 2) == 3
    proxy._pyro.release()
    gate.arrived()
    closing = Spawned(daemon.shutdown)
    closing.thread.join(0.1)
    assert closing.running
    gate.open()
    closing.result()
    assert daemon.left == 1


def test_a_daemon_may_stop_when_a_client_leaves(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(Farewell)
    daemon.stops = True
    proxy = make_proxy(daemon.register(Calculator()))
    assert proxy.add(1, 2) == 3
    proxy._pyro.release()
    eventually(lambda: daemon.left == 1)
    eventually(lambda: closed(daemon))


@threads_only
def test_running_calls_finish_and_are_answered(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon()
    uri = daemon.register(gate)
    clients = [Spawned(make_proxy(uri).wait, number) for number in range(3)]
    gate.arrived(3)
    stopping = Spawned(daemon.shutdown)
    eventually(lambda: daemon._server.stopping)
    gate.open()
    assert [client.result() for client in clients] == [0, 1, 2]
    stopping.result()
    assert closed(daemon)


@threads_only
def test_calls_that_do_not_finish_hold_it_up_no_longer_than_said(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon()
    calling = Spawned(make_proxy(daemon.register(gate)).wait)
    gate.arrived()
    began = time.monotonic()
    daemon.shutdown(0.2)
    assert 0.15 < time.monotonic() - began < 9
    with pytest.raises(pyrox.ConnectionClosedError) as caught:
        calling.result()
    assert caught.value.outcome is pyrox.Outcome.UNKNOWN
    gate.open()


@threads_only
def test_no_new_calls_are_begun_while_it_stops(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon()
    uri = daemon.register(gate)
    idle = make_proxy(uri)
    idle.quick()
    calling = Spawned(make_proxy(uri).wait, "last")
    gate.arrived()
    stopping = Spawned(daemon.shutdown)
    eventually(lambda: daemon._server.connections == 1)
    with pytest.raises(pyrox.CommunicationError):
        idle.wait()
    with pytest.raises(pyrox.ConnectError):
        make_proxy(uri).wait()
    gate.open()
    assert calling.result() == "last"
    stopping.result()
    assert gate.executed == 1


@threads_only
def test_queued_calls_are_told_that_they_will_not_run(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=1)
    uri = daemon.register(gate)
    running = Spawned(make_proxy(uri).wait, "ran")
    gate.arrived()
    waiting = Spawned(make_proxy(uri).wait, "queued")
    eventually(lambda: len(daemon._server._queue) == 1)  # type: ignore[attr-defined]
    stopping = Spawned(daemon.shutdown)
    with pytest.raises(pyrox.OverloadedError, match="shutting down") as caught:
        waiting.result()
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    gate.open()
    assert running.result() == "ran"
    stopping.result()
    assert gate.executed == 1


def test_idle_clients_do_not_hold_it_up(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    daemon = make_daemon()
    uri = daemon.register(Calculator())
    for _ in range(50):
        make_proxy(uri).add(1)
    began = time.monotonic()
    daemon.shutdown()
    assert time.monotonic() - began < 9


def test_clients_in_full_swing_do_not_hold_it_up(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    uri = daemon.register(Calculator())
    busy = threading.Semaphore(0)

    def hammer() -> int:
        proxy = make_proxy(uri)
        count = 0
        try:
            while True:
                assert proxy.add(count, 1) == count + 1
                count += 1
                busy.release()
        except pyrox.CommunicationError:
            return count

    clients = [Spawned(hammer) for _ in range(4)]
    for _ in range(100):
        assert busy.acquire(timeout=10)
    began = time.monotonic()
    daemon.shutdown()
    assert time.monotonic() - began < 9
    assert sum(client.result() for client in clients) >= 100


def test_the_client_in_full_swing_alone_does_not_hold_it_up(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    for _ in range(10):
        daemon = make_daemon()
        proxy = make_proxy(daemon.register(Calculator()))
        going = threading.Event()

        def hammer(proxy: pyrox.Proxy = proxy, going: threading.Event = going) -> None:
            for count in itertools.count():
                proxy.add(count)
                if count == 50:
                    going.set()

        client = Spawned(hammer)
        assert going.wait(10)
        began = time.monotonic()
        daemon.shutdown()
        assert time.monotonic() - began < 9
        with pytest.raises(pyrox.CommunicationError):
            client.result()


def test_the_port_is_free_again_at_once(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    first = make_daemon()
    proxy = make_proxy(first.register(Calculator(), "calc"))
    proxy.add(1)
    first.shutdown()
    second = make_daemon(location=f"tcp://{first.location}")
    second.register(Calculator(), "calc")
    assert make_proxy(second.uri_for("calc")).add(1, 2) == 3


def test_stopping_twice_or_before_the_start_is_fine(make_daemon: DaemonMaker) -> None:
    daemon = make_daemon()
    daemon.shutdown()
    daemon.shutdown()
    daemon.close()
    never_started = make_daemon(start=False)
    never_started.shutdown()
    assert closed(never_started)


def test_a_with_block_stops_the_daemon_at_its_end(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    with make_daemon() as daemon:
        assert make_proxy(daemon.register(Calculator())).add(1, 2) == 3
    assert closed(daemon)


def test_several_threads_may_stop_it_at_once(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    make_proxy(daemon.register(Calculator())).add(1)
    for stopping in [Spawned(daemon.shutdown) for _ in range(5)]:
        stopping.result()
    assert closed(daemon)


def test_serve_forever_ends_with_its_condition(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)
    uri = daemon.register(Calculator())
    wanted = [True]
    serving = Spawned(daemon.serve_forever, lambda: wanted[0])
    assert make_proxy(uri).add(1, 2) == 3
    wanted[0] = False
    serving.result()
    assert closed(daemon)


def test_a_daemon_stopped_before_it_serves_does_not_serve(make_daemon: DaemonMaker) -> None:
    daemon = make_daemon(start=False)
    Spawned(daemon.shutdown).result()
    with pytest.raises(pyrox.DaemonError, match="closed"):
        daemon.serve_forever()


@threads_only
def test_a_call_that_outlives_its_daemon_does_no_harm_when_it_ends(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    first = make_daemon()
    calling = Spawned(make_proxy(first.register(gate)).wait)
    gate.arrived()
    first.shutdown(0.05)
    with pytest.raises(pyrox.ConnectionClosedError):
        calling.result()
    # Descriptors of the first daemon are in use again when its last call ends.
    second = make_daemon()
    uri = second.register(Calculator())
    proxies = [make_proxy(uri) for _ in range(20)]
    assert [proxy.add(1) for proxy in proxies] == [1] * 20
    gate.open()
    gate.done(1)
    for _ in range(5):
        assert [proxy.add(1) for proxy in proxies] == [1] * 20
