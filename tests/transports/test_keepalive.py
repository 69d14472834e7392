"""A peer whose machine is gone without a word is noticed: both ends of a connection ask for it."""

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pyrox import Config, SocketListener, SocketStream
from pyrox_tcp import TcpTransport

linux = pytest.mark.skipif(sys.platform != "linux", reason="these options are Linux's")


@pytest.fixture
def ends(request: pytest.FixtureRequest) -> Iterator[list[Any]]:
    """The sockets of the two ends of a connection, with the settings of the parameter."""
    config, transport = Config(**request.param), TcpTransport()
    listener = transport.listen("localhost:0", config)
    client = transport.connect(listener.location, config, 30.0)
    assert isinstance(listener, SocketListener)
    listener.socket.setblocking(True)
    server = listener.accept()
    assert isinstance(client, SocketStream)
    assert isinstance(server, SocketStream)
    yield [client.socket, server.socket]
    for end in (client, server, listener):
        end.close()


def asked(sock: socket.socket) -> tuple[int, ...]:
    """Return after how much silence the peer is asked, how often after that, and how many times."""
    names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
    return tuple(sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names)


@linux
@pytest.mark.parametrize("ends", [{}], indirect=True)
def test_by_default_it_is_noticed_within_45_seconds(ends):
    for sock in ends:
        idle, interval, count = asked(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert idle + interval * count <= 45


@linux
@pytest.mark.parametrize("ends", [{"keepalive": 9.0}], indirect=True)
def test_the_setting_says_when(ends):
    assert [asked(sock) for sock in ends] == [(3, 2, 3)] * 2


@linux
@pytest.mark.parametrize("ends", [{"keepalive": 0.0}], indirect=True)
def test_none_is_what_the_system_does(ends):
    with socket.socket() as plain:
        assert [asked(sock) for sock in ends] == [asked(plain)] * 2
