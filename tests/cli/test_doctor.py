"""``pyrox doctor``: each thing that can be wrong is found and named, with its cure."""

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

import pyrox
from pyrox import Config, MessageType
from pyrox.wire.message import encode
from pyrox_cli.doctor import probe
from tests.cli.conftest import Runner

Peer = Callable[..., str]


@pytest.fixture
def peer() -> Iterator[Peer]:
    """Make servers that are no daemons: each answers any connection with the same bytes."""
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        listener.listen()

        def serve(answer: bytes, hang_up: bool = True, wait: bool = True) -> str:
            kept: list[socket.socket] = []  # until the test is over, unless we hang up

            def run() -> None:
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        break
                    if wait:
                        connection.recv(4096)
                    connection.sendall(answer)
                    if hang_up:
                        connection.close()
                    else:
                        kept.append(connection)
                for connection in kept:
                    connection.close()

            threads.append(threading.Thread(target=run))
            threads[-1].start()
            return f"localhost:{listener.getsockname()[1]}"

        threads: list[threading.Thread] = []
        yield serve
        listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def diagnosis(cli: Runner, uri: str, *options: str) -> tuple[str, str, str]:
    """Return the step that failed, what it found, and the cure."""
    result = cli("doctor", uri, "--json", *options)
    assert result.code == 1
    *passed, failed = map(json.loads, result.out.splitlines())
    assert all(step["ok"] for step in passed)
    assert not failed["ok"]
    return failed["step"], failed["detail"], failed["cure"]


def test_a_healthy_object_passes_every_step(cli: Runner, echo_uri: str) -> None:
    result = cli("doctor", echo_uri, "--json")
    assert (result.code, result.err) == (0, "")
    steps = list(map(json.loads, result.out.splitlines()))
    assert [step["step"] for step in steps if step["ok"]] == [
        "address",
        "route",
        "transport",
        "protocol",
        "serializer",
        "handshake",
        "object",
        "exposure",
    ]


def test_a_step_is_a_line_with_a_mark(cli: Runner, echo_uri: str) -> None:
    assert "✓ protocol: Pyro protocol 502\n" in cli("doctor", echo_uri).out


def test_a_broken_step_is_followed_by_its_cure(cli: Runner, echo_uri: str) -> None:
    lines = cli("doctor", echo_uri.replace("echoserver", "echosrv")).out.splitlines()
    assert lines[-2].startswith("✗ object: the daemon has no object 'test.echosrv'")
    assert lines[-1].startswith("  cure: did you mean test.echoserver?")


@pytest.mark.usefixtures("terminal")
def test_a_terminal_shows_the_same_in_color(cli: Runner, echo_uri: str) -> None:
    assert "Pyro protocol 502" in cli("doctor", echo_uri).out


def test_a_name_leads_to_the_object(cli: Runner, echo_uri: str, name_server: pyrox.Proxy) -> None:
    name_server.register("example.echo", echo_uri)
    result = cli("doctor", "example.echo")
    assert result.code == 0
    assert f"✓ name: example.echo is {echo_uri}" in result.out


def test_an_unknown_name_shows_the_nearest_ones(
    cli: Runner, echo_uri: str, name_server: pyrox.Proxy
) -> None:
    name_server.register("example.echo", echo_uri)
    step, detail, cure = diagnosis(cli, "PYRONAME:exmple.echo")
    assert step == "name"
    assert "exmple.echo" in detail
    assert cure == "did you mean example.echo?"


@pytest.mark.usefixtures("name_server")
def test_a_name_that_resembles_none_says_where_to_look(cli: Runner) -> None:
    assert "`pyrox nsc list` shows them" in diagnosis(cli, "PYRONAME:zzz")[2]


def test_no_name_server(cli: Runner, free_port: int) -> None:
    step, detail, cure = diagnosis(cli, f"PYRONAME:x@localhost:{free_port}")
    assert step == "name server"
    assert detail.startswith(f"there is no name server at localhost:{free_port}")
    assert "`pyrox ns`" in cure


def test_a_host_name_that_is_not_known(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    step, detail, cure = diagnosis(cli, "PYRO:x@no-such-host.invalid:4444")
    assert step == "address"
    assert "'no-such-host.invalid' is not known" in detail
    assert "DNS" in cure


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_an_address_that_leads_each_client_to_itself(cli: Runner, host: str) -> None:
    step, detail, cure = diagnosis(cli, f"PYRO:x@{host}:4444")
    assert step == "address"
    assert "leads each client to itself" in detail
    assert "PYROX_NAT_LOCATION" in cure


def test_no_route(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(address: str) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr("pyrox_cli.doctor.network._local_address", unreachable)
    step, detail, _ = diagnosis(cli, "PYRO:x@127.0.0.1:4444")
    assert step == "route"
    assert "Network is unreachable" in detail


def test_a_refused_connection(cli: Runner, free_port: int) -> None:
    step, detail, cure = diagnosis(cli, f"PYRO:x@localhost:{free_port}")
    assert step == "transport"
    assert "connection refused" in detail
    assert "start the daemon" in cure


def test_no_answer_in_time(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("pyrox_cli.doctor.steps.Patient.connect", silent)
    step, detail, cure = diagnosis(cli, "PYRO:x@localhost:4444")
    assert (step, detail) == ("transport", "no answer from localhost:4444 within 5 s")
    assert "firewall" in cure


def test_a_transport_that_is_not_installed(cli: Runner) -> None:
    step, detail, cure = diagnosis(cli, "PYRO+NOSUCH:x@localhost:4444")
    assert step == "transport"
    assert "no transport 'nosuch' here" in detail
    assert "install" in cure


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server"),
        (b"\x15\x03\x03\x00\x02\x02\x32", "a TLS server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "an SSH server"),
        (b"hello there", "begins with b'hello there'"),
    ],
)
def test_a_server_that_is_no_daemon(cli: Runner, peer: Peer, answer: bytes, name: str) -> None:
    step, detail, cure = diagnosis(cli, f"PYRO:x@{peer(answer)}")
    assert step == "protocol"
    assert name in detail
    assert cure.startswith("check the port")


def test_a_server_with_tls_is_told_apart(cli: Runner, peer: Peer) -> None:
    assert "PYRO+TLS:x@" in diagnosis(cli, f"PYRO:x@{peer(bytes([0x15, 3, 3, 0, 2]))}")[2]


def test_a_server_that_hangs_up(cli: Runner, peer: Peer) -> None:
    step, detail, _ = diagnosis(cli, f"PYRO:x@{peer(b'')}")
    assert step == "protocol"
    assert "closes the connection without a word" in detail


def test_a_server_that_says_nothing(cli: Runner, peer: Peer) -> None:
    location = peer(b"", hang_up=False)
    step, detail, _ = diagnosis(cli, f"PYRO:x@{location}", "--timeout", "0.1")
    assert (step, detail) == ("protocol", f"something listens at {location} and says nothing")


def test_another_version_of_the_protocol(cli: Runner, peer: Peer) -> None:
    message = bytearray(b"".join(encode(MessageType.CONNECTFAIL, 0, 0, 2, b"no")))
    message[4:6] = (48).to_bytes(2, "big")
    step, detail, cure = diagnosis(cli, f"PYRO:x@{peer(bytes(message))}")
    assert step == "protocol"
    assert "speaks version 48 of the protocol" in detail
    assert "Pyro4" in cure


def test_no_serializer_in_common(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [s for s in probe.serializers() if s.name == "json"]
    monkeypatch.setattr("pyrox_cli.doctor.peer.serializers", lambda: ours)
    with pyrox.Daemon("localhost:0", config=Config(serializers=("marshal",))).start() as daemon:
        step, detail, cure = diagnosis(cli, f"PYRO:x@{daemon.location}")
    assert step == "serializer"
    assert "none of those installed here (json)" in detail
    assert "pip install" in cure


def test_a_serializer_that_has_to_be_asked_for(cli: Runner) -> None:
    with pyrox.Daemon("localhost:0", config=Config(serializers=("marshal",))).start() as daemon:
        step, detail, cure = diagnosis(cli, f"PYRO:x@{daemon.location}")
    assert step == "handshake"
    assert "the handshake failed" in detail
    assert cure == "set the serializer: PYROX_SERIALIZER=marshal"


def test_an_unknown_object_shows_the_nearest_ids(cli: Runner, echo_uri: str) -> None:
    step, detail, cure = diagnosis(cli, echo_uri.replace("echoserver", "echosrv"))
    assert (step, detail) == ("object", "the daemon has no object 'test.echosrv'")
    assert cure.startswith("did you mean test.echoserver?")


@pytest.mark.filterwarnings("ignore:.*doesn't expose any")
def test_an_object_that_exposes_nothing(cli: Runner) -> None:
    class Closed:
        def method(self) -> None: ...

    with pyrox.Daemon("localhost:0") as daemon:
        uri = daemon.register(Closed(), "closed")
        daemon.start()
        step, detail, cure = diagnosis(cli, str(uri))
    assert step == "exposure"
    assert "exposes no methods and no attributes" in detail
    assert "@pyrox.expose" in cure
