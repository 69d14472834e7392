"""What the tests of the command line share: running it, in this process or as a real one."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

import pytest

import pyrox
from pyrox import Command
from pyrox_cli.echo import EchoServer
from pyrox_cli.main import run
from tests.programs import Program, Result

Runner = Callable[..., Result]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Runner:
    """Run a command line in this process, with the installed commands or the given ones."""

    def cli(*arguments: str, commands: Mapping[str, Command] | None = None) -> Result:
        capsys.readouterr()
        code = run(arguments, commands)
        return Result(code, *capsys.readouterr())

    return cli


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stdout and stderr pass for a terminal of 100 columns with 256 colours."""
    monkeypatch.setattr("pyrox_cli.output.is_terminal", lambda stream: True)
    monkeypatch.setattr("pyrox_cli.settings.is_terminal", lambda stream: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def echo_uri() -> Iterator[str]:
    """Serve an echo server in this process; the URI of its object."""
    with pyrox.Daemon("localhost:0") as daemon:
        uri = daemon.register(EchoServer(log=print, stop=daemon.shutdown), "test.echoserver")
        daemon.start()
        yield str(uri)


@pytest.fixture
def daemon_location(echo_uri: str) -> str:
    """Return the host:port of the echo server's daemon."""
    return echo_uri.partition("@")[2]


@pytest.fixture
def free_port() -> int:
    """Return a port on localhost where nothing listens."""
    with pyrox.Daemon("localhost:0") as daemon:
        return int(daemon.location.rpartition(":")[2])


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Start the program in processes of their own, which end with the test."""
    with contextlib.ExitStack() as cleanup:

        def start(*arguments: str, **settings: str) -> Program:
            started = Program("-m", "pyrox_cli", *arguments, **settings)
            cleanup.callback(started.kill)
            return started

        yield start


@pytest.fixture(scope="session")
def ns_port() -> Iterator[str]:
    """Run a name server in a process of its own; the port it listens on."""
    server = Program("-m", "pyrox_cli", "ns", "--host", "localhost", "--port", "0")
    try:
        yield server.line_with("PYRO:").rpartition(":")[2]
    finally:
        server.kill()


@pytest.fixture
def name_server(ns_port: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[pyrox.Proxy]:
    """Let this process, and those it starts, use that name server; a proxy for it."""
    monkeypatch.setenv("PYROX_NS_PORT", ns_port)
    monkeypatch.setattr("pyrox.values.config._current", None)
    with pyrox.locate_ns("localhost", int(ns_port)) as proxy:
        yield proxy
        for name in proxy.list():
            if name != pyrox.NAMESERVER_ID:
                proxy.remove(name)
