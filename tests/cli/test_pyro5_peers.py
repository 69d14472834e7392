"""The commands work with daemons of Pyro5 as well."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Runner

pytest.importorskip("Pyro5")


@pytest.fixture(scope="module")
def pyro5_uri() -> Iterator[str]:
    """Run Pyro5's echo server; the URI of its object."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "Pyro5.utils.echoserver"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = (line for line in process.stdout if line.startswith("echo uri: "))
        yield next(lines, "").removeprefix("echo uri: ").strip()
        process.kill()


def test_call(cli: Runner, pyro5_uri: str) -> None:
    assert json.loads(cli("call", pyro5_uri, "echo", '{"a": [1, 2]}', "--json").out) == {
        "a": [1, 2]
    }


def test_call_of_a_generator(cli: Runner, pyro5_uri: str) -> None:
    assert cli("call", pyro5_uri, "generator").out == "one\ntwo\nthree\n"


def test_inspect_shows_the_bare_names(cli: Runner, pyro5_uri: str) -> None:
    lines = cli("inspect", pyro5_uri).out.splitlines()
    assert "echo(...)\tmethod\t" in lines
    assert "oneway_echo(...)\toneway method\t" in lines
    assert "verbose\tattribute\t" in lines


def test_inspect_lists_the_objects(cli: Runner, pyro5_uri: str) -> None:
    assert "test.echoserver" in cli("inspect", pyro5_uri.partition("@")[2]).out


def test_stubs_have_the_bare_names(cli: Runner, pyro5_uri: str) -> None:
    text = cli("stubs", pyro5_uri).out
    assert "    def echo(self, *args: Any, **kwargs: Any) -> Any: ...\n" in text
    assert "    def oneway_echo(self, *args: Any, **kwargs: Any) -> None: ...\n" in text
    assert "    def verbose(self) -> Any: ...\n" in text


def test_diff_tells_of_names_that_are_gone(cli: Runner, pyro5_uri: str, echo_uri: str) -> None:
    assert cli("diff", pyro5_uri, pyro5_uri).out == ""
    result = cli("diff", echo_uri, pyro5_uri)
    assert "echo\tsignature not told any more\t(message: Any) -> Any\tcompatible\n" in result.out
    assert "\tattribute removed\t" not in result.out


def test_ping(cli: Runner, pyro5_uri: str) -> None:
    assert cli("ping", pyro5_uri, "--count", "2").code == 0


def test_doctor(cli: Runner, pyro5_uri: str) -> None:
    result = cli("doctor", pyro5_uri)
    assert result.code == 0
    assert "✓ handshake: welcomed by a Pyro5 daemon\n" in result.out
