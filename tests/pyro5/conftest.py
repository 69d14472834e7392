"""What the tests of the Pyro5 faces share: settings that are put back, and daemons that serve.

The tests follow the behaviour reference; each module names the sections that it covers.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5.api import Daemon, Proxy, config, current_context

PATIENCE = 30.0
"""How long, in seconds, anything may take that has to happen."""


@pytest.fixture(autouse=True)
def settings_as_before() -> Iterator[None]:
    """Put back the settings, and what the thread's own context holds."""
    before = config.as_dict()
    yield
    for name, value in before.items():
        setattr(config, name, value)
    current_context.from_global({"annotations": {}, "correlation_id": None})
    current_context.response_annotations = {}


@pytest.fixture(params=["thread", "multiplex"])
def server_type(request: pytest.FixtureRequest) -> str:
    """Either kind of daemon."""
    config.SERVERTYPE = request.param
    return str(request.param)


@pytest.fixture(params=["serpent", "json", "marshal", "msgpack"])
def serializer(request: pytest.FixtureRequest) -> str:
    """Each of Pyro5's serializers, which proxies use that are made from now on."""
    config.SERIALIZER = request.param
    return str(request.param)


@pytest.fixture
def run() -> Iterator[Callable[[Daemon], Daemon]]:
    """Let daemons serve in threads of their own, and see that they end."""
    running: list[tuple[Daemon, threading.Thread]] = []

    def start(daemon: Daemon) -> Daemon:
        thread = threading.Thread(target=daemon.requestLoop, daemon=True)
        thread.start()
        running.append((daemon, thread))
        return daemon

    yield start
    for daemon, thread in running:
        daemon.shutdown()
        thread.join(PATIENCE)
        assert not thread.is_alive()
        daemon.close()


@pytest.fixture
def daemon(server_type: str, run: Callable[[Daemon], Daemon]) -> Daemon:
    """A daemon that serves, of either kind."""
    return run(Daemon())


@pytest.fixture
def connect(daemon: Daemon) -> Iterator[Callable[..., Proxy]]:
    """Register an object or class with the daemon, and return a proxy for it."""
    proxies: list[Proxy] = []

    def make(target: Any, object_id: str | None = None, kind: type[Proxy] = Proxy) -> Proxy:
        proxy = kind(daemon.register(target, object_id))
        proxies.append(proxy)
        return proxy

    yield make
    for proxy in proxies:
        proxy._pyroClaimOwnership()
        proxy._pyroRelease()
