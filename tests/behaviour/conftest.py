"""What the behaviour tests share: daemons that are seen to leave nothing behind, and proxies.

Nearly every test runs for both servers; one that takes the fixture ``serializer`` runs for each
of them as well.
"""

import socket
import threading
from collections.abc import Iterator
from typing import Any, Protocol, TypeVar, overload

import pytest

import pyrox
from tests.behaviour.objects import Gate, eventually

BOTH_SERVERS = ["thread", "multiplex"]
EVERY_TRANSPORT = ["tcp://localhost:0", "unix:", "tls://localhost:0", "memory://"]
SERIALIZERS = ["serpent", "json", "marshal", "msgpack", "auto"]


D = TypeVar("D", bound=pyrox.Daemon)


class DaemonMaker(Protocol):
    @overload
    def __call__(self, **settings: Any) -> pyrox.Daemon: ...
    @overload
    def __call__(self, kind: type[D], **settings: Any) -> D: ...


class ProxyMaker(Protocol):
    def __call__(self, uri: str | pyrox.URI, **options: Any) -> pyrox.Proxy: ...


class ObjectServer(Protocol):
    def __call__(self, target: Any, object_id: str = ..., **options: Any) -> pyrox.Proxy: ...


@pytest.fixture(params=BOTH_SERVERS)
def server_type(request: pytest.FixtureRequest) -> str:
    """Either kind of daemon."""
    return str(request.param)


@pytest.fixture(params=SERIALIZERS)
def serializer(request: pytest.FixtureRequest) -> str:
    """Every serializer, and the choice that both sides make."""
    return str(request.param)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("every_transport")
    if marked and "location" in metafunc.fixturenames:
        metafunc.parametrize("location", EVERY_TRANSPORT, indirect=True)


@pytest.fixture
def location(request: pytest.FixtureRequest) -> str:
    """Where the daemons listen: with the mark ``every_transport``, everywhere in turn."""
    where = str(getattr(request, "param", "tcp://localhost:0"))
    if where.startswith("tls:"):
        request.getfixturevalue("certified")
    return where


def left_behind(before: set[threading.Thread]) -> list[threading.Thread]:
    """The threads of daemons that were not there before."""
    now = set(threading.enumerate())
    return [thread for thread in now - before if thread.name.startswith("pyrox")]


@pytest.fixture
def make_daemon(server_type: str, location: str) -> Iterator[DaemonMaker]:
    """Make daemons that serve in the background, and see that they end without a trace.

    Keywords are those of Daemon, or settings.
    """
    made: list[pyrox.Daemon] = []
    before = set(threading.enumerate())

    def make(
        kind: Any = pyrox.Daemon,
        *,
        location: str = location,
        start: bool = True,
        converters: pyrox.Converters | None = None,
        plugins: pyrox.Plugins | None = None,
        nat_location: str | None = None,
        connected_socket: socket.socket | None = None,
        **settings: Any,
    ) -> Any:
        config = pyrox.Config(**{"server": server_type, **settings})
        daemon = kind(
            location,
            config=config,
            converters=converters,
            plugins=plugins,
            nat_location=nat_location,
            connected_socket=connected_socket,
        )
        made.append(daemon)
        return daemon.start() if start else daemon

    yield make
    for daemon in made:
        daemon.shutdown()
        assert "closed" in repr(daemon)
    eventually(lambda: not left_behind(before), what="threads outlived their daemon")
    for daemon in made:
        assert daemon._server.connections == 0, "connections outlived their daemon"
        assert len(daemon.streams) == 0, "item streams outlived their daemon"


@pytest.fixture
def daemon(make_daemon: DaemonMaker) -> pyrox.Daemon:
    """A daemon that serves in the background."""
    return make_daemon()


@pytest.fixture
def make_proxy(make_daemon: DaemonMaker, request: pytest.FixtureRequest) -> Iterator[ProxyMaker]:
    """Make proxies, with the serializer that the test is about, and release them at the end."""
    made: list[pyrox.Proxy] = []
    wanted = "auto"
    if "serializer" in request.fixturenames:
        wanted = request.getfixturevalue("serializer")

    def make(uri: str | pyrox.URI, **options: Any) -> pyrox.Proxy:
        proxy = pyrox.Proxy(uri, **{"serializer": wanted, **options})
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy._pyro.release()


@pytest.fixture
def serve(daemon: pyrox.Daemon, make_proxy: ProxyMaker) -> ObjectServer:
    """Register an object or class, and return a proxy for it."""

    def serve(target: Any, object_id: str = "", **options: Any) -> pyrox.Proxy:
        return make_proxy(daemon.register(target, object_id or None), **options)

    return serve


@pytest.fixture
def gate(make_daemon: DaemonMaker) -> Iterator[Gate]:
    """An object whose methods wait; whoever still waits at the end is let go."""
    gate = Gate()
    yield gate
    gate.open()
