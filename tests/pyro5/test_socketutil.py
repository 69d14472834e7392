"""Sockets by hand. Reference 3.8."""

import ipaddress
import socket
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from pyrox_pyro5 import errors, socketutil
from pyrox_pyro5.api import config
from pyrox_pyro5.socketutil import SocketConnection, create_socket

CERTS = Path(__file__).parents[2] / "examples" / "pyro5" / "ssl_mutual" / "certs"


class Resource:
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def pair() -> Any:
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_a_connection_sends_and_receives_exactly(pair: Any) -> None:
    one, two = (SocketConnection(end) for end in pair)
    one.send(b"hello world")
    assert two.recv(5) == b"hello"
    assert two.recv(6) == b" world"
    assert one.fileno() == pair[0].fileno()
    assert one.family() == "Unix"
    assert one.getpeercert() is None


def test_a_connection_has_what_a_daemon_keeps_with_it(pair: Any) -> None:
    connection = SocketConnection(pair[0], "object id")
    resource = Resource()
    connection.tracked_resources.add(resource)
    assert connection.objectId == "object id"
    assert connection.pyroInstances == {}
    connection.close()
    assert resource.closed
    assert pair[0].fileno() == -1


def test_a_timeout_is_the_sockets(pair: Any) -> None:
    connection = SocketConnection(pair[0], keep_open=True)
    connection.timeout = 0.05
    assert connection.gettimeout() == pair[0].gettimeout() == 0.05
    with pytest.raises(errors.TimeoutError, match="receiving: timeout"):
        connection.recv(1)


@pytest.mark.parametrize(("keep_open", "descriptor"), [(True, True), (False, False)])
def test_a_collected_connection_closes_its_socket_unless_it_is_to_keep_it(
    pair: Any, keep_open: bool, descriptor: bool
) -> None:
    connection = SocketConnection(pair[0], keep_open=keep_open)
    del connection
    assert (pair[0].fileno() >= 0) is descriptor


def test_what_came_before_the_end_is_told(pair: Any) -> None:
    pair[1].sendall(b"part")
    pair[1].close()
    with pytest.raises(errors.ConnectionClosedError, match="receiving: not enough data") as caught:
        socketutil.receive_data(pair[0], 10)
    assert caught.value.partialData == b"part"


def test_sending_to_nobody_is_a_lost_connection(pair: Any) -> None:
    pair[1].close()
    with pytest.raises(errors.ConnectionClosedError, match="sending: connection lost"):
        socketutil.send_data(pair[0], b"x" * 1_000_000)


@pytest.mark.parametrize(("host", "ipv6"), [("127.0.0.1", False), ("::1", True)])
def test_sockets_are_bound_and_connected(host: str, ipv6: bool) -> None:
    with create_socket(bind=(host, 0), reuseaddr=True, ipv6=ipv6) as server:
        port = server.getsockname()[1]
        with create_socket(connect=(host, port), ipv6=ipv6, timeout=5) as client:
            accepted, _ = server.accept()
            with accepted:
                client.sendall(b"x")
                assert accepted.recv(1) == b"x"
            assert client.gettimeout() == 5
            assert socketutil.family_str(client) == ("IPv6" if ipv6 else "IPv4")
            assert client.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_socket_is_bound_to_a_path(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    with create_socket(bind=path) as server, create_socket(connect=path):
        assert socketutil.family_str(server) == "Unix"


def test_bind_and_connect_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="both"):
        create_socket(bind=("localhost", 0), connect=("localhost", 1))


def test_a_broadcast_socket_may_broadcast() -> None:
    with socketutil.create_bc_socket(bind=("", 0)) as sock:
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST)
        assert sock.getsockname()[1] > 0


def test_a_port_that_is_probably_free_is_found() -> None:
    port = socketutil.find_probably_unused_port()
    with create_socket(bind=("localhost", port)) as sock:
        assert sock.getsockname()[1] == port


def test_a_host_has_an_address() -> None:
    assert socketutil.get_ip_address("127.0.0.1") == ipaddress.ip_address("127.0.0.1")
    assert socketutil.get_ip_address("localhost", version=4).version == 4
    assert socketutil.get_ip_address("::1", version=6).version == 6
    config.PREFER_IP_VERSION = 4
    assert socketutil.get_ip_address("localhost").version == 4
    with pytest.raises(ValueError, match="5"):
        socketutil.get_ip_address("localhost", version=5)
    with pytest.raises(OSError):
        socketutil.get_ip_address("no.such.host.invalid")


def test_this_machine_reaches_itself_by_the_loopback_interface() -> None:
    assert socketutil.get_interface("127.0.0.1").ip.is_loopback


def test_a_wait_for_connections_is_interrupted() -> None:
    with create_socket(bind=("localhost", 0)) as server:
        thread = threading.Thread(
            target=socketutil.interrupt_socket, args=(server.getsockname()[:2],)
        )
        thread.start()
        accepted, _ = server.accept()
        with accepted:
            assert accepted.recv(16)
        thread.join()


def test_contexts_are_made_for_servers_and_clients() -> None:
    config.SSL_REQUIRECLIENTCERT = True
    ca = str(CERTS / "ca.pem")
    server = socketutil.get_ssl_context(servercert=str(CERTS / "server.pem"), cacerts=ca)
    assert server.verify_mode == ssl.CERT_REQUIRED
    client = socketutil.get_ssl_context(clientcert=str(CERTS / "client.pem"), cacerts=ca)
    assert client.check_hostname
    assert socketutil.get_ssl_context(cacerts=str(CERTS)) is not client


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"servercert": "nowhere"}, "server cert file not found"),
        ({"servercert": str(CERTS / "server.pem"), "serverkey": "no"}, "server key file not found"),
        ({"clientcert": "nowhere"}, "client cert file not found"),
        ({"cacerts": "nowhere"}, "not found"),
    ],
)
def test_missing_files_are_named(arguments: dict[str, str], text: str) -> None:
    with pytest.raises(OSError, match=text):
        socketutil.get_ssl_context(**arguments)
