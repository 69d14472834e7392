"""The thread server: slow calls side by side, and no thread for a connection that is quiet."""

import threading
import time
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned, eventually
from tests.behaviour.peers import call, raw_client, shake_hands

pytestmark = pytest.mark.parametrize("server_type", ["thread"], indirect=True)


def workers() -> int:
    return sum(thread.name == "pyrox-worker" for thread in threading.enumerate())


def test_more_slow_calls_than_a_few_run_side_by_side(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, gate: Gate
) -> None:
    uri = daemon.register(gate)
    clients = [Spawned(make_proxy(uri).wait, number) for number in range(30)]
    gate.arrived(30)
    assert gate.inside == 30
    gate.open()
    assert [client.result() for client in clients] == list(range(30))


def test_a_quick_call_is_answered_while_slow_ones_run(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, gate: Gate
) -> None:
    uri = daemon.register(gate)
    slow = [Spawned(make_proxy(uri).wait) for _ in range(5)]
    gate.arrived(5)
    quick = make_proxy(uri)
    for number in range(100):
        assert quick.quick(number) == number
    gate.open()
    for each in slow:
        each.result()


def test_a_method_that_suddenly_takes_long_does_not_hold_up_other_clients(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    blocked = threading.Event()

    @pyrox.expose
    class Moody:
        def work(self, block: bool = False) -> str:
            if block:
                blocked.wait(10)
            return "done"

    uri = daemon.register(Moody())
    first, second = make_proxy(uri), make_proxy(uri)
    for _ in range(100):  # known as quick by now
        first.work()
    stuck = Spawned(first.work, True)
    for _ in range(20):
        assert second.work() == "done"
    assert stuck.running
    blocked.set()
    assert stuck.result() == "done"


def test_a_slow_property_and_a_slow_batch_do_not_hold_up_other_clients(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, gate: Gate
) -> None:
    class Slow:
        @property
        @pyrox.expose
        def value(self) -> str:
            return str(gate.wait("read"))

        @pyrox.expose
        def call(self, value: str) -> str:
            return str(gate.wait(value))

    slow = make_proxy(daemon.register(Slow()))
    other = make_proxy(daemon.register(Slow()))
    reading = Spawned(lambda: slow.value)
    batch = other._pyro.batch()
    batch.call("one")
    batching = Spawned(lambda: list(batch()))
    gate.arrived(2)
    assert make_proxy(daemon.register(Calculator())).add(1, 2) == 3
    gate.open()
    assert reading.result() == "read"
    assert batching.result() == ["one"]


def test_a_slow_constructor_does_not_hold_up_other_clients(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, gate: Gate
) -> None:
    @pyrox.behavior("session")
    @pyrox.expose
    class Session:
        def __init__(self) -> None:
            gate.wait()

        def ready(self) -> bool:
            return True

    uri = daemon.register(Session)
    clients = [Spawned(make_proxy(uri)._pyro.call, "ready", (), {}) for _ in range(3)]
    gate.arrived(3)
    gate.open()
    assert all(client.result() for client in clients)


def test_a_slow_handshake_does_not_hold_up_other_clients(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    class Careful(pyrox.Daemon):
        def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
            return gate.wait("checked") if data == "slow" else "quick"

    uri = make_daemon(Careful).register(Calculator())
    # Proxies that connected before, and ones that come while the check is running.
    before = make_proxy(uri)
    before.add(1)
    slow = [make_proxy(uri, handshake="slow") for _ in range(3)]
    waiting = [Spawned(proxy._pyro.bind) for proxy in slow]
    gate.arrived(3)
    assert before.add(1, 2) == 3
    for _ in range(3):
        assert make_proxy(uri).add(1, 2) == 3
    gate.open()
    for each in waiting:
        each.result()
    assert [proxy._pyro.handshake_answer for proxy in slow] == ["checked"] * 3


def test_two_hundred_idle_connections_cost_no_threads(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    uri = daemon.register(Calculator())
    proxies = [make_proxy(uri) for _ in range(200)]
    for number, proxy in enumerate(proxies):
        assert proxy.add(number, 1) == number + 1
    assert daemon._server.connections == 200
    assert workers() <= 6
    for number, proxy in enumerate(proxies):  # and each of them still works
        assert proxy.add(number, 2) == number + 2


def test_many_busy_clients_each_get_their_own_answers(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    uri = daemon.register(Calculator())

    def hammer(number: int) -> None:
        proxy = make_proxy(uri)
        for count in range(150):
            assert proxy.echo([number, count]) == [number, count]

    for client in [Spawned(hammer, number) for number in range(16)]:
        client.result()


def test_clients_that_come_and_go_all_get_their_answers(
    daemon: pyrox.Daemon,
) -> None:
    uri = daemon.register(Calculator())

    def visit(number: int) -> None:
        for count in range(25):
            with pyrox.Proxy(uri) as proxy:
                assert proxy.add(number, count) == number + count

    for client in [Spawned(visit, number) for number in range(8)]:
        client.result()
    eventually(lambda: daemon._server.connections == 0)


def test_calls_of_all_lengths_at_once_are_all_answered(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    @pyrox.expose
    class Mixed:
        def work(self, seconds: float, value: int) -> int:
            if seconds:
                time.sleep(seconds)
            return value

        @pyrox.oneway
        def shout(self, seconds: float) -> None:
            time.sleep(seconds)

    uri = make_daemon(max_calls=4).register(Mixed())

    def hammer(number: int) -> None:
        proxy = make_proxy(uri, timeout=30)
        for count in range(40):
            assert proxy.work((number * count % 5) * 0.002, count) == count
            if count % 10 == number:
                proxy.shout(0.005)

    for client in [Spawned(hammer, number) for number in range(10)]:
        client.result(40)


def test_requests_sent_ahead_are_answered_in_order(daemon: pyrox.Daemon) -> None:
    daemon.register(Calculator(), "calc")
    with raw_client(daemon.location) as sock:
        read = shake_hands(sock, "calc")
        sock.sendall(b"".join(call("calc", "add", n, n, sequence=n) for n in range(1, 301)))
        for number in range(1, 301):
            answer = read()
            assert answer is not None
            assert (answer.sequence, int(bytes(answer.payload))) == (number, 2 * number)


def test_spare_threads_end_after_a_rush(
    daemon: pyrox.Daemon,
    make_proxy: ProxyMaker,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pyrox.sync.leading.SPARE_LIFETIME", 0.1)
    uri = daemon.register(gate)
    clients = [Spawned(make_proxy(uri).wait) for _ in range(20)]
    gate.arrived(20)
    assert workers() >= 20
    gate.open()
    for client in clients:
        client.result()
    eventually(lambda: workers() <= 3)
    assert make_proxy(uri).quick("still") == "still"


def test_a_daemon_that_was_quiet_for_long_wakes_up_for_slow_calls(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, gate: Gate
) -> None:
    uri = daemon.register(gate)
    proxies = [make_proxy(uri) for _ in range(3)]
    for proxy in proxies:
        proxy.quick()
    eventually(lambda: daemon._server._watcher_asleep)  # type: ignore[attr-defined]
    clients = [Spawned(proxy.wait, number) for number, proxy in enumerate(proxies)]
    gate.arrived(3)
    gate.open()
    assert [client.result() for client in clients] == [0, 1, 2]


def test_methods_may_call_their_own_daemon(
    daemon: pyrox.Daemon, serve: ObjectServer, make_proxy: ProxyMaker
) -> None:
    @pyrox.expose
    class Ring:
        def down(self, depth: int) -> int:
            if not depth:
                return 0
            with pyrox.Proxy(daemon.uri_for("ring")) as proxy:
                return 1 + int(proxy.down(depth - 1))

    assert serve(Ring(), "ring").down(20) == 20
