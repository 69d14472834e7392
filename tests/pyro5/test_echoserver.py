"""Reference 7.3: ``python -m Pyro5.utils.echoserver``, compared with Pyro5's own."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pyrox_pyro5.api import Proxy
from pyrox_pyro5.utils.echoserver import EchoServer
from tests.programs import Result
from tests.pyro5.programs import LAUNCHERS, Server, name_server, program, serving, without_ports

pytestmark = pytest.mark.slow

ECHO = "Pyro5.utils.echoserver"
_TIME = re.compile(r"^\w{3} \w{3} .{16} - ", re.M)


def echo_server(launcher: str, *arguments: str, **env: str) -> Any:
    env.setdefault("PYRO_NS_PORT", "0")
    return serving(launcher, ECHO, *arguments, ready=r"echoserver running\.", **env)


def run_and_stop(launcher: str, *arguments: str, **env: str) -> Result:
    with echo_server(launcher, *arguments, **env) as server:
        server.wait_until_it_answers()
        result = server.interrupt()
    return Result(result.code, without_ports(result.out), result.err)


@pytest.mark.parametrize(
    "arguments", ["", "-v", "-H 127.0.0.1 --port 0", "-N", "-N -v", "--nameserver --naming"]
)
def test_it_says_what_pyro5_says(arguments: str) -> None:
    results = [run_and_stop(launcher, *arguments.split()) for launcher in LAUNCHERS]
    assert results[0] == results[1]
    assert results[1].code == 0


def test_verbose_is_not_quiet() -> None:
    assert "not using a name server." in run_and_stop("pyrox", "-v", "-q").out


@pytest.mark.parametrize("arguments", ["--help", "--nonsense", "-p x"])
def test_its_options_are_explained_as_pyro5_does(arguments: str) -> None:
    results = [program(each, ECHO, *arguments.split(), COLUMNS="100") for each in LAUNCHERS]
    assert results[0] == results[1]


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_it_registers_with_a_name_server(launcher: str) -> None:
    with (
        name_server(launcher) as names,
        Proxy(names.uri) as ns,
        echo_server(launcher, "-n", PYRO_NS_PORT=names.port) as server,
    ):
        assert str(ns.lookup("test.echoserver")) == server.uri


@pytest.mark.parametrize("launcher", LAUNCHERS)
def test_without_a_name_server_naming_fails(launcher: str) -> None:
    result = program(launcher, ECHO, "-n", PYRO_NS_PORT="1", PYRO_NS_BCPORT="1")
    assert result.code == 1
    assert "NamingError: Failed to locate the nameserver" in result.err


@pytest.fixture(params=LAUNCHERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """An echo server of either."""
    with echo_server(request.param, "-v") as server:
        yield server


def test_its_object_does_what_pyro5s_does(server: Server) -> None:
    with Proxy(server.uri) as echo:
        echo._pyroBind()
        assert echo._pyroMethods == {
            "echo", "error", "error_with_text", "oneway_echo", "slow", "oneway_slow",
            "generator", "nan", "inf", "__dunder__", "shutdown",
        }  # fmt: skip
        assert echo._pyroOneway == {"oneway_echo", "oneway_slow"}
        assert echo._pyroAttrs == {"verbose"}
        assert echo.echo([1, "two"]) == [1, "two"]
        assert echo.oneway_echo("three") is None
        server.wait_until_it_prints("oneway_echo")  # before the next call does
        with pytest.raises(ValueError, match="this is the generated error from echoserver echo"):
            echo.error()
        with pytest.raises(ValueError, match="the message of the error"):
            echo.error_with_text()
        assert list(echo.generator()) == ["one", "two", "three"]
        assert echo.nan() != echo.nan()
        assert echo.inf() == float("inf")
        for private in ("_private", "__private", "_EchoServer__private"):
            with pytest.raises(AttributeError, match="attempt to access private attribute"):
                echo._pyroInvoke(private, (), {})
        assert echo.__dunder__() == "should be allowed (dunder)"
        assert echo.verbose is True
        echo.verbose = False
        assert echo.verbose is False
        echo.echo("not printed")
        echo.verbose = True
        assert echo.shutdown() is None
    result = server.end()
    assert result.code == 0
    said = _TIME.sub("", result.out).splitlines()
    assert said[said.index("echoserver running.") + 1 :] == [
        "echo: [1, 'two']",
        "oneway_echo: 'three'",
        "error: generating exception",
        "error: generating exception",
        "shutting down",
    ]


def test_a_slow_call_has_an_answer_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    echo = EchoServer()
    assert echo.slow() == "Finally, an answer!"
    echo.oneway_slow()
    assert slept == [5, 5]
