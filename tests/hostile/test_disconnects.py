"""Clients that go away at every moment leave nothing behind."""

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.hostile.conftest import Serve, Served, descriptors
from tests.hostile.raw import call, eventually, hello

MANY = 1000


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("moment", ["connected", "half a handshake", "handshake", "welcome"])
def test_a_client_that_leaves_early_leaves_nothing_behind(
    served: Served, moment: str, ending: str
) -> None:
    before = descriptors()
    for _ in range(20):
        client = served.raw()
        if moment == "half a handshake":
            client.send(hello()[:50])
        elif moment == "handshake":
            client.send(hello())
        elif moment == "welcome":
            client.shake_hands()
        getattr(client, ending)()
    assert eventually(lambda: served.connections == 1)
    assert eventually(lambda: descriptors() <= before)
    assert served.goes_on()


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_client_that_leaves_in_the_middle_of_an_answer_is_forgotten(
    served: Served, ending: str
) -> None:
    for _ in range(5):
        client = served.client("marshal")
        client.send(call("marshal", "target", "zeros", [10_000_000], {}))
        client.socket.recv(1000)
        getattr(client, ending)()
    assert eventually(lambda: served.connections == 1)
    assert served.goes_on()


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_call_whose_client_leaves_runs_to_its_end(serve: Serve, ending: str) -> None:
    served = serve("thread")
    clients = [served.client() for _ in range(10)]
    for number, client in enumerate(clients):
        client.send(call("json", "target", "wait", [number]))
    for _ in clients:
        assert served.target.started.acquire(timeout=5)
    for client in clients:
        getattr(client, ending)()
    assert served.goes_on()
    served.target.gate.set()
    assert eventually(lambda: set(range(10)) <= set(served.target.calls))
    assert eventually(lambda: served.connections == 1)
    assert served.goes_on()


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_oneway_calls_of_a_client_that_left_all_run(served: Served, ending: str) -> None:
    client = served.client()
    client.send(*(call("json", "target", "tell", [i], flags=4) for i in range(100)))
    assert client.call("echo", "sent").value == "sent"
    getattr(client, ending)()
    assert eventually(lambda: set(range(100)) <= set(served.target.calls))
    assert served.goes_on()


def test_streams_of_a_client_that_left_are_dropped(serve: Serve, server_type: str) -> None:
    served = serve(server_type, stream_linger=0.1)
    for _ in range(10):
        client = served.client()
        assert client.call("count", 1000).flags & 0x10
        client.reset()
    assert eventually(lambda: len(served.daemon.streams) == 0)
    assert served.goes_on()


def test_a_thousand_clients_that_come_and_go_leave_nothing_behind(served: Served) -> None:
    gc.collect()
    descriptors_before, threads_before = descriptors(), threading.active_count()
    for number in range(MANY):
        client = served.raw()
        if number % 2:
            client.send(hello())
        client.reset() if number % 3 else client.close()
    assert eventually(lambda: served.connections == 1)
    assert served.goes_on()
    assert eventually(lambda: descriptors() <= descriptors_before)
    assert threading.active_count() <= threads_before + 2
    server = served.daemon._server
    assert not server._greeting
    assert len(getattr(server, "_armed", ())) <= 1
    assert not served.log.records


def test_a_descriptor_used_again_belongs_to_its_new_connection_only(served: Served) -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            client = served.raw()
            client.send(hello()[:20])
            client.reset()

    with served.in_background(churn), served.in_background(churn):
        try:
            for number in range(100):
                client = served.client()
                assert client.call("echo", number).value == number
                client.close()
        finally:
            stop.set()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
@pytest.mark.parametrize("kind", ["thread", "multiplex"])
def test_a_daemon_that_ran_out_of_descriptors_recovers(kind: str) -> None:
    program = Path(__file__).with_name("starving.py")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, str(program), kind],
        capture_output=True, text=True, timeout=150, env=environment, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["starved", "served-meanwhile", "recovered"], done.stderr
    assert done.returncode == 0, done.stderr
    assert "cannot accept connections for now" in done.stderr
    assert "Traceback" not in done.stderr
