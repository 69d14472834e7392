"""The responder to broadcasts, over real UDP on the loopback interface."""

import socket
from collections.abc import Iterator

import pytest

import pyrox
from pyrox import URI
from pyrox_nameserver import BroadcastResponder, start_ns
from pyrox_nameserver.broadcast import answer_for, reachable_by_broadcast

LOCAL = URI("PYRO:Pyro.NameServer@127.0.0.1:9090")
EVERYWHERE = URI("PYRO:Pyro.NameServer@0.0.0.0:9090")
LAN = URI("PYRO:Pyro.NameServer@192.0.2.1:9090")


@pytest.fixture
def responder() -> Iterator[BroadcastResponder]:
    with BroadcastResponder(EVERYWHERE, "127.0.0.1").start() as responder:
        yield responder


@pytest.fixture
def asker(responder: BroadcastResponder) -> Iterator[socket.socket]:
    host, _, port = responder.location.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(10)
        asker.connect((host, int(port)))
        yield asker


def test_the_question_is_answered_with_the_uri(asker: socket.socket) -> None:
    asker.send(b"GET_NSURI")
    assert asker.recv(1000) == b"PYRO:Pyro.NameServer@127.0.0.1:9090"


@pytest.mark.parametrize(
    "garbage", [b"", b"get_nsuri", b"GET_NSURI\n", b"GET_NSURI" * 100, bytes(60_000), b"\xff\xfe"]
)
def test_anything_else_is_passed_over(asker: socket.socket, garbage: bytes) -> None:
    asker.send(garbage)
    asker.send(b"GET_NSURI")
    assert asker.recv(1000).startswith(b"PYRO:")
    asker.setblocking(False)
    with pytest.raises(BlockingIOError):
        asker.recv(1000)


def test_an_asker_that_is_gone_does_no_harm(asker: socket.socket) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.sendto(b"GET_NSURI", asker.getpeername())
    asker.send(b"GET_NSURI")
    assert asker.recv(1000).startswith(b"PYRO:")


def test_the_loop_of_a_multiplex_daemon_serves_it() -> None:
    with (
        pyrox.Daemon(server="multiplex") as daemon,
        BroadcastResponder(LAN, "127.0.0.1") as responder,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
    ):
        daemon.combine(responder)
        daemon.start()
        host, _, port = responder.location.rpartition(":")
        asker.settimeout(10)
        for _ in range(3):
            asker.sendto(b"GET_NSURI", (host, int(port)))
            assert asker.recv(1000) == b"PYRO:Pyro.NameServer@192.0.2.1:9090"


def test_it_stops_and_lets_the_port_go(responder: BroadcastResponder) -> None:
    responder.stop()
    responder.stop()
    host, _, port = responder.location.rpartition(":")
    BroadcastResponder(LOCAL, host, int(port)).stop()


def test_a_port_that_is_taken_is_an_error_that_names_it(responder: BroadcastResponder) -> None:
    host, _, port = responder.location.rpartition(":")
    with pytest.raises(OSError, match=f"cannot answer broadcasts on UDP {responder.location}"):
        BroadcastResponder(LOCAL, host, int(port))


def test_others_are_never_told_a_loopback_address() -> None:
    assert answer_for(LOCAL, "192.0.2.7") is None
    assert answer_for(URI("PYRO:Pyro.NameServer@localhost:9090"), "192.0.2.7") is None
    assert answer_for(LOCAL, "127.0.0.1") == LOCAL


def test_a_server_on_all_interfaces_is_told_by_the_one_that_leads_to_the_asker() -> None:
    assert str(answer_for(EVERYWHERE, "127.0.0.1")) == "PYRO:Pyro.NameServer@127.0.0.1:9090"


def test_a_server_at_one_address_is_told_by_it() -> None:
    assert answer_for(LAN, "192.0.2.7") == LAN


def test_only_a_server_that_others_can_reach_is_worth_telling() -> None:
    assert reachable_by_broadcast(EVERYWHERE)
    assert reachable_by_broadcast(LAN)
    for location in ("127.0.0.1:9090", "localhost:9090", "[::1]:9090", "[::]:9090", "./u:/run/ns"):
        assert not reachable_by_broadcast(URI(f"PYRO:Pyro.NameServer@{location}")), location


def test_a_name_server_on_localhost_answers_no_broadcasts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with start_ns("localhost:0", broadcast=True) as daemon:
        assert daemon.responder is None
    assert "not answering broadcasts" in caplog.text


def test_unless_it_is_told_where_to_answer() -> None:
    with start_ns("localhost:0", broadcast="127.0.0.1:0") as daemon:
        assert daemon.responder is not None
        host, _, port = daemon.responder.location.rpartition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(10)
            asker.sendto(b"GET_NSURI", (host, int(port)))
            assert asker.recv(1000).decode() == f"PYRO:Pyro.NameServer@{daemon.location}"


def ask(where: str, family: socket.AddressFamily = socket.AF_INET) -> str:
    """Ask the responder at ``where``, and return what it says."""
    host, port = pyrox.split_host_port(where)
    with socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(10)
        asker.sendto(b"GET_NSURI", (host, port or 0))
        return asker.recv(1000).decode()


def test_the_settings_may_say_where_to_answer() -> None:
    config = pyrox.Config(ns_broadcast_host="127.0.0.1", ns_broadcast_port=0)
    with start_ns("0.0.0.0:0", broadcast=True, config=config) as daemon:
        assert daemon.responder is not None
        assert daemon.responder.location.startswith("127.0.0.1:")


def test_a_name_server_on_all_interfaces_is_told_by_the_one_that_leads_to_the_asker() -> None:
    with start_ns("0.0.0.0:0", broadcast="127.0.0.1:0") as daemon:
        assert daemon.responder is not None
        port = daemon.location.rpartition(":")[2]
        assert ask(daemon.responder.location) == f"PYRO:Pyro.NameServer@127.0.0.1:{port}"


def test_behind_nat_it_tells_the_address_on_its_own_side() -> None:
    with start_ns(
        "127.0.0.1:0", broadcast="127.0.0.1:0", nat_location="ns.example.com:80"
    ) as daemon:
        assert daemon.responder is not None
        assert ask(daemon.responder.location) == f"PYRO:Pyro.NameServer@{daemon.location}"


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_it_answers_over_ipv6_where_it_listens_there() -> None:
    uri = URI("PYRO:Pyro.NameServer@[::1]:9090")
    with BroadcastResponder(uri, "::1").start() as responder:
        assert responder.location.startswith("[::1]:")
        assert ask(responder.location, socket.AF_INET6) == str(uri)
