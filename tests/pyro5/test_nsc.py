"""Reference 7.2: ``python -m Pyro5.nsc``, compared with what Pyro5's own prints."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import pyrox
from pyrox_pyro5.api import Proxy
from tests.programs import Result
from tests.pyro5.programs import LAUNCHERS, name_server, program, serving, without_ports

pytestmark = pytest.mark.slow

URI = "PYRO:object@localhost:5555"


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, str]]:
    """The ports of two name servers: what the one does is repeated at the other."""
    with ExitStack() as stack:
        yield {launcher: stack.enter_context(name_server(launcher)).port for launcher in LAUNCHERS}


@pytest.fixture(autouse=True)
def _names(ports: dict[str, str]) -> None:
    """Some names, which are there anew for each test."""
    for port in ports.values():
        with Proxy(f"PYRO:Pyro.NameServer@localhost:{port}") as server:
            server.remove(prefix="t.")
            server.register("t.plain", URI)
            server.register("t.tagged", URI, metadata={"red"})


@pytest.fixture
def unused_port() -> str:
    """A port where nobody listens."""
    with socket.create_server(("localhost", 0)) as server:
        return str(server.getsockname()[1])


def nsc(launcher: str, port: str, *arguments: str, stdin: str = "") -> Result:
    where = ["-n", "localhost", "-p", port]
    return program(launcher, "Pyro5.nsc", *where, *arguments, stdin=stdin, COLUMNS="100")


def told(result: Result) -> tuple[int, str, str]:
    """Return what can be compared: of a traceback only what it is about."""
    errors = result.err.strip().splitlines()
    if any(line.startswith("Traceback") for line in errors):
        errors = errors[-1:]
    return result.code, without_ports(result.out), "\n".join(errors)


COMMANDS = [
    "ping",
    "ping and-more",
    "-v ping",
    "list",
    "list t.",
    "list t.t and-more",
    "list nothing",
    "-v list t.",
    "listmatching .*ta",
    "listmatching nothing",
    "lookup t.plain",
    "lookup t.tagged",
    "register t.new PYRO:new@localhost:1",
    "remove t.plain",
    "remove nothing",
    "setmeta t.plain blue",
    "setmeta t.tagged",
    "yplookup_all red",
    "yplookup_all red blue",
    "yplookup_any red blue",
    "--help",
    # What fails
    "lookup nothing",
    "-v lookup nothing",
    "register t.plain PYRO:new@localhost:1",
    "setmeta nothing blue",
    "listmatching (",
    # What is said in a wrong way
    "",
    "dance",
    "lookup",
    "lookup t.plain t.tagged",
    "register",
    "register t.new",
    "register t.new PYRO:new@localhost:1 and-more",
    "remove",
    "remove t.plain t.tagged",
    "removematching",
    "removematching t t",
    "listmatching",
    "listmatching t t",
    "setmeta",
    "yplookup_all",
    "yplookup_any",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_it_says_what_pyro5_says(ports: dict[str, str], command: str) -> None:
    results = [told(nsc(launcher, port, *command.split())) for launcher, port in ports.items()]
    assert results[0] == results[1]


@pytest.mark.parametrize("answer", ["y", "Y", "n", "", "yes"])
def test_it_asks_before_it_removes_many(ports: dict[str, str], answer: str) -> None:
    for command in ("removematching t.", "list"):
        results = [
            told(nsc(launcher, port, *command.split(), stdin=f"{answer}\n"))
            for launcher, port in ports.items()
        ]
        assert results[0] == results[1]


def test_a_list_has_its_form_to_the_last_blank(ports: dict[str, str]) -> None:
    port = ports["pyrox"]
    assert nsc("pyrox", port, "list").out == (
        "--------START LIST \n"
        f"Pyro.NameServer --> PYRO:Pyro.NameServer@localhost:{port}\n"
        "    metadata: {'class:Pyro5.nameserver.NameServer'}\n"
        f"t.plain --> {URI}\n"
        f"t.tagged --> {URI}\n"
        "    metadata: {'red'}\n"
        "--------END LIST \n"
    )


@pytest.mark.parametrize("server", LAUNCHERS)
@pytest.mark.parametrize("client", LAUNCHERS)
def test_either_talks_to_either(ports: dict[str, str], client: str, server: str) -> None:
    result = nsc(client, ports[server], "lookup", "t.tagged")
    assert result == Result(0, f"{URI}\nmetadata: {{'red'}}\n", "")


def test_without_a_name_server_it_fails_as_a_program_should(unused_port: str) -> None:
    # Reference 9.3-23: Pyro5's says so, and exits with 0.
    result = nsc("pyrox", unused_port, "ping")
    assert result.code == 1
    assert result.out.startswith("Error: Failed to locate the nameserver")
    assert result.err == ""


def test_a_uri_that_is_none_is_refused(ports: dict[str, str]) -> None:
    result = nsc("pyrox", ports["pyrox"], "register", "t.new", "nonsense")
    assert result.code == 1
    assert result.out.startswith("Error: PyroError - invalid uri")


@pytest.mark.skipif(
    "unix" not in pyrox.installed_plugins().transports, reason="needs the unix transport"
)
def test_a_name_server_may_be_at_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with serving("pyrox", "Pyro5.nameserver", "-u", path, ready="^URI ="):
        results = [program(each, "Pyro5.nsc", "-u", path, "-v", "list") for each in LAUNCHERS]
    assert results[0] == results[1]
    assert results[1].code == 0
