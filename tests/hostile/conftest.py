"""Daemons to attack, and what has to hold after each attack.

Whatever a test does: no thread dies, no thread stays, nothing is logged as an error.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyrox
from pyrox import Config
from tests.hostile.liar import Liar, Lie
from tests.hostile.raw import SERIALIZERS, RawClient, eventually
from tests.hostile.targets import Target
from tests.threaded import ThreadedDaemon

PROMPTLY = 9.0
"""How long a good client may have to wait while others misbehave, in seconds, on a busy machine."""


class Log(logging.Handler):
    """What pyrox logged in one test."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def about(self, client: RawClient) -> list[str]:
        """Return what was logged about one client, at any level."""
        lines = [record.getMessage() for record in self.records]
        return [line for line in lines if client.name in line]

    def errors(self) -> list[str]:
        """Return what was logged as an error."""
        return [r.getMessage() for r in self.records if r.levelno >= logging.ERROR]


class Served:
    """A daemon under attack."""

    def __init__(self, daemon: Any, target: Any, log: Log) -> None:
        self.daemon = daemon
        self.target = target
        self.log = log
        self.uri = daemon.uri_for("target")
        host, port = pyrox.split_host_port(daemon.location)
        self.address = (host, port or 0)
        self._clients = contextlib.ExitStack()
        self.bystander = self.proxy()
        assert self.bystander.echo("before") == "before"

    def raw(self) -> RawClient:
        """Connect without a word."""
        client = RawClient(self.address)
        self._clients.callback(client.close)
        return client

    def client(self, serializer: str = "json") -> RawClient:
        """Connect and shake hands."""
        return self.raw().shake_hands(serializer)

    def proxy(self, **options: Any) -> Any:
        """Return a good client."""
        return self._clients.enter_context(pyrox.Proxy(self.uri, **options))

    def goes_on(self, within: float = PROMPTLY) -> bool:
        """Tell whether old and new clients are served promptly."""
        began = time.monotonic()
        assert self.bystander.echo("old") == "old"
        with pyrox.Proxy(self.uri) as newcomer:
            assert newcomer.echo("new") == "new"
        return time.monotonic() - began < within

    def noted_once(self, client: RawClient) -> bool:
        """Tell whether exactly one line is logged about a client."""
        assert eventually(lambda: self.log.about(client)), "nothing was logged about it"
        assert len(self.log.about(client)) == 1, self.log.about(client)
        return True

    @contextlib.contextmanager
    def in_background(self, attack: Callable[[], object]) -> Iterator[None]:
        """Attack in a thread; errors of the connection are part of it."""

        def run() -> None:
            with contextlib.suppress(OSError):
                attack()

        thread = threading.Thread(target=run, name="attacker", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._clients.callback(thread.join, 10.0)

    @property
    def connections(self) -> int:
        """How many connections the daemon keeps."""
        return int(self.daemon._server.connections)

    def close(self) -> None:
        self._clients.close()


Serve = Callable[..., Served]


@pytest.fixture(params=["thread", "multiplex", "asyncio"])
def server_type(request: pytest.FixtureRequest) -> str:
    """Run the test with every kind of daemon."""
    return str(request.param)


@pytest.fixture(params=list(SERIALIZERS))
def serializer(request: pytest.FixtureRequest) -> str:
    """Run the test with all serializers."""
    return str(request.param)


@pytest.fixture(autouse=True)
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """What pyrox logs; at the end of the test nothing may have broken."""
    died: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    before = set(threading.enumerate())
    handler, logger = Log(), logging.getLogger("pyrox")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield handler
        left = lambda: set(threading.enumerate()) - before  # noqa: E731
        assert eventually(lambda: not left()), f"threads that stay: {left()}"
        assert not died, f"threads that died: {died}"
        assert not handler.errors()
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def serve(log: Log, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Start daemons that look for overdue clients often."""
    monkeypatch.setattr("pyrox.logic.daemon_base.HOUSEKEEPING", 0.05)
    with contextlib.ExitStack() as cleanup:

        def serve(
            server: str,
            target: Any = None,
            daemon_class: type[pyrox.Daemon] = pyrox.Daemon,
            **settings: Any,
        ) -> Served:
            target = target or Target()
            if server == "asyncio":
                if daemon_class is not pyrox.Daemon:
                    pytest.skip("this daemon is a blocking one")
                daemon: Any = ThreadedDaemon("127.0.0.1:0", config=Config(**settings))
            else:
                daemon = daemon_class("127.0.0.1:0", config=Config(server=server, **settings))
            cleanup.callback(daemon.shutdown, 1.0)
            daemon.register(target, "target")
            daemon.start()
            served = Served(daemon, target, log)
            cleanup.callback(served.close)
            return served

        yield serve


@pytest.fixture
def served(serve: Serve, server_type: str) -> Served:
    """Return a daemon of either type, with the usual settings."""
    return serve(server_type)


MakeLiar = Callable[..., Liar]


@pytest.fixture
def liar() -> Iterator[MakeLiar]:
    """Start servers that lie once."""
    with contextlib.ExitStack() as cleanup:

        def liar(lie: Lie, **options: Any) -> Liar:
            server = Liar(lie, **options)
            cleanup.callback(server.close)
            return server

        yield liar


def memory() -> int:
    """Return how many bytes of this process are in memory."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc")
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    """Return how many file descriptors this process has open."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc")
    return len(os.listdir("/proc/self/fd"))
