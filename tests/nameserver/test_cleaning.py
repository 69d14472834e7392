"""Automatic cleaning: names whose server is gone are removed, and no others."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyrox import Config, ConfigError, NameEntry, NameTable
from pyrox_nameserver import AutoCleaner, start_ns
from pyrox_nameserver.cleaning import AT_ONCE, Place, is_reachable, place_of

PATIENCE = 10.0
GONE = "PYRO:a@127.0.0.1:1"
ALIVE = "PYRO:a@127.0.0.1:2"


class World:
    """Places that answer or do not, and a clock that the test sets."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.alive: set[Place] = {("127.0.0.1", 2)}
        self.tried: list[Place] = []

    def probe(self, place: Place, timeout: float) -> bool:
        self.tried.append(place)
        return place in self.alive


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def cleaner(table: NameTable, world: World) -> AutoCleaner:
    """A cleaner that is not started: the test says when it looks."""
    return AutoCleaner(table, 5.0, grace=20.0, probe=world.probe, clock=lambda: world.now)


def test_a_name_goes_when_its_server_was_away_long_enough(
    cleaner: AutoCleaner, world: World
) -> None:
    cleaner.table.put("gone", NameEntry(GONE, frozenset(["tag"])))
    cleaner.table.put("alive", NameEntry(ALIVE))
    assert cleaner.check() == []
    world.now += 19.9
    assert cleaner.check() == []
    world.now += 0.1
    assert cleaner.check() == ["gone"]
    assert list(cleaner.table.list()) == ["alive"]


def test_a_server_that_came_back_has_the_whole_time_again(
    cleaner: AutoCleaner, world: World
) -> None:
    cleaner.table.put("a", NameEntry(GONE))
    cleaner.check()
    world.now += 15
    world.alive.add(("127.0.0.1", 1))
    cleaner.check()
    world.alive.clear()
    world.now += 15
    assert cleaner.check() == []
    world.now += 15
    assert cleaner.check() == []
    world.now += 5
    assert cleaner.check() == ["a"]


def test_only_a_server_that_was_looked_for_twice_is_gone(
    cleaner: AutoCleaner, world: World
) -> None:
    cleaner.table.put("a", NameEntry(GONE))
    world.now += 1e6
    assert cleaner.check() == []
    assert cleaner.missing == {("127.0.0.1", 1): world.now}


def test_a_place_with_many_names_is_tried_once(cleaner: AutoCleaner, world: World) -> None:
    for number in range(10):
        cleaner.table.put(f"name{number}", NameEntry(f"PYRO:object{number}@127.0.0.1:1"))
    cleaner.check()
    assert world.tried == [("127.0.0.1", 1)]
    world.now += 20
    assert len(cleaner.check()) == 10


@pytest.mark.parametrize(
    "uri",
    [
        "PYRONAME:another",
        "PYRONAME:another@127.0.0.1",
        "PYROMETA:a,b",
        "PYRO:a@<<connected-socket>>:0",
        "PYRO+CARRIERPIGEON:a@127.0.0.1:1",
        "not a URI at all",
    ],
)
def test_what_names_no_place_is_left_alone(cleaner: AutoCleaner, world: World, uri: str) -> None:
    cleaner.table.put("odd", NameEntry(uri))
    cleaner.table.put("gone", NameEntry(GONE))
    cleaner.check()
    world.now += 20
    assert cleaner.check() == ["gone"]
    assert ("127.0.0.1", 1) in world.tried
    assert len(set(world.tried)) == 1


def test_the_name_server_itself_is_left_alone(cleaner: AutoCleaner, world: World) -> None:
    cleaner.table.put("Pyro.NameServer", NameEntry(GONE))
    cleaner.check()
    world.now += 20
    assert cleaner.check() == []


def test_a_name_that_was_registered_anew_meanwhile_stays(table: NameTable, world: World) -> None:
    def probe(place: Place, timeout: float) -> bool:
        if world.now > 1000:
            table.put("a", NameEntry(ALIVE))
        return False

    cleaner = AutoCleaner(table, 5.0, probe=probe, clock=lambda: world.now)
    table.put("a", NameEntry(GONE))
    cleaner.check()
    world.now += 20
    assert cleaner.check() == []
    assert table.get("a") == NameEntry(ALIVE)


def test_what_was_removed_is_logged(
    cleaner: AutoCleaner, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    cleaner.table.put("printer", NameEntry(GONE))
    cleaner.check()
    world.now += 21
    with caplog.at_level(logging.WARNING, "pyrox.nameserver"):
        cleaner.check()
    assert "removed printer: nothing answered at ('127.0.0.1', 1) for 21 s" in caplog.text


def test_places_are_tried_at_the_same_time_but_not_all_of_them(table: NameTable) -> None:
    for port in range(1, 3 * AT_ONCE):
        table.put(f"name{port}", NameEntry(f"PYRO:a@127.0.0.1:{port}"))
    lock, running, most = threading.Lock(), 0, 0
    enough = threading.Event()

    def probe(place: Place, timeout: float) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == AT_ONCE:
                enough.set()
        assert enough.wait(PATIENCE)
        with lock:
            running -= 1
        return True

    AutoCleaner(table, 5.0, probe=probe).check()
    assert most == AT_ONCE


def test_a_probe_that_fails_proves_nothing(table: NameTable, world: World) -> None:
    def probe(place: Place, timeout: float) -> bool:
        raise RuntimeError("no idea")

    cleaner = AutoCleaner(table, 5.0, probe=probe, clock=lambda: world.now)
    table.put("a", NameEntry(GONE))
    cleaner.check()
    world.now += 20
    assert cleaner.check() == []


def test_it_looks_again_and_again_whatever_goes_wrong(table: NameTable, world: World) -> None:
    looked, again = 0, threading.Event()

    def probe(place: Place, timeout: float) -> bool:
        nonlocal looked
        looked += 1
        if looked == 3:
            again.set()
        return False

    def clock() -> float:
        if looked == 1:
            raise RuntimeError("the clock stands still")
        return world.now

    table.put("a", NameEntry(GONE))
    cleaner = AutoCleaner(table, 0.01, probe=probe, clock=clock).start()
    assert again.wait(PATIENCE)
    cleaner.stop()
    cleaner.stop()


def test_stopping_does_not_wait_for_places_that_are_slow(table: NameTable) -> None:
    trying, over = threading.Event(), threading.Event()

    def probe(place: Place, timeout: float) -> bool:
        trying.set()
        over.wait(PATIENCE)
        return False

    table.put("a", NameEntry(GONE))
    cleaner = AutoCleaner(table, 0.01, grace=0.0, probe=probe).start()
    assert trying.wait(PATIENCE)
    began = time.monotonic()
    cleaner.stop()
    assert time.monotonic() - began < PATIENCE / 2
    over.set()
    assert table.get("a") is not None


# Real places


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_port_where_somebody_listens_is_reachable(listening: socket.socket) -> None:
    place = listening.getsockname()
    assert is_reachable(place, PATIENCE)
    listening.close()
    assert not is_reachable(place, PATIENCE)


@pytest.mark.parametrize("host", ["nowhere.invalid", "x" * 300, "a..b"])
def test_a_host_that_there_is_not_is_not_reachable(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    if host.endswith(".invalid"):
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert not is_reachable((host, 1), PATIENCE)


@pytest.mark.parametrize(
    "error",
    [
        OSError(24, "Too many open files"),
        OSError(101, "Network is unreachable"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    ],
)
@pytest.mark.skipif("sys.platform != 'linux'", reason="the numbers are those of Linux")
def test_what_is_wrong_with_this_side_is_no_proof(
    monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def connect(*_: object) -> None:
        raise error

    monkeypatch.setattr(socket, "create_connection", connect)
    assert is_reachable(("127.0.0.1", 1), PATIENCE)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs unix sockets")
def test_unix_sockets_are_tried_as_well(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    assert place_of(f"PYRO:a@./u:{path}") == path
    assert not is_reachable(path, PATIENCE)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        assert not is_reachable(path, PATIENCE)
        server.listen()
        assert is_reachable(path, PATIENCE)
    assert not is_reachable(path, PATIENCE)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("PYRO:a@example.com:5", ("example.com", 5)),
        ("PYRO:a@[::1]:5", ("::1", 5)),
        ("PYRO+TLS:a@example.com:5", ("example.com", 5)),
        ("PYRONAME:a@example.com:5", ("example.com", 5)),
        ("PYRONAME:a", None),
    ],
)
def test_the_place_is_what_the_uri_says(uri: str, place: Place | None) -> None:
    assert place_of(uri) == place


# In a name server


def test_a_name_server_cleans_where_the_setting_says_so() -> None:
    with start_ns("localhost:0", config=Config(ns_autoclean=3.0)) as daemon:
        assert daemon.cleaner is not None
        assert daemon.cleaner.period == 3.0
        assert daemon.cleaner.table is daemon.nameserver.table
    assert daemon.cleaner.stopping


def test_and_does_not_without_it() -> None:
    with start_ns("localhost:0", config=Config()) as daemon:
        assert daemon.cleaner is None


@pytest.mark.parametrize("period", [0.1, 2.9])
def test_looking_all_the_time_is_refused(period: float) -> None:
    with pytest.raises(ConfigError, match="ns_autoclean must be 0 or at least 3 seconds"):
        Config(ns_autoclean=period)
