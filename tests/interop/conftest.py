"""What the tests against the real Pyro5 share: its programs, and pyrox's side of the talk."""

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest

import pyrox
from tests.interop.thing import AsyncGuarded, AsyncThing, Guarded, Session, Thing
from tests.threaded import ThreadedDaemon

pytest.importorskip("Pyro5")

PEERS = pathlib.Path(__file__).parent / "peers"
SERIALIZERS = ["serpent", "json", "marshal", "msgpack"]


class Pyro5Client(Protocol):
    def __call__(self, function: str, *args: Any) -> Any: ...


@contextmanager
def running(program: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A program of Pyro5's in a process of its own; it ends when its standard input does."""
    with subprocess.Popen(
        [sys.executable, PEERS / program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(params=SERIALIZERS)
def serializer(request: pytest.FixtureRequest) -> str:
    """Each serializer that Pyro5 has."""
    return str(request.param)


@pytest.fixture(scope="session")
def pyro5_uris() -> Iterator[dict[str, str]]:
    """The objects of a Pyro5 daemon by name."""
    with running("pyro5_daemon.py") as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())


@pytest.fixture(scope="session")
def pyro5_client() -> Iterator[Pyro5Client]:
    """Calls a function of the Pyro5 client program."""
    with running("pyro5_client.py") as process:

        def call(function: str, *args: Any) -> Any:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps([function, args]) + "\n")
            process.stdin.flush()
            fine, answer = json.loads(process.stdout.readline())
            assert fine, answer
            return answer

        yield call


@pytest.fixture(scope="module", params=["thread", "multiplex", "asyncio"])
def pyrox_daemon(request: pytest.FixtureRequest) -> Iterator[pyrox.Daemon]:
    """A pyrox daemon with the same objects as Pyro5's."""
    daemon: Any
    if request.param == "asyncio":
        daemon = ThreadedDaemon(kind=AsyncGuarded)
        daemon.register(AsyncThing(), "thing")
    else:
        daemon = Guarded(server=request.param)
        daemon.register(Thing(), "thing")
    daemon.register(Session, "session")
    try:
        yield daemon.start()
    finally:
        daemon.shutdown()


@pytest.fixture
def thing(pyro5_uris: dict[str, str], serializer: str) -> Iterator[pyrox.Proxy]:
    """A pyrox proxy for an object in a Pyro5 daemon."""
    with pyrox.Proxy(pyro5_uris["thing"], serializer=serializer, timeout=60) as proxy:
        yield proxy


@pytest.fixture
def uri(pyrox_daemon: pyrox.Daemon) -> str:
    """Where a Pyro5 client finds an object in a pyrox daemon."""
    return str(pyrox_daemon.uri_for("thing"))
