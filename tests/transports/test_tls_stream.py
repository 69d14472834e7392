"""The stream of TLS by itself, over a pair of sockets."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from pyrox import Config, LayeredStream, SocketStream
from pyrox_tls import TlsLayer, client_context, server_context
from tests.behaviour.objects import eventually
from tests.certificates import Authority, Certificate
from tests.transports.conftest import keys

Pair = tuple[LayeredStream, LayeredStream]


def unexpected(error: ssl.SSLError, heard: bytes) -> Exception:
    return AssertionError(f"{error}, after {heard!r}")


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two sockets that are connected, with small buffers."""
    pair = socket.socketpair()
    for sock in pair:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    yield pair
    for sock in pair:
        sock.close()


@pytest.fixture
def fresh(
    sockets: tuple[socket.socket, socket.socket],
    authority: Authority,
    server_certificate: Certificate,
) -> Pair:
    """A client's and a daemon's stream, which have said nothing yet."""
    ours = server_context(Config(**keys(server_certificate)))
    theirs = client_context(Config(tls_ca=authority.file))
    return (
        LayeredStream(SocketStream(sockets[0]), TlsLayer(theirs, "localhost", unexpected)),
        LayeredStream(SocketStream(sockets[1]), TlsLayer(ours, None, unexpected)),
    )


@pytest.fixture
def streams(fresh: Pair) -> Pair:
    """The same once they shook hands, by the daemon's receiving alone."""
    client, server = fresh
    thread = threading.Thread(target=client.shake_hands, args=(10.0,))
    thread.start()

    def received() -> bool:
        try:
            server.recv_nowait(1)
        except BlockingIOError:
            pass
        return not thread.is_alive()

    eventually(received, "no handshake")
    for stream in (client, server):
        with pytest.raises(BlockingIOError):
            stream.recv_nowait(1)  # takes what TLS 1.3 says behind the handshake
    return client, server


def everything(stream: LayeredStream, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        data = stream.recv(100_000)
        assert data
        found += data
    return bytes(found)


def test_a_daemon_waits_to_receive_until_the_handshake_is_done(
    fresh: Pair,
) -> None:
    _, server = fresh
    with pytest.raises(BlockingIOError):
        server.recv_nowait(100)
    with pytest.raises(BlockingIOError):
        server.send_nowait([b"hello"])
    assert not server.waits_to_send(True)
    assert not server.pending()


def test_what_was_received_and_not_handed_out_is_pending(
    streams: Pair,
) -> None:
    client, server = streams
    client.send([b"x" * 1000])
    assert not server.pending()
    assert server.recv(10) == b"x" * 10
    assert server.pending()
    assert server.recv_nowait(2000) == b"x" * 990
    assert not server.pending()


def test_much_goes_both_ways_at_once(streams: Pair) -> None:
    data = bytes(range(256)) * 8000
    senders = [
        threading.Thread(target=stream.send, args=([data[:100], data[100:]],)) for stream in streams
    ]
    found: dict[LayeredStream, bytes] = {}
    receivers = [
        threading.Thread(
            target=lambda stream=stream: found.update({stream: everything(stream, len(data))})
        )
        for stream in streams
    ]
    for thread in senders + receivers:
        thread.start()
    for thread in senders + receivers:
        thread.join(20)
    assert [found[stream] == data for stream in streams] == [True, True]


def test_what_the_peer_does_not_take_is_counted_as_unsent(
    streams: Pair,
) -> None:
    client, server = streams
    data = bytes(range(256)) * 2000
    rest = [memoryview(data[:7]), memoryview(data[7:100_000]), memoryview(data[100_000:])]
    sent = 0
    try:
        while count := server.send_nowait(rest):
            sent += count
            rest = [memoryview(data)[sent:]]
    except BlockingIOError:
        pass
    assert sent < len(data)
    assert server.waits_to_send(False)
    found = bytearray()
    while len(found) < len(data):
        if sent < len(data):
            try:
                sent += server.send_nowait([memoryview(data)[sent:]])
            except BlockingIOError:
                pass
        try:
            found += client.recv_nowait(5000)
        except BlockingIOError:
            pass
    assert found == data
    assert not server.waits_to_send(False)


def test_a_large_body_goes_where_it_belongs(streams: Pair) -> None:
    client, server = streams
    body = bytearray(300_000)
    view = memoryview(body)
    thread = threading.Thread(target=client.send, args=([b"y" * 300_000],))
    thread.start()
    while view:
        view = view[server.recv_into(view) :]
    thread.join(10)
    assert body == b"y" * 300_000


def test_closing_says_goodbye(streams: Pair) -> None:
    client, server = streams
    client.close()
    assert server.recv(100) == b""
    client.close()


def test_the_end_stays_the_end_whatever_becomes_of_the_connection(
    streams: Pair, sockets: tuple[socket.socket, socket.socket]
) -> None:
    client, server = streams
    client.close()
    assert server.recv(100) == b""
    sockets[1].close()
    assert server.recv(100) == b""
    assert server.recv_nowait(100) == b""


def test_an_end_without_a_goodbye_is_an_end(
    streams: Pair, sockets: tuple[socket.socket, socket.socket]
) -> None:
    client, server = streams
    client.send([b"last"])
    sockets[0].shutdown(socket.SHUT_RDWR)
    assert server.recv(100) == b"last"
    assert server.recv(100) == b""


def test_after_saying_that_it_sends_no_more_it_still_receives(
    streams: Pair,
) -> None:
    client, server = streams
    server.end()
    assert client.recv(100) == b""
    client.send([b"more"])
    assert server.recv(100) == b"more"


def test_waiting_ends_though_bytes_trickle_in(
    streams: Pair, sockets: tuple[socket.socket, socket.socket]
) -> None:
    _, server = streams
    server.set_timeouts(0.2, 0.2)
    stop = threading.Event()

    def trickle() -> None:
        sockets[0].send(b"\x17\x03\x03" + struct.pack(">H", 16000))
        while not stop.wait(0.02):
            sockets[0].send(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    began = time.monotonic()
    try:
        with pytest.raises(BlockingIOError):
            server.recv(100)
        assert time.monotonic() - began < 9
    finally:
        stop.set()
        thread.join(10)


def test_waiting_for_a_peer_that_takes_nothing_ends(
    streams: Pair,
) -> None:
    client, _ = streams
    client.set_timeouts(0.2, 0.2)
    began = time.monotonic()
    with pytest.raises(BlockingIOError):
        client.send([b"z" * 1_000_000])
    assert time.monotonic() - began < 9


def test_bytes_that_were_changed_on_the_way_end_the_connection(
    streams: Pair, sockets: tuple[socket.socket, socket.socket]
) -> None:
    client, _ = streams
    sockets[1].send(b"\x17\x03\x03" + struct.pack(">H", 40) + b"forged" * 10)
    with pytest.raises(Exception, match=r"(?i)bad record mac|decryption failed"):
        client.recv(100)
    with pytest.raises(ConnectionResetError):
        client.recv_nowait(100)


def test_a_forked_process_lets_go_of_it_without_a_word(
    streams: Pair, sockets: tuple[socket.socket, socket.socket]
) -> None:
    client, server = streams
    with sockets[0].dup():
        client.abandon()
        with pytest.raises(BlockingIOError):
            server.recv_nowait(100)
