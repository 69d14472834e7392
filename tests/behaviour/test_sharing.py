"""One proxy in many threads."""

import threading
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned, eventually

pytestmark = pytest.mark.every_transport

THREADS, CALLS = 8, 60


@pyrox.behavior("session")
@pyrox.expose
class Session:
    """Remembers what its connection told it."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def remember(self, value: Any) -> int:
        self.seen.append(value)
        return len(self.seen)

    def echo(self, value: Any) -> Any:
        return value

    def fail(self, value: Any) -> None:
        raise ValueError(value)


def test_every_thread_gets_the_answers_to_its_own_calls(
    serve: ObjectServer, serializer: str
) -> None:
    proxy = serve(Calculator(), serializer=serializer)

    def hammer(number: int) -> None:
        for count in range(CALLS):
            value = [number, count, "x" * (count * 7 % 200)]
            assert proxy.echo(value) == value

    for client in [Spawned(hammer, number) for number in range(THREADS)]:
        client.result()


def test_every_thread_gets_the_errors_of_its_own_calls(serve: ObjectServer) -> None:
    proxy = serve(Session)

    def hammer(number: int) -> None:
        for count in range(CALLS):
            if count % 3:
                assert proxy.echo(f"{number}.{count}") == f"{number}.{count}"
            else:
                with pytest.raises(ValueError, match=rf"^{number}\.{count}$"):
                    proxy.fail(f"{number}.{count}")

    for client in [Spawned(hammer, number) for number in range(THREADS)]:
        client.result()


def test_large_and_small_answers_are_not_mixed_up(serve: ObjectServer) -> None:
    proxy = serve(Calculator())

    def hammer(number: int) -> None:
        for count in range(6):
            value = bytes([number]) * (300_000 if count % 2 else 3)
            assert proxy.echo(value) == value

    for client in [Spawned(hammer, number) for number in range(4)]:
        client.result()


def test_all_threads_use_one_connection_and_so_one_session(serve: ObjectServer) -> None:
    proxy = serve(Session)
    clients = [Spawned(proxy.remember, number) for number in range(THREADS)]
    assert sorted(client.result() for client in clients) == list(range(1, THREADS + 1))


def test_threads_that_race_to_be_first_connect_once(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    proxy = make_proxy(daemon.register(Session))
    barrier = threading.Barrier(THREADS)

    def race(number: int) -> int:
        barrier.wait(10)
        return int(proxy.remember(number))

    clients = [Spawned(race, number) for number in range(THREADS)]
    assert sorted(client.result() for client in clients) == list(range(1, THREADS + 1))
    assert daemon._server.connections == 1


def test_a_proxy_made_in_one_thread_may_be_used_and_released_in_another(
    serve: ObjectServer,
) -> None:
    proxy = serve(Calculator())
    assert Spawned(proxy.add, 1, 2).result() == 3
    Spawned(proxy._pyro.release).result()
    assert proxy.add(2, 3) == 5


def test_items_of_one_stream_go_to_several_readers_each_item_once(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    stream = proxy.numbers(200)
    clients = [Spawned(list, stream) for _ in range(4)]
    items = [item for client in clients for item in client.result()]
    assert sorted(items) == list(range(200))


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_copies_of_a_proxy_call_side_by_side(serve: ObjectServer, gate: Gate) -> None:
    import copy

    proxy = serve(gate)
    proxies = [proxy, copy.copy(proxy), copy.copy(proxy)]
    clients = [Spawned(each.wait, number) for number, each in enumerate(proxies)]
    gate.arrived(3)
    gate.open()
    assert [client.result() for client in clients] == [0, 1, 2]
    for each in proxies:
        each._pyro.release()


def test_releasing_while_another_thread_calls_waits_for_its_answer(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate)
    calling = Spawned(proxy.wait, "mine")
    gate.arrived()
    releasing = Spawned(proxy._pyro.release)
    gate.open()
    assert calling.result() == "mine"
    releasing.result()
    eventually(lambda: not proxy._pyro.connected)
    assert proxy.quick("again") == "again"
