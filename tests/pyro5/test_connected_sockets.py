"""Sockets that the program connected itself. Reference 6.4."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, config, current_context, expose

Run = Callable[[Daemon], Daemon]
Pair = tuple[socket.socket, socket.socket]
PATIENCE = 30.0


class Resource:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


@expose
class Speaker:
    def __init__(self) -> None:
        self.resource = Resource()

    def echo(self, value: Any) -> Any:
        return value

    def track(self) -> None:
        current_context.track_resource(self.resource)


@pytest.fixture
def pair() -> Iterator[Pair]:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def daemon(run: Run, server_type: str, pair: Pair, speaker: Speaker) -> Daemon:
    daemon = Daemon(connected_socket=pair[1])
    daemon.register(speaker, "speaker")
    return run(daemon)


@pytest.mark.usefixtures("daemon")
def test_a_proxy_and_a_daemon_talk_over_a_socketpair(pair: Pair) -> None:
    proxy = Proxy("speaker", connected_socket=pair[0])
    assert str(proxy._pyroUri) == "PYRO:speaker@<<connected-socket>>:0"
    assert proxy._pyroMethods == {"echo", "track"}
    assert [proxy.echo(n) for n in range(20)] == list(range(20))
    proxy._pyroRelease()


def test_the_place_of_such_a_daemon_has_no_name(daemon: Daemon) -> None:
    assert daemon.locationStr == "./u:<<not-bound>>"
    assert type(daemon.transportServer).__name__ == "SocketServer_ExistingConnection"


@pytest.mark.usefixtures("daemon")
def test_a_released_proxy_leaves_the_socket_to_the_next_one(pair: Pair) -> None:
    for value in ("first", "second"):
        with Proxy("speaker", connected_socket=pair[0]) as proxy:
            assert proxy.echo(value) == value


@pytest.mark.usefixtures("daemon")
def test_a_released_proxy_does_not_come_back(pair: Pair) -> None:
    proxy = Proxy("speaker", connected_socket=pair[0])
    proxy._pyroRelease()
    with pytest.raises(errors.CommunicationError, match="cannot connect to"):
        proxy.echo(1)


def test_there_is_no_handshake(run: Run, server_type: str, pair: Pair, speaker: Speaker) -> None:
    class Strict(Daemon):
        def validateHandshake(self, conn: Any, data: Any) -> Any:
            raise errors.SecurityError("nobody gets in")

    daemon = Strict(connected_socket=pair[1])
    daemon.register(speaker, "speaker")
    run(daemon)
    with Proxy("speaker", connected_socket=pair[0]) as proxy:
        assert proxy.echo("in") == "in"


def test_closing_the_daemon_leaves_the_socket_to_the_program(daemon: Daemon, pair: Pair) -> None:
    # As Pyro5's manual says; Pyro5 closes it.
    with Proxy("speaker", connected_socket=pair[0]) as proxy:
        proxy.echo(1)
    daemon.close()
    pair[0].sendall(b"mine")
    assert pair[1].recv(4) == b"mine"


@pytest.mark.usefixtures("daemon")
def test_resources_end_with_the_peer(pair: Pair, speaker: Speaker) -> None:
    proxy = Proxy("speaker", connected_socket=pair[0])
    proxy.track()
    proxy._pyroRelease()
    pair[0].shutdown(socket.SHUT_RDWR)
    assert speaker.resource.closed.wait(PATIENCE)


def test_the_loop_ends_with_the_peer(server_type: str, pair: Pair) -> None:
    with Daemon(connected_socket=pair[1]) as daemon:
        loop = threading.Thread(target=daemon.requestLoop)
        loop.start()
        pair[0].close()
        loop.join(PATIENCE)
        assert not loop.is_alive()


def test_with_ssl_the_socket_has_to_be_a_tls_one(pair: Pair) -> None:
    config.SSL = True
    text = "existing socket is not a SSL socket"
    with pytest.raises(OSError, match=text):
        Proxy("speaker", connected_socket=pair[0])
    with pytest.raises(OSError, match=text):
        Daemon(connected_socket=pair[1])
