"""What the tests of both drivers share: every client, every daemon, every transport in turn."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pytest

import pyrox
from tests.drivers.served import CLIENTS, DAEMONS, LOCATIONS, Client, Served


class Start(Protocol):
    def __call__(self, where: str | Sequence[str] = ..., **settings: Any) -> Served: ...


class Connect(Protocol):
    def __call__(self, uri: str, **options: Any) -> Client: ...


@pytest.fixture(params=LOCATIONS)
def location(request: pytest.FixtureRequest) -> str:
    """Where the daemon listens: by every transport in turn."""
    if request.param == "tls":
        request.getfixturevalue("certified")
    return LOCATIONS[request.param]


@pytest.fixture(params=DAEMONS)
def server(request: pytest.FixtureRequest) -> str:
    """Every kind of daemon."""
    return str(request.param)


@pytest.fixture
def start(server: str, location: str) -> Iterator[Start]:
    """Start daemons, with settings."""
    started: list[Served] = []

    def start(where: str | Sequence[str] = location, **settings: Any) -> Served:
        kind: dict[str, Any] = {} if server == "asyncio" else {"server": server}
        started.append(DAEMONS[server](where, pyrox.Config(**kind, **settings)))
        return started[-1]

    yield start
    for served in started:
        served.shutdown()
        assert served.daemon.is_closed
        assert served.daemon.connections == 0, "connections outlived their daemon"
        assert len(served.daemon.streams) == 0, "item streams outlived their daemon"


@pytest.fixture(params=CLIENTS)
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Make clients of either driver."""
    made: list[Client] = []

    def connect(uri: str, **options: Any) -> Client:
        made.append(CLIENTS[request.param](uri, **options))
        return made[-1]

    yield connect
    for client in made:
        client.close()
