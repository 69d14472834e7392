"""A process that forks while it holds proxies, or a daemon."""

import contextlib
import os
import pickle
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned, eventually

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    # A daemon's threads run beside the test: that is what makes forking interesting here.
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork.*:DeprecationWarning"),
]


def in_child(work: Callable[[], Any]) -> Any:
    """Run ``work`` in a forked child and return its result."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reader)
            os.write(writer, pickle.dumps(work()))
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        told = stream.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, "the child failed"
    return pickle.loads(told)


class Stopper:
    def __init__(self, daemon: pyrox.Daemon) -> None:
        self._daemon = daemon

    @pyrox.expose
    def stop(self) -> None:
        self._daemon.shutdown()


def test_parent_and_child_use_the_same_proxy_side_by_side(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    assert proxy.add(1, 1) == 2

    def child() -> list[int]:
        return [proxy.add(n, 1000) for n in range(50)]

    forked = Spawned(in_child, child)
    mine = [proxy.add(n, 1) for n in range(50)]
    assert mine == list(range(1, 51))
    assert forked.result() == list(range(1000, 1050))
    assert proxy.add(2, 2) == 4


def test_the_child_makes_a_connection_of_its_own(daemon: pyrox.Daemon, serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    proxy.add(1)

    def child() -> list[bool]:
        before = proxy._pyro.connected
        proxy.add(1)
        return [before, proxy._pyro.connected]

    assert in_child(child) == [False, True]
    assert proxy._pyro.connected
    eventually(lambda: daemon._server.connections == 1)


def test_a_child_that_releases_and_exits_leaves_the_parents_connection_alone(
    daemon: pyrox.Daemon, serve: ObjectServer
) -> None:
    @pyrox.behavior("session")
    @pyrox.expose
    class Session:
        calls = 0

        def count(self) -> int:
            self.calls += 1
            return self.calls

    proxy = serve(Session)
    assert proxy.count() == 1

    def child() -> None:
        proxy._pyro.release()

    in_child(child)
    assert proxy.count() == 2  # the same session: the same connection


def test_forking_while_another_thread_is_in_a_call_hurts_neither(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate)
    calling = Spawned(proxy.wait, "mine")
    gate.arrived()
    # The lock of the proxy is held by a thread that the child does not have.
    forked = Spawned(in_child, lambda: proxy._pyro.connected)
    assert forked.result() is False
    gate.open()
    assert calling.result() == "mine"


def test_an_item_stream_goes_on_in_the_parent_after_a_fork(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    stream = proxy.numbers(4)
    assert next(stream) == 0
    in_child(lambda: None)
    assert list(stream) == [1, 2, 3]


def test_a_child_that_leaves_the_daemons_block_neither_waits_nor_disturbs_the_parent(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon()
    proxy = make_proxy(daemon.register(Calculator()))
    assert proxy.add(1, 1) == 2

    def child() -> list[Any]:
        began = time.monotonic()
        with contextlib.suppress(pyrox.DaemonError), daemon:
            pass
        daemon.close()
        return [time.monotonic() - began, daemon.is_closed]

    took, is_closed = in_child(child)
    assert took < 9
    assert is_closed
    assert not daemon.is_closed
    assert proxy.add(2, 2) == 4
    assert make_proxy(proxy._pyro.uri).add(3, 3) == 6


def test_a_child_forked_inside_the_daemons_block_leaves_it_at_once(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    with make_daemon() as daemon:
        uri = daemon.register(Calculator())

        def child() -> float:
            began = time.monotonic()
            daemon.__exit__(None, None, None)
            return time.monotonic() - began

        assert in_child(child) < 2
        assert make_proxy(uri).add(1, 2) == 3


def test_a_method_may_fork(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    class Forking:
        @pyrox.expose
        def fork(self) -> Any:
            return in_child(lambda: "from the child")

    proxy = make_proxy(make_daemon().register(Forking()))
    assert [proxy.fork() for _ in range(3)] == ["from the child"] * 3


def test_a_child_serves_what_the_parent_made_but_does_not_serve(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    daemon = make_daemon(start=False)
    uri = daemon.register(Calculator(), "calculator")
    daemon.register(Stopper(daemon), "stopper")
    child = os.fork()
    if child == 0:
        try:
            daemon.serve_forever()
        finally:
            os._exit(0)
    daemon.close()  # the parent's copy; the child goes on
    assert make_proxy(uri, timeout=60).add(1, 2) == 3
    make_proxy(f"PYRO:stopper@{uri.location}").stop()
    assert os.waitpid(child, 0)[1] == 0


def test_what_a_listener_leaves_behind_is_cleaned_up_by_the_process_that_made_it() -> None:
    cleaned: list[str] = []
    listener = pyrox.SocketListener(
        socket.create_server(("localhost", 0)),
        "localhost:0",
        lambda sock, address: pyrox.SocketStream(sock, address),
        lambda: cleaned.append("here"),
    )

    def child() -> list[str]:
        listener.close()
        return cleaned

    assert in_child(child) == []
    listener.close()
    assert cleaned == ["here"]
