"""A multiplex daemon served by somebody else's event loop. Reference 6.2."""

import asyncio
import select
import selectors
import threading
import time
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned
from tests.behaviour.peers import call, raw_client, shake_hands

pytestmark = pytest.mark.parametrize("server_type", ["multiplex"], indirect=True)


def test_the_daemon_is_served_where_its_descriptor_is_readable(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)
    proxy = make_proxy(daemon.register(Calculator()))
    client = Spawned(lambda: [proxy.add(n, 1) for n in range(10)])
    ends = time.monotonic() + 20
    while client.running and time.monotonic() < ends:
        readable, _, _ = select.select([daemon.fileno()], [], [], 0.05)
        if readable:
            daemon.handle_events()
    assert client.result() == list(range(1, 11))


def test_two_daemons_share_a_loop(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    daemons = [make_daemon(start=False) for _ in range(2)]
    proxies = [make_proxy(daemon.register(Calculator())) for daemon in daemons]
    client = Spawned(lambda: [proxy.add(1, number) for number, proxy in enumerate(proxies)])
    with selectors.DefaultSelector() as selector:
        for daemon in daemons:
            selector.register(daemon.fileno(), selectors.EVENT_READ, daemon)
        ends = time.monotonic() + 20
        while client.running and time.monotonic() < ends:
            for key, _ in selector.select(0.05):
                key.data.handle_events()
    assert client.result() == [1, 2]


def test_handle_events_waits_no_longer_than_told(make_daemon: DaemonMaker) -> None:
    daemon = make_daemon(start=False)
    began = time.monotonic()
    daemon.handle_events()
    assert time.monotonic() - began < 9
    daemon.handle_events(timeout=0.2)
    assert 0.15 < time.monotonic() - began < 9


def test_methods_run_in_the_thread_of_the_loop(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    ran_in: list[Any] = []

    class Local:
        @pyrox.expose
        def work(self) -> None:
            ran_in.append(threading.current_thread())

    daemon = make_daemon(start=False)
    client = Spawned(make_proxy(daemon.register(Local()))._pyro.call, "work", (), {})
    while client.running:
        daemon.handle_events(0.02)
    client.result()
    assert ran_in == [threading.current_thread()]


def test_a_daemon_that_is_not_served_keeps_its_callers_waiting_and_answers_later(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)
    uri = daemon.register(Calculator())
    with pytest.raises(pyrox.TimeoutError):
        make_proxy(uri, timeout=0.1).add(1)
    client = Spawned(lambda: make_proxy(uri).add(1, 2))
    while client.running:
        daemon.handle_events(0.02)
    assert client.result() == 3


def test_a_method_may_stop_the_daemon_of_the_loop(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)

    class Stopper:
        @pyrox.expose
        def stop(self) -> str:
            daemon.shutdown()
            return "stopping"

    client = Spawned(lambda: make_proxy(daemon.register(Stopper())).stop())
    ends = time.monotonic() + 20
    while client.running and time.monotonic() < ends:
        daemon.handle_events(0.02)
    assert client.result() == "stopping"
    daemon.close()
    assert "closed" in repr(daemon)


def test_calls_of_all_clients_run_one_at_a_time(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    uri = make_daemon().register(gate)
    proxies = [make_proxy(uri) for _ in range(4)]
    for proxy in proxies:
        proxy._pyro.bind()
    clients = [Spawned(proxy.wait, number) for number, proxy in enumerate(proxies)]
    gate.arrived()
    assert gate.inside == 1
    gate.open()
    assert sorted(client.result() for client in clients) == [0, 1, 2, 3]
    assert gate.most == 1


def test_a_daemon_needs_one_thread_for_any_number_of_clients(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    uri = make_daemon().register(Calculator())
    before = threading.active_count()
    proxies = [make_proxy(uri) for _ in range(60)]
    assert [proxy.add(1) for proxy in proxies] == [1] * 60
    assert threading.active_count() == before


class AsyncioLoop:
    """asyncio's loop, serving a daemon while a client is busy."""

    @staticmethod
    def serve(daemon: pyrox.Daemon, client: Spawned) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            loop.add_reader(daemon.fileno(), daemon.handle_events)
            while client.running:
                await asyncio.sleep(0.01)
            loop.remove_reader(daemon.fileno())

        asyncio.run(main())


class SelectLoop:
    """The plainest loop there is. It wakes up for nothing but the descriptor."""

    @staticmethod
    def serve(daemon: pyrox.Daemon, client: Spawned) -> None:
        while client.running:
            if select.select([daemon], [], [], 0.2)[0]:
                daemon.handle_events()


class SelectorsLoop:
    @staticmethod
    def serve(daemon: pyrox.Daemon, client: Spawned) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(daemon, selectors.EVENT_READ)
            while client.running:
                if selector.select(0.2):
                    daemon.handle_events()


every_loop = pytest.mark.parametrize("loop", [AsyncioLoop, SelectLoop, SelectorsLoop])


@every_loop
def test_new_connections_and_calls_on_old_ones_are_announced(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, loop: Any
) -> None:
    daemon = make_daemon(start=False)
    uri = daemon.register(Calculator())

    def calls() -> list[int]:
        old = make_proxy(uri)
        return [number for n in range(20) for number in (old.add(n), make_proxy(uri).add(n))]

    client = Spawned(calls)
    loop.serve(daemon, client)
    assert client.result() == [number for n in range(20) for number in (n, n)]


@every_loop
def test_requests_that_came_together_and_large_answers_are_not_forgotten(
    make_daemon: DaemonMaker, loop: Any
) -> None:
    daemon = make_daemon(start=False)
    daemon.register(Calculator(), "calc")
    size = 3_000_000  # more than the client takes at once

    def talk() -> list[int]:
        with raw_client(daemon.location) as sock:
            read = shake_hands(sock, "calc")
            sock.sendall(
                call("calc", "echo", "x" * size, sequence=1)
                + b"".join(call("calc", "add", n, sequence=n) for n in range(2, 50))
            )
            answers = [read() for _ in range(49)]
        return [answer.sequence for answer in answers if answer is not None]

    client = Spawned(talk)
    loop.serve(daemon, client)
    assert client.result() == list(range(1, 50))


@every_loop
def test_a_client_that_was_held_back_for_its_oneway_calls_is_announced_again(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate, loop: Any
) -> None:
    daemon = make_daemon(start=False, max_calls=1, max_queued_calls=1)
    proxy = make_proxy(daemon.register(gate))

    def calls() -> str:
        for _ in range(5):
            proxy.wait_oneway()
        threading.Timer(0.1, gate.open).start()
        return str(proxy.quick("answered"))

    client = Spawned(calls)
    loop.serve(daemon, client)
    assert client.result() == "answered"
    gate.done(5)


def test_a_daemon_that_was_asked_to_stop_is_closed_by_the_loop(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)

    class Stopper:
        @pyrox.expose
        def stop(self) -> str:
            daemon.shutdown()
            return "stopping"

    client = Spawned(make_proxy(daemon.register(Stopper()))._pyro.call, "stop", (), {})
    ends = time.monotonic() + 20
    while not daemon.is_closed and time.monotonic() < ends:
        select.select([daemon], [], [], 0.2)
        daemon.handle_events()
    assert daemon.is_closed
    assert client.result() == "stopping"
    daemon.handle_events()  # nothing to do any more
    with pytest.raises(pyrox.DaemonError, match="closed"):
        daemon.fileno()


def test_a_loop_of_the_programs_own_waits_for_its_sockets(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)
    proxies = [make_proxy(daemon.register(Calculator())) for _ in range(3)]
    clients = [
        Spawned(lambda proxy=proxy: [proxy.add(n, 1) for n in range(10)]) for proxy in proxies
    ]
    ticks = 0
    while any(client.running for client in clients):
        readable, _, _ = select.select(daemon.sockets, [], [], 0.05)
        daemon.events(readable)
        ticks += 1
        assert ticks < 10_000
    assert [client.result() for client in clients] == [list(range(1, 11))] * 3
