"""The commands ``pyrox ns`` and ``pyrox nsc``: their functions, and the programs that run them."""

import importlib
import inspect
import io
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyrox import NamingError, Table, URIError, UsageError, installed_plugins, locate_ns
from pyrox_nameserver.commands import nsc

A = "PYRO:a@localhost:1"


@pytest.fixture
def where(served: str) -> dict[str, Any]:
    """The options that say where the name server is; it knows two names."""
    host, _, port = served.rpartition(":")
    options: dict[str, Any] = {"host": host, "port": int(port)}
    nsc.register("a.one", A, tag=("red", "round"), **options)
    nsc.register("a.two", A, **options)
    return options


def test_every_command_can_be_loaded_and_takes_what_it_declares() -> None:
    commands = installed_plugins().commands
    ours = [command for command in commands.values() if "pyrox_nameserver" in command.target]
    assert {command.path for command in ours} == {
        "ns",
        *(
            f"nsc {name}"
            for name in "list lookup register remove set-metadata yplookup ping count wait".split()
        ),
    }
    for command in ours:
        module, _, function = command.target.partition(":")
        signature = inspect.signature(getattr(importlib.import_module(module), function))
        signature.bind(**{parameter.name: None for parameter in command.parameters})


def listed(**options: Any) -> Table:
    """Return the table of names."""
    table = nsc.list_names(**options)
    assert isinstance(table, Table)
    return table


def test_names_are_listed(where: dict[str, Any]) -> None:
    table = listed(**where)
    assert table.columns == ("Name", "URI")
    assert [row[0] for row in table.rows] == ["Pyro.NameServer", "a.one", "a.two"]
    assert listed(prefix="a.o", **where).rows == [("a.one", A)]
    assert listed(regex=".*two", **where).rows == [("a.two", A)]
    assert listed(prefix="b", **where).rows == []
    assert listed(prefix="a.o", **where).data == [
        {"name": "a.one", "uri": A, "metadata": ["red", "round"]}
    ]


@pytest.mark.parametrize(
    ("wanted", "title"), [({"prefix": "a."}, "- prefix 'a.'"), ({"regex": "a"}, "- regex 'a'")]
)
def test_names_are_listed_in_pyro5s_form(
    where: dict[str, Any], wanted: dict[str, Any], title: str
) -> None:
    nsc.set_metadata("a.one", ("red",), **where)
    assert nsc.list_names(**wanted, pyro5=True, **where) == (
        f"--------START LIST {title}\n"
        f"a.one --> {A}\n"
        "    metadata: {'red'}\n"
        f"a.two --> {A}\n"
        f"--------END LIST {title}"
    )


def test_tags_are_listed_where_they_are_wanted(where: dict[str, Any]) -> None:
    table = listed(prefix="a.", metadata=True, **where)
    assert table.rows == [("a.one", A, ["red", "round"]), ("a.two", A, [])]


def test_a_name_is_looked_up(where: dict[str, Any]) -> None:
    assert nsc.look_up("a.one", **where) == A
    found = nsc.look_up("a.one", metadata=True, **where)
    assert isinstance(found, Table)
    assert found.rows == [("a.one", A, ["red", "round"])]
    with pytest.raises(NamingError, match="unknown name: b"):
        nsc.look_up("b", **where)


def test_a_taken_name_is_registered_by_force_only(where: dict[str, Any]) -> None:
    with pytest.raises(NamingError, match=r"name already registered: a\.one"):
        nsc.register("a.one", "PYRO:b@localhost:2", **where)
    assert nsc.register("a.one", "PYRO:b@localhost:2", force=True, **where) == "registered a.one"
    assert nsc.look_up("a.one", **where) == "PYRO:b@localhost:2"


def test_a_uri_that_is_none_is_told_without_a_name_server() -> None:
    with pytest.raises(URIError):
        nsc.register("a", "bad", host="nowhere.invalid")


def test_one_name_is_removed_without_a_question(where: dict[str, Any]) -> None:
    assert nsc.remove("a.one", **where) == "removed a.one"
    with pytest.raises(NamingError, match=r"nothing removed: a\.one is not registered"):
        nsc.remove("a.one", **where)
    with pytest.raises(UsageError, match="own name"):
        nsc.remove("Pyro.NameServer", **where)


def test_many_names_are_removed_after_a_question(
    where: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = io.StringIO("no\ny\n")
    monkeypatch.setattr(answers, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", answers)
    assert nsc.remove(prefix="a.", **where) == "nothing removed"
    assert capsys.readouterr().err == "remove 2 names (a.one, a.two)? [y/N] "
    assert nsc.remove(regex="a", **where) == "removed 2 names"
    assert nsc.remove(regex=".*", **where) == "nothing removed", "and nothing was asked"


def test_where_nobody_can_be_asked_many_names_are_removed_on_demand_only(
    where: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(UsageError, match="removes 2 names: add --yes"):
        nsc.remove(prefix="a.", **where)
    assert nsc.remove(prefix="a.", yes=True, **where) == "removed 2 names"


@pytest.mark.parametrize("given", [{}, {"name": "a", "prefix": "a"}, {"prefix": "a", "regex": "a"}])
def test_what_to_remove_is_said_in_one_way(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="give one of"):
        nsc.remove(**given)


def test_tags_are_set_and_cleared(where: dict[str, Any]) -> None:
    assert nsc.set_metadata("a.two", ("x", "y"), **where) == "a.two has the tags x, y"
    assert nsc.yellow_pages(all=("x", "y"), **where).rows == [("a.two", A, ["x", "y"])]
    assert nsc.set_metadata("a.two", **where) == "a.two has no tags"
    assert nsc.yellow_pages(any=("x", "y"), **where).rows == []


def test_tags_are_asked_for_in_one_way(where: dict[str, Any]) -> None:
    for given in ({}, {"all": ("x",), "any": ("y",)}):
        with pytest.raises(UsageError, match="either with --all or with --any"):
            nsc.yellow_pages(**given, **where)


def test_a_name_server_is_pinged_and_counted(where: dict[str, Any], served: str) -> None:
    assert nsc.ping(**where).startswith(f"PYRO:Pyro.NameServer@{served} answered in ")
    assert nsc.count(**where) == 3


def test_a_name_is_waited_for(where: dict[str, Any]) -> None:
    assert nsc.wait("a.one", **where) == A
    assert nsc.wait("a.one", port=where["port"]) == A
    with pytest.raises(NamingError, match=r"unknown name: b \(waited 0.1 s\)"):
        nsc.wait("b", timeout=0.1, **where)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("module", ["pyrox_nameserver", "pyrox_cli"])
def test_the_program_serves_until_it_is_interrupted(
    program: Callable[..., Any], tmp_path: Path, module: str, how: signal.Signals
) -> None:
    if module == "pyrox_cli":
        pytest.importorskip("pyrox_cli")
    command = ["-m", module, *(["ns"] if module == "pyrox_cli" else [])]
    started = program(*command, "--port", "0", "--storage", f"sqlite:{tmp_path}/n.db")
    assert started.line_with("name server on ").startswith("name server on localhost:")
    uri = started.line_with("URI: ").removeprefix("URI: ")
    assert "0 names" in started.line_with("storage: ")
    with locate_ns(uri.partition("@")[2]) as names:
        names.register("a", A)
    started.process.send_signal(how)
    assert started.end() == (0, "name server stopped.\n", "")


def test_the_program_answers_broadcasts_where_it_is_told_to(program: Callable[..., Any]) -> None:
    options = ["--port", "0", "--bchost", "127.0.0.1", "--bcport", "0"]
    started = program("-m", "pyrox_nameserver", *options)
    assert started.line_with("answering broadcasts on UDP 127.0.0.1:")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--storage", "nosuch"], "error: no storage 'nosuch' here (installed: memory, sqlite)"),
        (["--storage", "sqlite:/no/such/folder/n.db"], "check that the folder exists"),
        (["--host", "no.such.host.invalid"], "error: "),
        (["--unixsocket", "/tmp/x", "--port", "1"], "error: give either --unixsocket, or"),
    ],
)
def test_the_program_tells_what_is_wrong_and_fails(
    program: Callable[..., Any], options: list[str], text: str
) -> None:
    started = program("-m", "pyrox_nameserver", *options)
    code, _, err = started.end()
    assert code == 1
    assert text in err
    assert "Traceback" not in err
