"""The transport does all that pyrox asks of one, and talks with other people's WebSockets."""

import socket
from collections.abc import Iterator

import pytest
from wsproto import ConnectionType, WSConnection, events

import pyrox
from pyrox_testkit import TransportSuite
from pyrox_websocket import WebSocketTransport


class TestWebSocket(TransportSuite):
    half_close = False  # the goodbye of a WebSocket is for both directions
    crowd = 500

    @pytest.fixture
    def transport(self) -> pyrox.Transport:
        return WebSocketTransport()


@pytest.fixture
def daemon() -> Iterator[pyrox.Daemon]:
    plugins = pyrox.installed_plugins().replacing(transports={"ws": WebSocketTransport()})
    with pyrox.Daemon("ws://localhost:0", plugins=plugins) as daemon:
        yield daemon.start()


@pytest.fixture
def browser(daemon: pyrox.Daemon) -> Iterator[socket.socket]:
    host, port = pyrox.split_host_port(daemon.location)
    with socket.create_connection((host, port), timeout=10) as sock:
        yield sock


def conversation(sock: socket.socket, *said: events.Event) -> list[events.Event]:
    """Shake hands, say something, and return what came until the first answer to it."""
    client = WSConnection(ConnectionType.CLIENT)
    sock.sendall(client.send(events.Request(host="localhost", target="/calls")))
    heard: list[events.Event] = []
    while True:
        client.receive_data(sock.recv(4096) or None)
        for event in client.events():
            heard.append(event)
            if isinstance(event, events.AcceptConnection):
                sock.sendall(b"".join(map(client.send, said)))
            else:
                return heard


def test_a_ping_is_answered(browser: socket.socket) -> None:
    assert isinstance(conversation(browser, events.Ping(b"there?"))[-1], events.Pong)


def test_a_goodbye_ends_the_connection(browser: socket.socket) -> None:
    heard = conversation(browser, events.CloseConnection(1000))
    assert isinstance(heard[-1], events.CloseConnection)


def test_text_is_not_what_calls_are_made_of(browser: socket.socket) -> None:
    heard = conversation(browser, events.TextMessage("hello"))
    assert isinstance(heard[-1], events.CloseConnection)


def test_what_is_no_websocket_is_turned_away(browser: socket.socket) -> None:
    browser.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while browser.recv(4096):
        pass


def test_a_client_without_websockets_is_told(daemon: pyrox.Daemon) -> None:
    uri = f"PYRO:thing@{daemon.location}"
    with pytest.raises(pyrox.ConnectError, match="use the URI that the daemon gives"):
        pyrox.connect(uri)


def test_a_daemon_without_websockets_is_told_from_one_with() -> None:
    plugins = pyrox.installed_plugins().replacing(transports={"ws": WebSocketTransport()})
    with pyrox.Daemon("localhost:0") as daemon:
        daemon.start()
        with pytest.raises(pyrox.ConnectError, match="WebSocket"):
            pyrox.connect(f"PYRO+WS:thing@{daemon.location}", plugins=plugins)
