"""Which object serves a call: instance modes, creators, and objects that test false."""

import threading
from contextlib import nullcontext
from typing import Any

import pytest

from pyrox import URI, DaemonError, behavior
from pyrox.objects.registry import Entry, Instances, Registry


@pytest.fixture
def registry() -> Registry:
    return Registry(lambda object_id: URI.of(object_id, "here:1"), threading.Lock())


def session() -> Instances:
    return Instances(nullcontext)


def entry_for(registry: Registry, mode: Any, cls: type, creator: Any = None) -> Entry:
    return registry.register(behavior(mode, creator)(cls))


class Falsy:
    """Tests false, as an empty container does."""

    def __bool__(self) -> bool:
        return False


class Empty(list[int]):
    pass


def test_a_registered_object_serves_every_call(registry: Registry) -> None:
    thing = object()
    entry = registry.register(thing)
    assert registry.instance(entry, session()) is thing
    assert registry.instance(entry, session()) is thing


@pytest.mark.parametrize("cls", [type("Thing", (), {}), Falsy, Empty])
def test_a_session_instance_serves_one_connection(registry: Registry, cls: type) -> None:
    entry = entry_for(registry, "session", cls)
    one, other = session(), session()
    first = registry.instance(entry, one)
    assert isinstance(first, cls)
    assert registry.instance(entry, one) is first
    assert registry.instance(entry, other) is not first


@pytest.mark.parametrize("cls", [type("Thing", (), {}), Falsy, Empty])
def test_a_single_instance_serves_all_connections(registry: Registry, cls: type) -> None:
    entry = entry_for(registry, "single", cls)
    first = registry.instance(entry, session())
    assert registry.instance(entry, session()) is first


@pytest.mark.parametrize("cls", [type("Thing", (), {}), Falsy, Empty])
def test_a_percall_instance_serves_one_call(registry: Registry, cls: type) -> None:
    entry = entry_for(registry, "percall", cls)
    one = session()
    assert registry.instance(entry, one) is not registry.instance(entry, one)
    assert one == {}


def test_without_behavior_an_instance_serves_one_connection(registry: Registry) -> None:
    entry = registry.register(type("Thing", (), {}))
    one = session()
    assert registry.instance(entry, one) is registry.instance(entry, one)
    assert registry.instance(entry, one) is not registry.instance(entry, session())


def test_two_ids_of_one_class_share_its_instances(registry: Registry) -> None:
    cls = type("Thing", (), {})
    first = registry.register(cls, "first")
    second = registry.register(cls, "second", force=True)
    one = session()
    assert registry.instance(first, one) is registry.instance(second, one)


def test_two_daemons_share_no_single_instance(registry: Registry) -> None:
    cls: type = behavior("single")(type("Thing", (), {}))
    other = Registry(lambda object_id: URI.of(object_id, "there:1"), threading.Lock())
    first = registry.instance(registry.register(cls), session())
    assert other.instance(other.register(cls), session()) is not first


def test_an_instance_is_made_when_it_is_first_needed(registry: Registry) -> None:
    made: list[type] = []

    def create(cls: type) -> Any:
        made.append(cls)
        return cls()

    cls = type("Thing", (), {})
    entry = entry_for(registry, "session", cls, create)
    assert made == []
    one = session()
    registry.instance(entry, one)
    registry.instance(entry, one)
    assert made == [cls]


@pytest.mark.parametrize("mode", ["session", "single", "percall"])
def test_a_creator_may_return_a_subclass(registry: Registry, mode: str) -> None:
    class Thing: ...

    class Special(Thing): ...

    entry = entry_for(registry, mode, Thing, lambda cls: Special())
    assert type(registry.instance(entry, session())) is Special


@pytest.mark.parametrize("mode", ["session", "single", "percall"])
@pytest.mark.parametrize("made", [None, 5, "Thing"])
def test_a_creator_of_the_wrong_type_is_refused(registry: Registry, mode: str, made: Any) -> None:
    entry = entry_for(registry, mode, type("Thing", (), {}), lambda cls: made)
    for _ in range(2):
        with pytest.raises(TypeError, match=f"{type(made).__name__} instead of Thing"):
            registry.instance(entry, session())


@pytest.mark.parametrize("mode", ["session", "single"])
def test_an_instance_that_could_not_be_made_is_tried_again(registry: Registry, mode: str) -> None:
    outcomes: list[Any] = [RuntimeError("not yet"), None]

    def create(cls: type) -> Any:
        if problem := outcomes.pop(0):
            raise problem
        return cls()

    entry = entry_for(registry, mode, type("Thing", (), {}), create)
    one = session()
    with pytest.raises(RuntimeError, match="not yet"):
        registry.instance(entry, one)
    assert registry.instance(entry, one) is registry.instance(entry, one)


@pytest.mark.parametrize("mode", ["session", "single"])
def test_calls_at_once_make_one_instance(registry: Registry, mode: str) -> None:
    entered, go_on = threading.Event(), threading.Event()
    made: list[Any] = []

    def create(cls: type) -> Any:
        made.append(cls())
        entered.set()
        assert go_on.wait(10)
        return made[-1]

    entry = entry_for(registry, mode, type("Thing", (), {}), create)
    one = Instances(threading.Lock)
    found: list[Any] = []

    def call() -> None:
        found.append(registry.instance(entry, one))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert entered.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(made) == 1
    assert found == made * 4


def test_a_weakly_registered_object_that_is_gone_is_named(registry: Registry) -> None:
    class Thing: ...

    thing = Thing()
    entry = registry.register(thing, "thing", weak=True)
    assert registry.instance(entry, session()) is thing
    del thing
    with pytest.raises(DaemonError, match="the object 'thing' was garbage collected"):
        registry.instance(entry, session())
