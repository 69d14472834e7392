"""Errors that say what is wrong, where, and what to do next."""

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator

NOT_SENT = pyrox.Outcome.NOT_SENT


class Account:
    @pyrox.expose
    def deposit(self, amount: int) -> int:
        return amount

    @property
    @pyrox.expose
    def balance(self) -> int:
        return 0

    def audit(self) -> str:
        return "secret"


class Unregistered:
    def __init__(self) -> None:
        self.value = 1


@pytest.fixture
def web_server() -> Iterator[int]:
    """The port of a real HTTP server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("localhost", 0), Quiet) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_mistyped_name_is_answered_with_the_nearest(serve: ObjectServer) -> None:
    proxy = serve(Account())
    with pytest.raises(AttributeError, match="'depsit'; did you mean 'deposit'"):
        proxy.depsit(1)
    with pytest.raises(AttributeError, match="did you mean 'balance'"):
        _ = proxy.balanse


def test_a_name_that_exists_but_is_not_exposed_is_told_apart(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError, match="has one, but does not expose it") as caught:
        serve(Account()).audit()
    assert "@expose" in str(caught.value)


def test_a_name_with_nothing_near_is_simply_unknown(serve: ObjectServer) -> None:
    with pytest.raises(AttributeError) as caught:
        serve(Account()).zzzzzz()
    assert "no exposed attribute or method 'zzzzzz'" in str(caught.value)
    assert "did you mean" not in str(caught.value)


def test_asking_why_a_name_is_missing_costs_no_connection(serve: ObjectServer) -> None:
    proxy = serve(Account())
    with pytest.raises(AttributeError):
        proxy.audit()
    assert proxy._pyro.connected
    assert proxy.deposit(1) == 1


@pytest.mark.usefixtures("serializer")
def test_a_class_that_cannot_be_sent_says_how_to_register_it(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    with pytest.raises(pyrox.SerializeError, match=r"Unregistered") as caught:
        proxy.echo(Unregistered())
    assert "register_class" in str(caught.value)
    assert caught.value.outcome is NOT_SENT
    assert proxy.add(1, 2) == 3


@pytest.mark.usefixtures("serializer")
def test_a_class_that_cannot_come_back_says_how_to_register_it(serve: ObjectServer) -> None:
    class Maker:
        @pyrox.expose
        def make(self) -> Unregistered:
            return Unregistered()

        @pyrox.expose
        def fine(self) -> str:
            return "fine"

    proxy = serve(Maker())
    with pytest.raises(pyrox.SerializeError, match=r"Unregistered") as caught:
        proxy.make()
    assert "register" in str(caught.value)
    assert caught.value.outcome is pyrox.Outcome.EXECUTED
    assert proxy.fine() == "fine"


def test_a_class_from_main_is_a_security_error_that_says_how_to_register_it(
    serve: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unregistered, "__module__", "__main__")
    proxy = serve(Calculator())
    with pytest.raises(pyrox.SecurityError, match=r"__main__\.Unregistered.*register_class"):
        proxy.echo(Unregistered())
    assert proxy.add(1, 2) == 3


def test_a_refused_connection_says_that_nothing_listens_there() -> None:
    with pytest.raises(pyrox.ConnectError) as caught:
        pyrox.Proxy("PYRO:x@localhost:1").anything()
    text = str(caught.value)
    assert "cannot connect to localhost:1: nothing listens there" in text
    assert "check the port, and that the daemon runs" in text
    assert caught.value.outcome is NOT_SENT
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_an_unknown_host_says_so() -> None:
    with pytest.raises(pyrox.ConnectError, match="the host name is not known") as caught:
        pyrox.Proxy("PYRO:x@no-such-host.invalid:1").anything()
    assert caught.value.outcome is NOT_SENT


def test_an_unknown_object_is_answered_with_the_nearest(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    daemon.register(Calculator(), "calculator")
    proxy = make_proxy(f"PYRO:calculater@{daemon.location}")
    with pytest.raises(
        pyrox.ConnectError, match="unknown object: 'calculater'; did you mean 'calculator'"
    ):
        proxy.add(1)


def test_a_web_server_is_recognised_as_no_daemon(web_server: int) -> None:
    config = pyrox.Config(connect_timeout=0.5)
    proxy = pyrox.Proxy(f"PYRO:x@localhost:{web_server}", config=config, handshake="line\nline")
    with pytest.raises(pyrox.CommunicationError) as caught:
        proxy.anything()
    assert f"cannot connect to localhost:{web_server}" in str(caught.value)
    assert caught.value.outcome is NOT_SENT


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"220 mail.example ESMTP\r\n",
    ],
    ids=["http", "ssh", "smtp"],
)
def test_a_peer_that_is_no_daemon_is_recognised_by_its_first_bytes(greeting: bytes) -> None:
    with socket.create_server(("localhost", 0)) as listener:

        def greet() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(greeting)
                sock.recv(1000)

        thread = threading.Thread(target=greet)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(pyrox.ConnectError, match="no pyrox or Pyro5 daemon") as caught:
            pyrox.Proxy(f"PYRO:x@localhost:{port}").anything()
        thread.join()
    assert "check the port" in str(caught.value)
    assert caught.value.outcome is NOT_SENT


def test_a_peer_that_hangs_up_in_the_handshake_is_told_apart() -> None:
    with socket.create_server(("localhost", 0)) as listener:

        def hang_up() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(1000)

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(pyrox.ConnectError, match="closed the connection during the handshake"):
            pyrox.Proxy(f"PYRO:x@localhost:{port}").anything()
        thread.join()


def test_a_peer_that_says_nothing_is_told_apart() -> None:
    with socket.create_server(("localhost", 0)) as silent:
        port = silent.getsockname()[1]
        config = pyrox.Config(connect_timeout=0.2)
        with pytest.raises(pyrox.TimeoutError) as caught:
            pyrox.Proxy(f"PYRO:x@localhost:{port}", config=config).anything()
    text = str(caught.value)
    assert f"cannot connect to localhost:{port}" in text
    assert "handshake" in text
    assert "may still run" not in text  # nothing was asked for yet
    assert caught.value.outcome is NOT_SENT


@pytest.mark.parametrize(
    "uri", ["PYRO:x", "PYRO:x@localhost", "HTTP:x@localhost:1", "PYRO:x@localhost:port", ""]
)
def test_a_uri_that_is_none_is_refused_with_an_example(uri: str) -> None:
    with pytest.raises(pyrox.URIError, match=r"PYRO:object@host:port|number from 0 to 65535"):
        pyrox.Proxy(uri)


def test_a_missing_transport_says_what_to_install() -> None:
    with pytest.raises(pyrox.PluginError, match="no transport 'vsock' here"):
        pyrox.Proxy("PYRO+VSOCK:x@1:2").anything()


def test_a_misspelt_setting_is_answered_with_the_nearest() -> None:
    with pytest.raises(pyrox.ConfigError, match="'timeot': did you mean 'timeout'"):
        pyrox.Config().replace(timeot=1.0)


def test_a_closed_daemon_cannot_be_used_again(make_daemon: DaemonMaker) -> None:
    daemon = make_daemon()
    daemon.close()
    with pytest.raises(pyrox.DaemonError, match="closed"), daemon:
        pass
    with pytest.raises(pyrox.DaemonError, match="closed"):
        daemon.serve_forever()


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_a_thread_daemon_says_that_no_other_loop_can_serve_it(daemon: pyrox.Daemon) -> None:
    with pytest.raises(pyrox.UsageError, match='server="multiplex"'):
        daemon.fileno()
    with pytest.raises(pyrox.UsageError, match='server="multiplex"'):
        daemon.handle_events()
