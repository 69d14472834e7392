"""Reference 3.9: starting name servers; broadcasts, and automatic cleaning."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pyrox
from pyrox_pyro5.api import URI, Daemon, Proxy, config, locate_ns, start_ns
from pyrox_pyro5.nameserver import (
    AutoCleaner,
    BroadcastServer,
    NameServer,
    NameServerDaemon,
    start_ns_loop,
)
from tests.pyro5.conftest import PATIENCE

A, B = "PYRO:a@localhost:1", "PYRO:b@localhost:2"
OWN_TAG = "class:Pyro5.nameserver.NameServer"


def test_starting_returns_what_can_be_run(run: Callable[[Daemon], Daemon]) -> None:
    uri, daemon, responder = start_ns(port=0)
    assert responder is None  # nobody else reaches localhost
    assert isinstance(daemon, NameServerDaemon)
    assert isinstance(daemon.nameserver, NameServer)
    assert uri == daemon.uriFor("Pyro.NameServer")
    run(daemon)
    with locate_ns(uri.host or "", uri.port) as names:
        assert names._pyroUri == uri


def test_arguments_have_their_order_and_defaults() -> None:
    config.NS_PORT = 0
    config.HOST = "127.0.0.1"
    uri, daemon, responder = start_ns(
        None, None, False, None, None, None, "ns.example.com", 80, None
    )
    assert str(uri) == "PYRO:Pyro.NameServer@ns.example.com:80"
    assert responder is None
    assert str(daemon.uriFor("Pyro.NameServer", nat=False)).startswith(
        "PYRO:Pyro.NameServer@127.0.0.1:"
    )
    daemon.close()


def test_a_loop_ends_when_its_condition_does(capsys: pytest.CaptureFixture[str]) -> None:
    start_ns_loop(port=0, loopCondition=lambda: False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Not starting broadcast server for localhost."
    assert lines[1].startswith("NS running on localhost:")
    assert lines[2].startswith("URI = PYRO:Pyro.NameServer@localhost:")
    assert lines[3:] == ["NS shut down."]


def test_both_kinds_of_server_serve_names(
    server_type: str, run: Callable[[Daemon], Daemon]
) -> None:
    daemon = run(NameServerDaemon(port=0))
    with Proxy(daemon.uriFor("Pyro.NameServer")) as names:
        names.register("a", A)
        assert names.lookup("a") == URI(A)


def test_a_port_that_is_taken_is_an_error() -> None:
    with NameServerDaemon(port=0) as daemon, pytest.raises(OSError):
        NameServerDaemon(port=int(daemon.locationStr.rpartition(":")[2]))


# Broadcasts


def ask(responder: BroadcastServer, question: bytes = b"GET_NSURI") -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(PATIENCE)
        asker.sendto(question, ("127.0.0.1", responder.getPort()))
        return asker.recv(1000).decode("iso-8859-1")


LAN = URI("PYRO:Pyro.NameServer@192.0.2.1:9090")


def test_a_broadcast_server_answers_in_a_thread() -> None:
    with BroadcastServer(LAN, "127.0.0.1", 0) as responder:
        assert responder.locationStr == f"127.0.0.1:{responder.getPort()}"
        assert responder.nsUri == LAN
        thread = responder.runInThread()
        assert isinstance(thread, threading.Thread)
        assert ask(responder) == str(LAN)
    assert not thread.is_alive()


def test_or_when_it_is_told_to() -> None:
    with (
        BroadcastServer(LAN, "127.0.0.1", 0) as responder,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker,
    ):
        asker.settimeout(PATIENCE)
        asker.sendto(b"GET_NSURI", ("127.0.0.1", responder.getPort()))
        assert responder.fileno() > 0
        responder.processRequest()
        assert asker.recv(1000).decode() == str(LAN)


def test_or_in_the_loop_of_a_multiplex_daemon(run: Callable[[Daemon], Daemon]) -> None:
    config.SERVERTYPE = "multiplex"
    uri, daemon, _ = start_ns("127.0.0.1", port=0)
    with BroadcastServer(uri, "127.0.0.1", 0) as responder:
        daemon.combine(responder)
        run(daemon)
        assert ask(responder) == str(uri)
        with Proxy(uri) as names:
            names.ping()
        assert ask(responder) == str(uri)


def test_a_thread_daemon_combines_with_nothing() -> None:
    with (
        Daemon() as daemon,
        BroadcastServer(LAN, "127.0.0.1", 0) as responder,
        pytest.raises(TypeError),
    ):
        daemon.combine(responder)


def test_the_settings_say_where_it_answers() -> None:
    config.NS_BCHOST, config.NS_BCPORT = "127.0.0.1", 0
    with BroadcastServer(LAN) as responder:
        assert responder.locationStr.startswith("127.0.0.1:")


def test_a_name_server_for_others_gets_one() -> None:
    uri, daemon, responder = start_ns("0.0.0.0", port=0, bchost="127.0.0.1", bcport=0)
    assert responder is not None
    with daemon, responder:
        responder.runInThread()
        assert ask(responder) == f"PYRO:Pyro.NameServer@127.0.0.1:{uri.port}"


def test_it_tells_the_address_on_its_own_side_of_a_nat() -> None:
    _, daemon, responder = start_ns(
        "0.0.0.0", port=0, bchost="127.0.0.1", bcport=0, nathost="ns.example.com", natport=80
    )
    assert responder is not None
    with daemon, responder:
        responder.runInThread()
        assert ask(responder).startswith("PYRO:Pyro.NameServer@127.0.0.1:")


def test_none_is_started_where_it_is_not_wanted() -> None:
    _, daemon, responder = start_ns("0.0.0.0", port=0, enableBroadcast=False)
    daemon.close()
    assert responder is None


# Automatic cleaning


class Watched(dict[str, Any]):
    """A storage that tells when a name is removed."""

    def __init__(self) -> None:
        super().__init__()
        self.removed = threading.Event()

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self.removed.set()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let names be removed at once."""
    config.NS_AUTOCLEAN = 0.01
    monkeypatch.setattr(AutoCleaner, "override_autoclean_min", True)
    monkeypatch.setattr(AutoCleaner, "max_unreachable_time", 0.0)


@pytest.mark.usefixtures("impatient")
def test_a_name_goes_whose_server_is_gone() -> None:
    storage = Watched()
    with NameServerDaemon(port=0, storage=storage) as daemon:
        # Reference 9.3-12: the first two of these end Pyro5's cleaning.
        daemon.nameserver.register("magic", "PYRONAME:another")
        daemon.nameserver.register("nobody's", "PYRO:a@<<connected-socket>>:0")
        daemon.nameserver.register("alive", daemon.uriFor("Pyro.NameServer"))
        daemon.nameserver.register("gone", "PYRO:a@127.0.0.1:1")
        assert storage.removed.wait(PATIENCE)
        assert set(storage) == {"magic", "nobody's", "alive"}
        thread = daemon.cleaner_thread
        assert isinstance(thread, AutoCleaner)
    assert not thread.is_alive()


@pytest.mark.usefixtures("impatient")
def test_the_cleaner_can_be_told_to_stop() -> None:
    cleaner = AutoCleaner(NameServer())
    cleaner.start()
    assert cleaner.stop is False
    cleaner.stop = True
    cleaner.join(PATIENCE)
    assert not cleaner.is_alive()


@pytest.mark.parametrize("period", [0.5, 2.9])
def test_cleaning_all_the_time_is_refused(period: float) -> None:
    config.NS_AUTOCLEAN = period
    with pytest.raises(ValueError, match=r"^NS_AUTOCLEAN cannot be smaller than 3$"):
        NameServerDaemon(port=0)


def test_nothing_is_cleaned_unless_it_is_wanted() -> None:
    with NameServerDaemon(port=0) as daemon:
        assert daemon.cleaner_thread is None


needs_unix = pytest.mark.skipif(
    "unix" not in pyrox.installed_plugins().transports, reason="needs the unix transport"
)


@needs_unix
@pytest.mark.usefixtures("impatient")
def test_unix_sockets_are_cleaned_too(tmp_path: Path) -> None:
    # Reference 9.3-12: in Pyro5 the first of these ends all cleaning.
    storage = Watched()
    path = str(tmp_path / "s")
    with NameServerDaemon(unixsocket=path, storage=storage) as daemon:
        daemon.nameserver.register("alive", f"PYRO:Pyro.NameServer@./u:{path}")
        daemon.nameserver.register("gone", f"PYRO:a@./u:{tmp_path}/nothing")
        assert storage.removed.wait(PATIENCE)
        assert set(storage) == {"alive"}


@needs_unix
def test_a_name_server_serves_a_unix_socket(
    tmp_path: Path, run: Callable[[Daemon], Daemon]
) -> None:
    path = str(tmp_path / "s")
    uri, daemon, responder = start_ns(unixsocket=path)
    run(daemon)
    assert responder is None
    assert str(uri) == f"PYRO:Pyro.NameServer@./u:{path}"
    with locate_ns(f"./u:{path}") as names:
        names.register("a", A)
        assert names.lookup("a") == URI(A)
