"""Whoever does not shake hands by TLS costs the daemon one connection, and nobody else anything."""

import contextlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest

import pyrox
from tests.behaviour.objects import await_log, eventually
from tests.certificates import Authority, Certificate
from tests.transports.conftest import Server, keys

PATIENCE = 30.0


@pytest.fixture
def daemon(serve: Server, server_certificate: Certificate) -> pyrox.Daemon:
    """A daemon that waits only a moment for handshakes."""
    return serve("tls://localhost:0", handshake_timeout=0.4, **keys(server_certificate))


@pytest.fixture
def proxy(daemon: pyrox.Daemon, trusting: pyrox.Config) -> Iterator[pyrox.Proxy]:
    """A client that is served meanwhile."""
    with pyrox.Proxy(daemon.uri_for("thing"), config=trusting) as proxy:
        proxy.echo(0)
        yield proxy


def connected(daemon: pyrox.Daemon) -> socket.socket:
    host, _, port = daemon.location.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def client_hello() -> bytes:
    """The first bytes of a good handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def rest_of(sock: socket.socket) -> bytes:
    """What comes until the daemon hangs up."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while data := sock.recv(65536):
            found += data
    return found


BAD_BEGINNINGS = {
    "silence": b"",
    "half a header": b"\x16\x03",
    "half a handshake": client_hello()[:100],
    "a handshake left off": client_hello(),
    "a record that never ends": b"\x16\x03\x01\x40\x00" + b"\x01\x00\x3f\xfc" + b"x" * 50,
}


@pytest.mark.parametrize("beginning", BAD_BEGINNINGS.values(), ids=BAD_BEGINNINGS)
def test_a_handshake_that_stops_is_ended_while_others_are_served(
    daemon: pyrox.Daemon,
    proxy: pyrox.Proxy,
    beginning: bytes,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pyrox.sync.server.FAREWELL", 0.0)
    with connected(daemon) as sock:
        sock.sendall(beginning)
        began = time.monotonic()
        for number in range(50):
            assert proxy.echo(number) == number
        assert time.monotonic() - began < 9
        daemon._server.housekeeping(time.monotonic() + 1.0)
        rest_of(sock)
    assert proxy.echo(1) == 1
    await_log(caplog, "the handshake took too long")


@pytest.mark.parametrize(
    "garbage",
    [b"\x00" * 100, os.urandom(3000), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01" + b"\xff" * 500],
    ids=["zeros", "noise", "a browser", "a broken record"],
)
def test_garbage_is_refused_and_logged_while_others_are_served(
    daemon: pyrox.Daemon,
    proxy: pyrox.Proxy,
    garbage: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connected(daemon) as sock:
        sock.sendall(garbage)
        sock.shutdown(socket.SHUT_WR)
        rest_of(sock)
    assert proxy.echo(1) == 1
    eventually(lambda: bool(caplog.records), what="nothing was logged")
    [record] = [r for r in caplog.records if r.name == "pyrox.server"]
    assert "closing the connection of" in record.getMessage()


def test_many_silent_clients_keep_nobody_waiting(
    daemon: pyrox.Daemon, proxy: pyrox.Proxy, trusting: pyrox.Config
) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connected(daemon))
        began = time.monotonic()
        assert proxy.echo(1) == 1
        with pyrox.Proxy(daemon.uri_for("thing"), config=trusting) as another:
            assert another.echo(2) == 2
        assert time.monotonic() - began < 9


def test_the_handshake_may_come_in_single_bytes(
    serve: Server, server_certificate: Certificate, authority: Authority
) -> None:
    daemon = serve("tls://localhost:0", **keys(server_certificate))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context(cafile=authority.file)
    tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with connected(daemon) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    sock.sendall(bytes([byte]))
                incoming.write(sock.recv(65536))
        tls.write(b"no message of ours at all, which is 40 bytes or more")
        for byte in outgoing.read():
            sock.sendall(bytes([byte]))
        incoming.write(rest_of(sock))
    assert b"invalid data" in tls.read(65536)


def test_a_client_that_takes_nothing_is_dropped_while_others_are_served(
    serve: Server, server_certificate: Certificate, authority: Authority, trusting: pyrox.Config
) -> None:
    daemon = serve("tls://localhost:0", send_timeout=0.5, **keys(server_certificate))
    with (
        pyrox.Proxy(daemon.uri_for("thing"), config=trusting) as proxy,
        pyrox.Proxy(daemon.uri_for("thing"), config=trusting) as lazy,
    ):
        lazy.echo(1)
        connection = lazy._pyro._connection
        assert connection is not None
        request = connection.caller.begin_call("thing", "make", (30_000_000,), None, 0, None)
        connection._stream.send(request)
        ends = time.monotonic() + PATIENCE
        while daemon.connections == 2:
            assert proxy.echo(1) == 1
            assert time.monotonic() < ends
        assert proxy.echo(2) == 2


def test_a_refused_connection_is_told_why_once_it_shook_hands(
    serve: Server, server_certificate: Certificate, trusting: pyrox.Config
) -> None:
    daemon = serve("tls://localhost:0", max_connections=1, **keys(server_certificate))
    with pyrox.Proxy(daemon.uri_for("thing"), config=trusting) as proxy:
        proxy.echo(1)
        with pytest.raises(pyrox.CommunicationError, match="keeps 1 connections at most"):
            pyrox.Proxy(daemon.uri_for("thing"), config=trusting).echo(2)
        with connected(daemon) as sock:
            sock.sendall(b"garbage" * 100)
            rest_of(sock)
        assert proxy.echo(3) == 3


def test_a_silent_server_keeps_a_client_no_longer_than_it_wants(trusting: pyrox.Config) -> None:
    with socket.create_server(("localhost", 0)) as silent:
        uri = f"PYRO+TLS:thing@localhost:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(pyrox.TimeoutError, match="no answer to the TLS handshake in time"):
            pyrox.Proxy(uri, config=trusting.replace(connect_timeout=0.3)).echo(1)
        assert time.monotonic() - began < 9


def test_a_server_that_hangs_up_is_told_from_one_without_tls(trusting: pyrox.Config) -> None:
    def hang_up(said: bytes) -> None:
        sock, _ = server.accept()
        with sock:
            sock.recv(65536)
            sock.sendall(said)

    for said, text in ((b"", "closed the connection during the TLS"), (b"220 mail\r\n", "use TLS")):
        with socket.create_server(("localhost", 0)) as server:
            thread = threading.Thread(target=hang_up, args=(said,))
            thread.start()
            uri = f"PYRO+TLS:thing@localhost:{server.getsockname()[1]}"
            with pytest.raises(pyrox.ConnectError, match=text):
                pyrox.Proxy(uri, config=trusting).echo(1)
            thread.join(PATIENCE)
