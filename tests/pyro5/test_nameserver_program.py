"""Reference 7.1: ``python -m Pyro5.nameserver``, compared with what Pyro5's own prints."""

import re
import sqlite3
from pathlib import Path

import pytest

import pyrox
from pyrox_pyro5.api import Proxy
from tests.programs import Result
from tests.pyro5.programs import LAUNCHERS, name_server, program, without_ports

pytestmark = pytest.mark.slow

NS = "Pyro5.nameserver"
needs_unix = pytest.mark.skipif(
    "unix" not in pyrox.installed_plugins().transports, reason="needs the unix transport"
)


def run_and_stop(launcher: str, *arguments: str, **env: str) -> Result:
    with name_server(launcher, *arguments, **env) as server:
        server.wait_until_it_answers()
        result = server.interrupt()
    return Result(result.code, without_ports(result.out), result.err)


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "-n localhost",
        "--host 127.0.0.1 --port 0",
        "-n localhost -x",
        "-n ::1",
        "-n ::1 --nobc",
        "-s memory",
        "--nathost ns.example.com --natport 1234",
        "--nathost ns.example.com",
        "--bchost 127.0.0.1 --bcport 0",
    ],
)
def test_it_says_what_pyro5_says(arguments: str) -> None:
    results = [run_and_stop(launcher, *arguments.split()) for launcher in LAUNCHERS]
    assert results[0] == results[1]
    assert results[1].code == 0


@needs_unix
def test_it_serves_a_unix_socket(tmp_path: Path) -> None:
    results = [run_and_stop(launcher, "-u", str(tmp_path / "s")) for launcher in LAUNCHERS]
    assert results[0] == results[1]


def test_where_others_reach_it_broadcasts_are_answered() -> None:
    results = [run_and_stop(each, "-n", "0.0.0.0", "--bcport", "0") for each in LAUNCHERS]
    for result in results:
        assert result.out.startswith("Broadcast server running on 0.0.0.0:PORT\nNS running on ")
    # Reference 6.8: for Pyro5 it is "0.0.0.0", which leads each client to itself.
    assert "@0.0.0.0:" in results[0].out
    assert "@0.0.0.0:" not in results[1].out


def test_the_broadcast_responder_may_have_an_address_of_its_own() -> None:
    results = [
        run_and_stop(each, "-n", "0.0.0.0", PYRO_NS_BCHOST="127.0.0.1", PYRO_NS_BCPORT="0")
        for each in LAUNCHERS
    ]
    for result in results:
        assert result.out.startswith("Broadcast server running on 127.0.0.1:PORT\n")


@pytest.mark.parametrize("server", LAUNCHERS)
@pytest.mark.parametrize("client", LAUNCHERS)
def test_either_finds_either_by_broadcast(server: str, client: str) -> None:
    bchost = ["--bchost", "127.0.0.1", "--bcport", "0"]
    with name_server(server, "-n", "0.0.0.0", *bchost) as names:
        found = re.search(r"Broadcast server running on 127.0.0.1:(\d+)", names.out)
        assert found is not None
        result = program(
            client,
            "Pyro5.nsc",
            "-v",
            "ping",
            PYRO_NS_PORT="1",
            PYRO_NS_BCPORT=found[1],
            PYRO_BROADCAST_ADDRS="127.0.0.1",
        )
    assert result.out == (
        "Locating name server...\n"
        f"Name server found: PYRO:Pyro.NameServer@127.0.0.1:{names.port}\n"
        "Name server ping ok.\nDone.\n"
    )


def test_names_in_a_file_are_counted(tmp_path: Path) -> None:
    results = []
    for launcher in LAUNCHERS:
        storage = ["-s", f"sql:{tmp_path / launcher}"]
        with name_server(launcher, *storage) as server, Proxy(server.uri) as names:
            names.register("a", "PYRO:a@localhost:1", metadata={"tag"})
            assert "existing registrations" not in server.interrupt().out
        results.append(run_and_stop(launcher, *storage))
    assert results[0] == results[1]
    assert "Persistent store contains 2 existing registrations.\n" in results[1].out


@pytest.mark.parametrize("first", LAUNCHERS)
@pytest.mark.parametrize("then", LAUNCHERS)
def test_either_goes_on_with_the_others_file(tmp_path: Path, first: str, then: str) -> None:
    storage = ["-s", f"sql:{tmp_path / 'names.sql'}"]
    with name_server(first, *storage) as server, Proxy(server.uri) as names:
        names.register("a", "PYRO:a@localhost:1", metadata={"tag"})
        server.interrupt()
    with name_server(then, *storage) as server, Proxy(server.uri) as names:
        uri, tags = names.lookup("a", return_metadata=True)
        assert (str(uri), set(tags)) == ("PYRO:a@localhost:1", {"tag"})
        assert str(names.lookup("Pyro.NameServer")) == server.uri


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_a_file_without_tags_is_brought_up_to_date(tmp_path: Path, launcher: str) -> None:
    file = tmp_path / "old.sql"
    with sqlite3.connect(file) as db:
        db.execute(
            "CREATE TABLE pyro_names "
            "(id integer PRIMARY KEY, name nvarchar NOT NULL UNIQUE, uri nvarchar NOT NULL)"
        )
        db.execute("INSERT INTO pyro_names (name, uri) VALUES ('a', 'PYRO:a@localhost:1')")
    db.close()
    with name_server(launcher, "-s", f"sql:{file}") as server, Proxy(server.uri) as names:
        names.set_metadata("a", {"tag"})
        assert set(names.yplookup(meta_all={"tag"})) == {"a"}


@pytest.mark.parametrize("storage", ["bad", "dbm:file", "sql:", "sql::memory:"])
def test_a_storage_that_there_is_not_ends_it(storage: str) -> None:
    problems = []
    for launcher in LAUNCHERS:
        result = program(launcher, NS, "-p", "0", "-s", storage)
        assert result.code == 1
        assert result.err.startswith("Traceback")
        problems.append(result.err.strip().splitlines()[-1])
    assert problems[1].startswith(problems[0])


@pytest.mark.parametrize("arguments", ["--help", "--port x", "--nonsense", "--natport 1"])
def test_what_is_wrong_is_told_as_pyro5_tells_it(arguments: str) -> None:
    results = [program(each, NS, *arguments.split(), COLUMNS="100") for each in LAUNCHERS]
    told = [(each.code, each.out, each.err.strip().splitlines()[-1:]) for each in results]
    assert told[0] == told[1]


def test_cleaning_every_moment_is_refused() -> None:
    results = [program(each, NS, "-p", "0", PYRO_NS_AUTOCLEAN="1") for each in LAUNCHERS]
    told = [(each.code, each.err.strip().splitlines()[-1]) for each in results]
    assert told[0] == told[1] == (1, "ValueError: NS_AUTOCLEAN cannot be smaller than 3")


def test_the_settings_say_where_it_listens() -> None:
    for launcher in LAUNCHERS:
        with name_server(launcher, PYRO_HOST="127.0.0.1") as server:
            assert server.uri == f"PYRO:Pyro.NameServer@127.0.0.1:{server.port}"
