"""What the tests of the name server share: open tables, flows played by hand, real servers."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pyrox import Config, NameTable, Proxy
from pyrox_nameserver import MemoryStorage, NameServer, SqliteStorage, start_ns
from tests.programs import Program

Play = Callable[..., Any]


@pytest.fixture(params=["memory", "sqlite"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NameTable]:
    """An empty table of each storage."""
    if request.param == "memory":
        opened = MemoryStorage().open("")
    else:
        opened = SqliteStorage().open(str(tmp_path / "names.db"))
    yield opened
    opened.close()


@pytest.fixture
def names(table: NameTable) -> NameServer:
    """A name server, without a network, on each storage."""
    return NameServer(table)


@pytest.fixture
def config() -> Config:
    """The settings as they are where nobody set anything."""
    return Config()


@pytest.fixture
def play() -> Play:
    """Run a flow with the results of its steps written down; returns its steps and its result.

    An exception among the results is raised in the flow, one that it lets out comes back as its
    result.
    """

    def play(flow: Any, *results: Any) -> tuple[list[Any], Any]:
        steps: list[Any] = []
        left = list(results)
        try:
            steps.append(next(flow))
            while True:
                assert left, f"one more step than expected: {steps[-1]}"
                result = left.pop(0)
                if isinstance(result, Exception):
                    steps.append(flow.throw(result))
                else:
                    steps.append(flow.send(result))
        except StopIteration as end:
            outcome = end.value
        except Exception as error:
            if isinstance(error, AssertionError):
                raise
            outcome = error
        assert not left, f"fewer steps than expected, not done: {left}"
        return steps, outcome

    return play


@pytest.fixture(params=["memory", "sqlite"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The location of a name server that is served over TCP, on each storage."""
    storage = "memory" if request.param == "memory" else f"sqlite:{tmp_path / 'served.db'}"
    with start_ns("localhost:0", storage=storage) as daemon:
        yield daemon.location


@pytest.fixture
def proxy(served: str) -> Iterator[Proxy]:
    """A proxy for that name server."""
    with Proxy(f"PYRO:Pyro.NameServer@{served}") as proxy:
        yield proxy


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Start Python programs, which end with the test."""
    with contextlib.ExitStack() as cleanup:

        def start(*arguments: str, **settings: str) -> Program:
            started = Program(*arguments, **settings)
            cleanup.callback(started.kill)
            return started

        yield start
