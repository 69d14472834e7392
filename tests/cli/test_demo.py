"""``pyrox demo``: all of it, as a user sees it."""

import os
import re
import sys
from pathlib import Path

import pytest

from pyrox_cli.demo import client, server
from pyrox_cli.demo.stage import DemoError, Stage
from tests.programs import Program, Result


@pytest.fixture(scope="module")
def played() -> Result:
    """Play the demonstration once."""
    return Program("-m", "pyrox_cli", "demo").end()


def test_it_ends_by_itself_and_well(played: Result) -> None:
    assert (played.code, played.err) == (0, "")


def test_every_line_says_who_printed_it(played: Result) -> None:
    assert {re.match(r"\[(.+?)\] ", line)[1] for line in played.out.splitlines()} == {  # type: ignore[index]
        "demo",
        "name server",
        "server",
        "client 1",
        "client 2",
    }


@pytest.mark.parametrize(
    "line",
    [
        r"\[name server\] .*PYRO:Pyro.NameServer@localhost:\d+",
        r"\[server\] ready: PYRO:greeter@localhost:\d+",
        r"\[client 1\] calling PYRO:greeter@localhost:\d+: Hello, Ada\.",
        r"\[client 2\] calling PYRONAME:example.greeter: Hello, Grace\.",
        r"\[server\] greeting Ada",
        r"\[client 1\] an exception came back: ValueError\(.*\), raised there at",
        r"\[client 2\]   ValueError: a greeting needs a name",
        r"\[client 1\] from the stream: 1",
        r"\[client 2\] [\d,]+ calls per second",
    ],
)
def test_it_shows(played: Result, line: str) -> None:
    assert re.search(f"^{line}$", played.out, re.MULTILINE)


def test_both_clients_work_at_the_same_time(played: Result) -> None:
    lines = played.out.splitlines()
    assert lines.index("[client 1] from the stream: 5") < lines.index(
        "[client 2] from the stream: 1"
    )
    assert lines.index("[client 2] from the stream: 5") < lines.index(
        "[client 1] from the stream: 1"
    )


def test_no_process_is_left_behind(played: Result) -> None:
    pids = [int(pid) for pid in re.findall(r"process (\d+)", played.out)]
    assert len(pids) == 4
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_part_that_fails_is_named() -> None:
    with Stage() as stage:
        stage.start("server", "no_such_module_at_all")
        with pytest.raises(DemoError, match="server ended before it was ready"):
            list(stage.until("server", lambda text: False))


def test_a_client_that_fails_is_named() -> None:
    with Stage() as stage:
        stage.start("client 1", "pyrox_cli.demo.client", "PYRO:x", "Ada")
        with pytest.raises(DemoError, match="client 1 failed with exit code 1"):
            list(stage.until_end("client 1"))


def test_its_code_is_as_a_user_would_write_it() -> None:
    for module in (server, client):
        imports = re.findall(
            r"^(?:from|import) (\S+)", Path(str(module.__file__)).read_text(), re.M
        )
        assert all(
            name == "pyrox" or name.split(".")[0] in sys.stdlib_module_names for name in imports
        )
