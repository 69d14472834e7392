"""Registered classes: who gets which instance, and who makes it. Weak registration."""

import gc
import threading
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Spawned, eventually


class Counting:
    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.count = 0

    @pyrox.expose
    def bump(self) -> int:
        self.count += 1
        return self.count


def counting(mode: Any = None, **options: Any) -> type[Counting]:
    """A class of its own, so that each test counts its own instances."""
    cls = type("Own", (Counting,), {"made": 0})
    return pyrox.behavior(mode, **options)(cls) if mode else cls


def test_a_registered_object_is_the_one_that_everybody_gets(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    uri = daemon.register(Counting())
    assert [make_proxy(uri).bump() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("mode", [None, "session"])
def test_a_session_instance_belongs_to_one_connection(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, mode: str | None
) -> None:
    cls = counting(mode)
    uri = daemon.register(cls)
    one, two = make_proxy(uri), make_proxy(uri)
    assert [one.bump(), one.bump(), two.bump(), one.bump()] == [1, 2, 1, 3]
    assert cls.made == 2


def test_a_session_instance_is_made_by_the_first_call_not_by_connecting(
    serve: ObjectServer,
) -> None:
    cls = counting("session")
    proxy = serve(cls)
    proxy._pyro.bind()
    assert cls.made == 0
    proxy.bump()
    assert cls.made == 1


def test_a_new_connection_is_a_new_session(serve: ObjectServer) -> None:
    proxy = serve(counting("session"))
    assert [proxy.bump(), proxy.bump()] == [1, 2]
    proxy._pyro.release()
    assert proxy.bump() == 1


def test_session_instances_are_let_go_with_their_connection(serve: ObjectServer) -> None:
    gone = threading.Event()

    @pyrox.behavior("session")
    class Session:
        @pyrox.expose
        def ping(self) -> None:
            pass

        def __del__(self) -> None:
            gone.set()

    proxy = serve(Session)
    proxy.ping()
    proxy._pyro.release()
    assert eventually(lambda: gc.collect() >= 0 and gone.is_set())


def test_two_ids_of_a_class_share_the_session_instance(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    cls = counting("session")
    proxy = make_proxy(daemon.register(cls, "one"))
    daemon.register(cls, "two", force=True)
    assert proxy.bump() == 1
    assert proxy._pyro.call("bump", (), {}, object_id="two") == 2


def test_a_percall_instance_serves_one_call(serve: ObjectServer) -> None:
    cls = counting("percall")
    proxy = serve(cls)
    assert [proxy.bump() for _ in range(3)] == [1, 1, 1]
    assert cls.made == 3


def test_a_single_instance_serves_everybody(daemon: pyrox.Daemon, make_proxy: ProxyMaker) -> None:
    cls = counting("single")
    uri = daemon.register(cls)
    assert [make_proxy(uri).bump() for _ in range(3)] == [1, 2, 3]
    assert cls.made == 1


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_a_single_instance_is_made_once_even_in_a_race(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    made = []

    def slowly(cls: type) -> Any:
        made.append(cls)
        threading.Event().wait(0.1)  # time for the others to come in
        return cls()

    uri = daemon.register(counting("single", instance_creator=slowly))
    proxies = [make_proxy(uri) for _ in range(6)]
    for proxy in proxies:
        proxy._pyro.bind()
    clients = [Spawned(proxy.bump) for proxy in proxies]
    assert sorted(client.result() for client in clients) == [1, 2, 3, 4, 5, 6]
    assert len(made) == 1


def test_two_daemons_have_single_instances_of_their_own(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    cls = counting("single")
    proxies = [make_proxy(make_daemon().register(cls)) for _ in range(2)]
    assert [proxy.bump() for proxy in proxies] == [1, 1]


@pytest.mark.parametrize("mode", ["session", "single"])
def test_an_instance_that_is_false_is_kept_like_any_other(serve: ObjectServer, mode: Any) -> None:
    class Empty(Counting):
        made = 0

        def __len__(self) -> int:
            return 0

    proxy = serve(pyrox.behavior(mode)(Empty))
    assert [proxy.bump(), proxy.bump()] == [1, 2]
    assert Empty.made == 1


def test_the_creator_makes_the_instances(serve: ObjectServer) -> None:
    def create(cls: type[Counting]) -> Counting:
        instance = cls()
        instance.count = 100
        return instance

    assert serve(counting("session", instance_creator=create)).bump() == 101


def test_a_creator_that_returns_something_else_is_reported_to_the_caller(
    serve: ObjectServer,
) -> None:
    proxy = serve(counting("session", instance_creator=lambda cls: object()))
    with pytest.raises(TypeError, match="different type"):
        proxy.bump()


def test_a_constructor_that_fails_is_reported_and_tried_again(serve: ObjectServer) -> None:
    problems = [OSError("disk full"), OSError("still full")]

    def create(cls: type[Counting]) -> Counting:
        if problems:
            raise problems.pop(0)
        return cls()

    proxy = serve(counting("single", instance_creator=create))
    with pytest.raises(OSError, match="disk full"):
        proxy.bump()
    with pytest.raises(OSError, match="still full"):
        proxy.bump()
    assert proxy.bump() == 1


def test_a_constructor_that_needs_arguments_is_reported_to_the_caller(
    serve: ObjectServer,
) -> None:
    class Needy(Counting):
        def __init__(self, what: str) -> None:
            super().__init__()

    with pytest.raises(TypeError, match="what"):
        serve(Needy).bump()


def test_a_weakly_registered_object_is_served_while_somebody_keeps_it(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    target = Calculator()
    proxy = make_proxy(daemon.register(target, "weak", weak=True))
    assert proxy.add(1, 2) == 3
    assert daemon.objects["weak"] is target
    del target
    gc.collect()
    with pytest.raises(pyrox.DaemonError, match="unknown object"):
        proxy.add(1, 2)
    assert "weak" not in daemon.objects


def test_a_class_cannot_be_registered_weakly(daemon: pyrox.Daemon) -> None:
    with pytest.raises(TypeError, match="weakly"):
        daemon.register(Calculator, weak=True)


@pytest.mark.parametrize("server_type", ["thread"], indirect=True)
def test_methods_may_register_and_unregister_objects_all_at_once(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker
) -> None:
    class Basket:
        @pyrox.expose
        def name(self) -> str:
            return "basket"

        @pyrox.expose
        def empty(self) -> None:
            daemon.unregister(self)

    class Shop:
        @pyrox.expose
        def basket(self) -> Basket:
            basket = Basket()
            daemon.register(basket)
            return basket

    uri = daemon.register(Shop())

    def visit() -> None:
        shop = make_proxy(uri)
        for _ in range(15):
            with shop.basket() as basket:
                assert basket.name() == "basket"
                basket.empty()
                with pytest.raises(pyrox.DaemonError, match="unknown object"):
                    basket.name()

    for client in [Spawned(visit) for _ in range(6)]:
        client.result()
    assert len(daemon.objects) == 2


# A daemon that has a say in it


def test_a_daemon_may_refuse_a_caller_an_instance(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Locked(pyrox.Daemon):
        locked = False

        def instance_for(self, context: pyrox.CallContext, cls: type) -> Any:
            if self.locked:
                raise PermissionError(f"{cls.__name__} is locked")
            return super().instance_for(context, cls)

    daemon = make_daemon(Locked)
    counter = make_proxy(daemon.register(counting("single")))
    batch = counter._pyro.batch()
    assert counter.bump() == 1
    daemon.locked = True
    with pytest.raises(PermissionError, match=r"^Own is locked$"):
        counter.bump()
    batch.bump()
    with pytest.raises(PermissionError):
        batch()
    daemon.locked = False
    assert counter.bump() == 2


def test_a_daemon_may_give_instances_of_its_own(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    pool = [Counting(), Counting()]

    class Pooled(pyrox.Daemon):
        def instance_for(self, context: pyrox.CallContext, cls: type) -> Any:
            pool.reverse()
            return pool[0]

    counter = make_proxy(make_daemon(Pooled).register(counting()))
    assert [counter.bump() for _ in range(4)] == [1, 1, 2, 2]


def test_objects_are_none_of_its_business(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    class Refusing(pyrox.Daemon):
        def instance_for(self, context: pyrox.CallContext, cls: type) -> Any:
            raise PermissionError("no instances here")

    assert make_proxy(make_daemon(Refusing).register(Counting())).bump() == 1


def test_the_instances_of_a_connection_can_be_seen_when_it_ends(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    seen: list[dict[type, Any]] = []

    class Watching(pyrox.Daemon):
        def client_disconnected(self, peer: pyrox.Peer) -> None:
            seen.append(dict(peer.instances))

    cls = counting("session")
    with make_proxy(make_daemon(Watching).register(cls)) as counter:
        counter.bump()
    eventually(lambda: seen, what="the client did not leave")
    assert [instance.count for instance in seen[0].values()] == [1]
    assert list(seen[0]) == [cls]
