"""Sockets that are connected already, with the real Pyro5 at the other end. Reference 6.4."""

import pathlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import pyrox
from tests.behaviour.objects import Calculator

pytest.importorskip("Pyro5")

PEER = pathlib.Path(__file__).parent / "peers" / "pyro5_connected.py"


@contextmanager
def pyro5(what: str, sock: socket.socket) -> Iterator["subprocess.Popen[str]"]:
    """The real Pyro5 at the end of ``sock``, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, PEER, what, str(sock.fileno())],
        pass_fds=[sock.fileno()],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        sock.close()
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("serializer", ["serpent", "json", "marshal", "msgpack", "auto"])
def test_proxies_call_a_pyro5_daemon(serializer: str) -> None:
    near, far = socket.socketpair()
    with near, pyro5("serve", far) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in range(2):
            with pyrox.Proxy(
                "thing", connected_socket=near, serializer=serializer, timeout=20
            ) as thing:
                assert thing.add(number, 2) == number + 2
                assert list(thing.numbers(3)) == [0, 1, 2]
                with pytest.raises(ValueError, match="as expected"):
                    thing.fail("as expected")
                assert thing._pyro.peer is not None
                assert not thing._pyro.peer.is_pyrox
        near.close()
        assert process.wait(20) == 0  # its request loop ends with the socket


@pytest.mark.parametrize("server_type", ["thread", "multiplex"])
def test_a_daemon_serves_pyro5_proxies(server_type: str) -> None:
    near, far = socket.socketpair()
    with near, pyro5("call", far) as process:
        daemon = pyrox.Daemon(connected_socket=near, server=server_type)
        daemon.register(Calculator(), "thing")
        daemon.serve_forever()  # until the other process ends
        said, _ = process.communicate(timeout=60)
    assert said.splitlines() == ["2 0 1 2", "as expected", "3 0 1 2", "as expected"]
