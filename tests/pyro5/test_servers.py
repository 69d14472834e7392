"""The servers behind a daemon: loops of the program's own, crowds, and what must not end them.

Reference 6.1, 6.2, 6.8, and of section 9: 9.2-6, 9.3-8 to -11 and -18.
"""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from pyrox_pyro5 import errors, socketutil
from pyrox_pyro5.api import Daemon, Proxy, callback, config, expose
from tests.behaviour.objects import await_log

Connect = Callable[..., Proxy]
Run = Callable[[Daemon], Daemon]
PATIENCE = 30.0


@expose
class Speaker:
    def echo(self, value: Any) -> Any:
        return value

    def fail(self, kind: str) -> None:
        raise RAISED[kind]

    @callback
    def fail_in_callback(self) -> None:
        raise ValueError("nobody home")


RAISED: dict[str, BaseException] = {
    "CommunicationError": errors.CommunicationError("mine"),
    "ConnectionClosedError": errors.ConnectionClosedError("mine"),
    "TimeoutError": errors.TimeoutError("mine"),
    "ProtocolError": errors.ProtocolError("mine"),
    "SecurityError": errors.SecurityError("mine"),
    "SerializeError": errors.SerializeError("mine"),
}
ENDING = {"SystemExit": SystemExit(3), "KeyboardInterrupt": KeyboardInterrupt("now")}
RAISED.update(ENDING)


class Loop:
    """A program's own loop: waits for the sockets of a daemon and passes on what is ready."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.ended = False
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.ended:
            if ready := select.select(self.daemon.sockets, [], [], 0.01)[0]:
                self.daemon.events(ready)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.ended = True
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def test_a_daemon_is_served_by_a_loop_of_the_programs_own(server_type: str) -> None:
    with Daemon() as daemon:
        uri = daemon.register(Speaker())
        with Loop(daemon), Proxy(uri) as one, Proxy(uri) as two:
            assert [one.echo(1), two.echo(2), one.echo(3)] == [1, 2, 3]


def test_a_multiplex_daemon_has_a_selector_to_wait_with() -> None:
    config.SERVERTYPE = "multiplex"
    with Daemon() as daemon:
        uri = daemon.register(Speaker())
        client = threading.Thread(target=lambda: Proxy(uri).echo(1))
        client.start()
        while client.is_alive():
            if ready := daemon.selector.select(0.01):
                daemon.events([key.fileobj for key, _ in ready])


def test_a_thread_daemon_has_no_selector() -> None:
    config.SERVERTYPE = "thread"
    with Daemon() as daemon, pytest.raises(TypeError):
        daemon.selector  # noqa: B018


def test_multiplex_daemons_are_combined_into_one_loop(run: Run) -> None:
    config.SERVERTYPE = "multiplex"
    main, guest = Daemon(), Daemon()
    uris = [daemon.register(Speaker()) for daemon in (main, guest)]
    main.combine(guest)
    run(main)
    with Proxy(uris[0]) as one, Proxy(uris[1]) as two:
        assert [one.echo(1), two.echo(2), one.echo(3), two.echo(4)] == [1, 2, 3, 4]
    guest.close()


def test_thread_daemons_are_not_combined() -> None:
    config.SERVERTYPE = "thread"
    with Daemon() as one, Daemon() as two, pytest.raises(TypeError):
        one.combine(two)


@pytest.mark.parametrize(
    ("kind", "name", "noun"),
    [
        ("thread", "SocketServer_Threadpool", "workers"),
        ("multiplex", "SocketServer_Multiplex", "connections"),
    ],
)
def test_the_server_tells_where_it_is_and_how_busy(kind: str, name: str, noun: str) -> None:
    config.SERVERTYPE = kind
    with Daemon() as daemon:
        server = daemon.transportServer
        assert repr(server) == f"<{name} on {daemon.locationStr}; 0 {noun}>"
        assert server.sock is daemon.sock
        assert server.locationStr == daemon.locationStr


def test_the_server_has_the_loop_of_its_daemon(server_type: str) -> None:
    daemon = Daemon()
    uri = daemon.register(Speaker())
    server = daemon.transportServer
    loop = threading.Thread(target=server.loop)
    loop.start()
    with Proxy(uri) as proxy:
        assert proxy.echo(1) == 1
    server.shutdown()
    loop.join(PATIENCE)
    assert not loop.is_alive()


# Crowds


def test_more_clients_than_workers_are_served(run: Run) -> None:
    # Pyro5 refuses the fifth client while its four workers sit idle (9.1-4).
    config.SERVERTYPE, config.THREADPOOL_SIZE_MIN, config.THREADPOOL_SIZE = "thread", 1, 2
    uri = run(Daemon()).register(Speaker())
    with ExitStack() as stack:
        proxies = [stack.enter_context(Proxy(uri)) for _ in range(6)]
        assert [proxy.echo(n) for n, proxy in enumerate(proxies)] == list(range(6))


@pytest.mark.parametrize("beginning", [b"", b"PYRO", b"PYRO\x01\xf6\x01"], ids=["", "tag", "half"])
def test_a_client_that_stops_talking_holds_up_nobody(
    connect: Connect, daemon: Daemon, beginning: bytes
) -> None:
    host, _, port = daemon.locationStr.rpartition(":")
    with socket.create_connection((host, int(port))) as silent:
        silent.sendall(beginning)
        proxy = connect(Speaker())
        proxy._pyroTimeout = PATIENCE
        assert proxy.echo("heard") == "heard"


# What methods raise


@pytest.mark.parametrize("kind", [kind for kind in RAISED if kind not in ENDING])
def test_an_error_of_communication_in_a_method_is_told_as_any_other(
    connect: Connect, kind: str
) -> None:
    proxy = connect(Speaker())
    assert proxy.echo(1) == 1
    connection = proxy._pyroConnection
    with pytest.raises(getattr(errors, kind), match=r"^mine"):
        proxy.fail(kind)
    assert proxy.echo(2) == 2
    assert proxy._pyroConnection is connection


@pytest.mark.parametrize("kind", ENDING)
def test_a_method_cannot_end_the_daemon_nor_the_client(connect: Connect, kind: str) -> None:
    proxy = connect(Speaker())
    for _ in range(3):
        with pytest.raises(errors.PyroError, match=f"remote method raised {kind}"):
            proxy.fail(kind)
    assert proxy.echo("still there") == "still there"


def test_an_error_in_a_callback_is_logged_here_and_told_there(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    proxy = connect(Speaker())
    assert proxy.echo(1) == 1
    connection = proxy._pyroConnection
    with pytest.raises(ValueError, match=r"^nobody home$"):
        proxy.fail_in_callback()
    await_log(caplog, "nobody home")
    assert proxy.echo(2) == 2
    assert proxy._pyroConnection is connection


def test_a_callback_reaches_a_daemon_of_the_client(connect: Connect, run: Run) -> None:
    @expose
    class Listener:
        def __init__(self) -> None:
            self.heard: list[str] = []

        @callback
        def hear(self, text: str) -> str:
            self.heard.append(text)
            return f"heard {text}"

    @expose
    class Caller:
        def call(self, listener: Any, text: str) -> Any:
            return listener.hear(text)

    listener = Listener()
    run(Daemon()).register(listener)
    assert connect(Caller()).call(listener, "this") == "heard this"
    assert listener.heard == ["this"]


# Sockets


@pytest.fixture
def ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")


@pytest.mark.usefixtures("ipv6")
def test_a_daemon_on_ipv6_has_its_address_in_brackets(run: Run, server_type: str) -> None:
    daemon = run(Daemon(host="::1"))
    uri = daemon.register(Speaker(), "speaker")
    assert str(uri) == f"PYRO:speaker@[::1]:{uri.port}"
    with Proxy(uri) as proxy:
        assert proxy.echo(1) == 1
        assert "connected IPv6" in repr(proxy)
    assert "- IPv6;" in repr(daemon)


@pytest.mark.usefixtures("ipv6")
def test_the_settings_prefer_an_ip_version(server_type: str) -> None:
    config.PREFER_IP_VERSION = 6
    assert socketutil.get_ip_address("::1").version == 6
    with Daemon(host="::1") as daemon:
        assert daemon.sock.family == socket.AF_INET6


def test_connections_are_kept_alive(connect: Connect) -> None:
    proxy = connect(Speaker())
    assert proxy.echo(1) == 1
    assert proxy._pyroConnection is not None
    sock = proxy._pyroConnection.sock
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_daemons_socket_is_not_inherited(server_type: str) -> None:
    with Daemon() as daemon:
        assert not daemon.sock.get_inheritable()
