"""Resources that a method ties to its caller's connection."""

import threading
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import eventually


class Resource:
    """Notes when it is closed, and may fail to close."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.closed = threading.Event()
        self.failure = failure

    def close(self) -> None:
        self.closed.set()
        if self.failure is not None:
            raise self.failure


class Allocator:
    def __init__(self) -> None:
        self.resources: list[Resource] = []

    def take(self, failure: BaseException | None = None) -> Resource:
        resource = Resource(failure)
        self.resources.append(resource)
        pyrox.current_context.track_resource(resource)
        return resource

    @pyrox.expose
    def allocate(self) -> None:
        self.take()

    @pyrox.expose
    def allocate_bad(self, kind: str) -> None:
        self.take(ValueError("will not close") if kind == "error" else SystemExit("no"))

    @pyrox.expose
    def give_back(self) -> None:
        pyrox.current_context.untrack_resource(self.resources[-1])


def test_tracked_resources_are_closed_when_the_client_goes(serve: ObjectServer) -> None:
    allocator = Allocator()
    proxy = serve(allocator)
    proxy.allocate()
    proxy.allocate()
    assert not any(resource.closed.is_set() for resource in allocator.resources)
    proxy._pyro.release()
    assert all(resource.closed.wait(10) for resource in allocator.resources)


def test_an_untracked_resource_is_left_alone(daemon: pyrox.Daemon, serve: ObjectServer) -> None:
    allocator = Allocator()
    proxy = serve(allocator)
    proxy.allocate()
    proxy.give_back()
    proxy._pyro.release()
    eventually(lambda: daemon._server.connections == 0)
    assert not allocator.resources[0].closed.is_set()


def test_another_clients_resources_stay_open(daemon: pyrox.Daemon, make_proxy: ProxyMaker) -> None:
    allocator = Allocator()
    uri = daemon.register(allocator)
    one, two = make_proxy(uri), make_proxy(uri)
    one.allocate()
    two.allocate()
    one._pyro.release()
    assert allocator.resources[0].closed.wait(10)
    assert not allocator.resources[1].closed.is_set()
    two.allocate()


@pytest.mark.parametrize("kind", ["error", "exit"])
def test_a_resource_that_fails_to_close_harms_nobody(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, kind: str
) -> None:
    allocator = Allocator()
    uri = daemon.register(allocator)
    proxy = make_proxy(uri)
    proxy.allocate_bad(kind)
    proxy.allocate()
    proxy._pyro.release()
    assert all(resource.closed.wait(10) for resource in allocator.resources)
    make_proxy(uri).allocate()


def test_resources_are_closed_when_the_daemon_stops(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    allocator = Allocator()
    daemon = make_daemon()
    make_proxy(daemon.register(allocator)).allocate()
    daemon.shutdown()
    assert allocator.resources[0].closed.is_set()


def test_a_resource_that_nobody_keeps_is_not_kept_by_the_daemon(serve: ObjectServer) -> None:
    import gc
    import weakref

    kept: list[Any] = []

    class Forgetful:
        @pyrox.expose
        def allocate(self) -> None:
            resource = Resource()
            kept.append(weakref.ref(resource))
            pyrox.current_context.track_resource(resource)

    serve(Forgetful()).allocate()
    eventually(lambda: gc.collect() >= 0 and kept[0]() is None)
