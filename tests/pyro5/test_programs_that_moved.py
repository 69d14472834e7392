"""What programs that were written for Pyro5 turned out to depend on, each in a few lines."""

import pickle
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5.api import (
    BatchProxy,
    Daemon,
    Proxy,
    config,
    current_context,
    expose,
)
from pyrox_pyro5.errors import ConnectionClosedError, ProtocolError
from tests.pyro5.conftest import PATIENCE


class Delegate:
    """A descriptor that gives a method of another object."""

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else instance.part.catalog


class WritableDelegate(Delegate):
    """One that also takes values; programs mark the descriptor itself as exposed."""

    def __init__(self, exposed: bool) -> None:
        self._pyroExposed = exposed

    def __set__(self, instance: Any, value: Any) -> None:
        raise AssertionError("nobody sets it")


@expose
class Part:
    def catalog(self) -> str:
        return "catalog"

    def secret(self) -> str:
        return "secret"

    secret._pyroExposed = False  # type: ignore[attr-defined]


class Resource:
    def __init__(self, log: list[str]) -> None:
        self.log = log

    def close(self) -> None:
        self.log.append("closed")


@expose
class Service:
    delegated = Delegate()
    marked = WritableDelegate(exposed=True)
    unmarked = WritableDelegate(exposed=False)

    def __init__(self) -> None:
        self.part = Part()
        self.log: list[str] = []
        self.resources: list[Resource] = []

    def __getattr__(self, name: str) -> Any:
        if name in ("catalog", "secret"):
            return getattr(self.__dict__["part"], name)
        raise AttributeError(name)

    def one(self) -> int:
        return 1

    def told(self) -> Iterator[tuple[str, list[str]]]:
        while True:
            yield str(current_context.correlation_id), sorted(current_context.annotations)

    def correlation(self) -> str:
        return str(current_context.correlation_id)

    def asks_onward(self, uri: str) -> bool:
        with Proxy(uri) as other:
            return bool(other.correlation() == str(current_context.correlation_id))

    def no_value(self) -> Any:
        return range(3)

    def big(self, size: int) -> str:
        return "x" * size

    def track(self) -> int:
        self.resources += [Resource(self.log), Resource(self.log)]
        for resource in self.resources:
            current_context.track_resource(resource)
        current_context.untrack_resource(self.resources[0])
        return len(current_context.client.tracked_resources)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def uri(run: Callable[[Daemon], Daemon], service: Service, server_type: str) -> str:
    daemon = Daemon()
    found = str(daemon.register(service, "service"))
    run(daemon)
    return found


def test_a_batch_that_failed_on_its_way_may_be_made_again(uri: str) -> None:
    with Proxy(uri) as proxy:
        batch = BatchProxy(proxy)
        assert proxy.one() == 1
        batch.one()
        later = batch.one
        proxy._pyroConnection.sock.shutdown(2)  # type: ignore[union-attr]
        with pytest.raises(ConnectionClosedError):
            list(batch())
        later()
        assert list(batch()) == [1, 1]
        assert list(batch()) == []


def test_a_loop_that_its_condition_ended_is_run_again(server_type: str) -> None:
    with Daemon() as daemon:
        uri = daemon.register(Service())
        for _ in range(5):
            daemon.requestLoop(lambda: False)
        workers = [t for t in threading.enumerate() if t.name == "pyrox-worker"]
        assert len(workers) <= 3, "each time some more"
        thread = threading.Thread(target=daemon.requestLoop, daemon=True)
        thread.start()
        with Proxy(uri) as proxy:
            assert proxy.one() == 1
        daemon.shutdown()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.mark.parametrize("name", ["delegated", "marked", "catalog"])
def test_a_method_that_the_object_makes_up_is_called_if_it_is_exposed(uri: str, name: str) -> None:
    with Proxy(uri) as proxy:
        assert proxy._pyroInvoke(name, (), {}) == "catalog"


@pytest.mark.parametrize("name", ["secret", "part", "log", "unmarked", "__dict__", "_private"])
def test_what_is_not_exposed_is_not_called_either(uri: str, name: str) -> None:
    with Proxy(uri) as proxy, pytest.raises(AttributeError):
        proxy._pyroInvoke(name, (), {})


def test_items_of_a_stream_are_asked_for_with_what_calls_carry(uri: str) -> None:
    identity = uuid.UUID(int=7)
    with Proxy(uri) as proxy:
        current_context.correlation_id = identity
        current_context.annotations = {"USRA": b"1"}
        stream = proxy.told()
        assert [tuple(next(stream)) for _ in range(2)] == [(str(identity), ["USRA"])] * 2
        stream.close()


def test_a_call_without_an_identity_gets_one_that_goes_onward(
    run: Callable[[Daemon], Daemon],
) -> None:
    daemon = Daemon()
    uri = str(daemon.register(Service(), "service"))
    run(daemon)
    with Proxy(uri) as proxy:
        assert proxy.asks_onward(uri)


def test_what_serpent_cannot_write_is_a_type_error(uri: str) -> None:
    config.SERIALIZER = "serpent"
    with Proxy(uri) as proxy:
        with pytest.raises(TypeError, match="don't know how to serialize"):
            proxy._pyroInvoke("one", (range(3),), {})
        with pytest.raises(TypeError, match="don't know how to serialize"):
            proxy.no_value()
        assert proxy.one() == 1


def test_resources_are_counted_and_closed_after_the_client_is_told_gone(
    run: Callable[[Daemon], Daemon], server_type: str
) -> None:
    service = Service()
    gone = threading.Event()

    class Telling(Daemon):
        def clientDisconnect(self, conn: Any) -> None:
            service.log.append(f"gone, with {len(conn.tracked_resources)}")

        def housekeeping(self) -> None:
            if "closed" in service.log:
                gone.set()

    daemon = Telling()
    uri = daemon.register(service)
    run(daemon)
    with Proxy(uri) as proxy:
        assert proxy.track() == 1
    assert gone.wait(PATIENCE)
    assert service.log == ["gone, with 1", "closed"]


class Keeping(Proxy):
    """A proxy that keeps something of its own in its state."""

    def __getstate__(self) -> tuple[Any, ...]:
        return (*super().__getstate__(), "extra")

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        super().__setstate__(state[:-1])
        type(self).seen = state[-1]

    seen = ""


def test_a_proxy_of_a_subclass_is_pickled_with_its_own_state(uri: str) -> None:
    twin = pickle.loads(pickle.dumps(Keeping(uri)))
    assert type(twin) is Keeping
    assert Keeping.seen == "extra"
    with twin:
        assert twin.one() == 1


def test_a_setting_that_is_changed_counts_from_the_next_connection_on(uri: str) -> None:
    with Proxy(uri) as proxy:
        assert len(proxy.big(3000)) == 3000
        config.MAX_MESSAGE_SIZE = 2000
        proxy._pyroRelease()
        with pytest.raises((ConnectionClosedError, ProtocolError)):
            proxy.big(3000)
