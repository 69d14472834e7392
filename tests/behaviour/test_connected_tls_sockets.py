"""Connected sockets that the program wrapped in TLS work as they are. Reference 6.4."""

import pathlib
import socket
import ssl
from collections.abc import Iterator

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker
from tests.behaviour.objects import Calculator, Gate, Spawned, eventually

Pair = tuple[ssl.SSLSocket, ssl.SSLSocket]
CERTIFICATE = pathlib.Path(__file__).parent / "localhost.pem"


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two sockets connected over TLS: one for the daemon, one for the proxies."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(CERTIFICATE)
    client = ssl.create_default_context(cafile=str(CERTIFICATE))
    near, far = socket.socketpair()
    accepting = Spawned(server.wrap_socket, far, server_side=True)
    mine = client.wrap_socket(near, server_hostname="localhost")
    theirs = accepting.result()
    yield mine, theirs
    mine.close()
    theirs.close()


@pytest.fixture
def daemon(make_daemon: DaemonMaker, pair: Pair) -> pyrox.Daemon:
    daemon = make_daemon(connected_socket=pair[1])
    daemon.register(Calculator(), "calculator")
    return daemon


@pytest.mark.parametrize("size", [0, 10, 16_000, 16_384, 40_000, 70_000, 300_000, 5_000_000])
def test_messages_of_all_sizes_travel(daemon: pyrox.Daemon, pair: Pair, size: int) -> None:
    with pyrox.Proxy("calculator", connected_socket=pair[0], timeout=20) as proxy:
        for _ in range(3):
            assert proxy.echo("x" * size) == "x" * size


def test_many_small_calls_travel(daemon: pyrox.Daemon, pair: Pair) -> None:
    with pyrox.Proxy("calculator", connected_socket=pair[0]) as proxy:
        assert [proxy.add(n, 1) for n in range(300)] == list(range(1, 301))


def test_requests_that_came_in_one_piece_are_all_answered(daemon: pyrox.Daemon, pair: Pair) -> None:
    with pyrox.Proxy("calculator", connected_socket=pair[0], timeout=20) as proxy:
        for number in range(2000):  # oneway: many of them in one record
            proxy.note(number)
        eventually(lambda: proxy.size == 2000)


def test_the_time_limit_of_a_call_holds(daemon: pyrox.Daemon, pair: Pair, gate: Gate) -> None:
    daemon.register(gate, "gate")
    proxy = pyrox.Proxy("gate", connected_socket=pair[0], timeout=0.3)
    assert proxy.quick("x") == "x"
    with pytest.raises(pyrox.TimeoutError):
        proxy.wait()
    gate.open()


def test_methods_see_the_socket(daemon: pyrox.Daemon, pair: Pair) -> None:
    class Looking:
        @pyrox.expose
        def cipher(self) -> str:
            return str(pyrox.current_context.peer.stream.socket.cipher()[0])

    daemon.register(Looking(), "looking")
    cipher = pair[0].cipher()
    assert cipher is not None
    assert pyrox.Proxy("looking", connected_socket=pair[0]).cipher() == cipher[0]


def test_the_socket_stays_the_programs(daemon: pyrox.Daemon, pair: Pair) -> None:
    pair[0].settimeout(3)
    with pyrox.Proxy("calculator", connected_socket=pair[0]) as proxy:
        assert proxy.add(1, 2) == 3
    assert pair[0].gettimeout() == 3
    daemon.close()
    pair[0].sendall(b"still there")
    assert pair[1].recv(100) == b"still there"


def test_serving_ends_when_the_peer_closes(daemon: pyrox.Daemon, pair: Pair) -> None:
    with pyrox.Proxy("calculator", connected_socket=pair[0]) as proxy:
        assert proxy.add(1, 2) == 3
    pair[0].close()
    eventually(lambda: daemon.is_closed)
