"""A name's place is kept, and looked up anew when nobody answers there."""

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyrox
from pyrox import Config, ConnectError, Daemon, NamingError, Proxy, TimeoutError, aio, locate_ns


@pyrox.expose
class Place:
    def __init__(self, name: str) -> None:
        self._name = name

    def where(self) -> str:
        return self._name


@pytest.fixture
def config(served: str) -> Config:
    host, _, port = served.rpartition(":")
    return Config(ns_host=host, ns_port=int(port))


@pytest.fixture
def serve(config: Config) -> Iterator[Callable[..., Daemon]]:
    """Serve a place under the name ``place``; what was served before may be told to close."""
    daemons: list[Daemon] = []

    def start(name: str, object_id: str = "place") -> Daemon:
        daemon = Daemon("localhost:0")
        daemons.append(daemon)
        uri = daemon.register(Place(name), object_id)
        daemon.start()
        with locate_ns(config=config) as names:
            names.register("place", uri)
        return daemon

    yield start
    for daemon in daemons:
        daemon.close()


class Asked:
    """Counts the look-ups that proxies make."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for kind in (type(Proxy("PYRO:a@b:1")._pyro), type(aio.Proxy("PYRO:a@b:1")._pyro)):
            self._watch(monkeypatch, kind)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
        resolve = kind.resolve

        def counted(remote: Any) -> Any:
            self.count += not remote.uri.is_direct
            return resolve(remote)

        monkeypatch.setattr(kind, "resolve", counted)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


def test_a_proxy_that_connects_again_does_not_ask_again(serve, config, asked):
    serve("one")
    with Proxy("PYRONAME:place", config=config) as proxy:
        for _ in range(3):
            assert proxy.where() == "one"
            proxy._pyro.release()
        assert asked.count == 1


def test_what_moved_is_found_again(serve, config, asked):
    first = serve("one")
    with Proxy("PYRONAME:place", config=config) as proxy:
        assert proxy.where() == "one"
        first.close()
        serve("two", "another.id")
        proxy._pyro.release()
        assert proxy.where() == "two"
        assert asked.count == 2


def test_where_it_did_not_move_the_connection_that_failed_is_the_error(serve, config, asked):
    daemon = serve("one")
    with Proxy("PYRONAME:place", config=config) as proxy:
        assert proxy.where() == "one"
        daemon.close()
        proxy._pyro.release()
        with pytest.raises(ConnectError, match="nothing listens there"):
            proxy.where()
        serve("two")
        assert proxy.where() == "two"


async def test_an_asynchronous_proxy_finds_what_moved(serve, config, asked):
    first = serve("one")
    async with aio.Proxy("PYRONAME:place", config=config) as proxy:
        assert await proxy.where() == "one"
        await proxy._pyro.release()
        assert await proxy.where() == "one"
        assert asked.count == 1
        await proxy._pyro.release()
        first.close()
        serve("two", "another.id")
        assert await proxy.where() == "two"
        assert asked.count == 2


def test_a_change_of_uri_is_looked_up(serve, config, asked):
    serve("one")
    with Proxy("PYRONAME:place", config=config) as proxy:
        assert proxy.where() == "one"
        proxy._pyro.release()
        proxy._pyro.uri = pyrox.URI("PYRONAME:nowhere")
        with pytest.raises(NamingError):
            proxy.where()


@pytest.fixture
def silent() -> Iterator[Config]:
    """The settings for a name server that accepts connections and says nothing."""
    with socket.create_server(("localhost", 0)) as listener:
        yield Config(ns_host="localhost", ns_port=listener.getsockname()[1], connect_timeout=60.0)


def test_the_time_of_a_call_holds_for_looking_up_its_name(silent):
    began = time.monotonic()
    with pytest.raises(NamingError, match="the time for this call is over"):
        Proxy("PYRONAME:place", config=silent, timeout=0.2).where()
    assert time.monotonic() - began < 30


async def test_it_does_so_for_asynchronous_calls(silent):
    with pytest.raises(NamingError, match="the time for this call is over"):
        await aio.Proxy("PYRONAME:place", config=silent, timeout=0.2).where()


def test_waiting_for_a_name_ends_with_the_time_of_the_call(served):
    host, _, port = served.rpartition(":")
    patient = Config(ns_host=host, ns_port=int(port), ns_lookup_delay=60.0)
    with pytest.raises(TimeoutError) as caught:
        Proxy("PYRONAME:place", config=patient, timeout=0.2).where()
    assert caught.value.outcome == "not_sent"
