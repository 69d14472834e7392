"""The table of what a daemon serves: ids, identities and references."""

import gc
from contextlib import nullcontext
from typing import Any

import pytest

from pyrox import DAEMON_ID, URI, DaemonError, PyroxError, UsageError, expose
from pyrox.objects.registry import Registry, find_reference


@expose
class Thing:
    def work(self) -> None: ...


@pytest.fixture
def registry() -> Registry:
    return Registry(lambda object_id: URI.of(object_id, "here:1"), nullcontext())


# Ids


def test_an_object_is_found_by_its_id_and_by_itself(registry: Registry) -> None:
    thing = Thing()
    entry = registry.register(thing, "thing")
    assert entry.id == "thing"
    assert registry.find("thing") is registry.find(thing) is entry
    assert entry.target is thing
    assert entry.names.methods == {"work"}


def test_a_class_is_found_by_its_id_and_by_itself(registry: Registry) -> None:
    entry = registry.register(Thing, "things")
    assert registry.find("things") is registry.find(Thing) is entry
    assert entry.target is Thing


@pytest.mark.parametrize("object_id", [None, ""])
def test_without_an_id_one_is_made_up(registry: Registry, object_id: str | None) -> None:
    first = registry.register(Thing(), object_id)
    second = registry.register(Thing(), object_id)
    assert first.id.startswith("obj_")
    assert first.id != second.id


@pytest.mark.parametrize("object_id", ["a b", "a@b", "@", "a\tb", "a\n", "\u00a0"])
def test_an_id_that_cannot_stand_in_a_uri_is_refused(registry: Registry, object_id: str) -> None:
    with pytest.raises(UsageError, match="part of a URI, no spaces or @"):
        registry.register(Thing(), object_id)
    assert registry.objects == {}


@pytest.mark.parametrize("object_id", [5, b"thing", ["thing"]])
def test_an_id_is_text(registry: Registry, object_id: Any) -> None:
    with pytest.raises(TypeError, match="an object id is a str"):
        registry.register(Thing(), object_id)


def test_an_id_is_given_once(registry: Registry) -> None:
    registry.register(Thing(), "thing")
    with pytest.raises(DaemonError, match=r"already registered with that id: 'thing'.*force=True"):
        registry.register(Thing(), "thing")


@pytest.mark.parametrize("target", [Thing, Thing()], ids=["class", "object"])
def test_an_object_is_registered_once(registry: Registry, target: Any) -> None:
    registry.register(target, "one")
    with pytest.raises(DaemonError, match=r"already has a Pyro id: 'one'.*force=True"):
        registry.register(target, "two")
    assert list(registry.objects) == ["one"]


def test_force_replaces_what_has_the_id(registry: Registry) -> None:
    first, second = Thing(), Thing()
    registry.register(first, "thing")
    registry.register(second, "thing", force=True)
    assert registry.find("thing").target is second
    with pytest.raises(DaemonError, match="isn't registered"):
        registry.find(first)


def test_force_registers_an_object_again(registry: Registry) -> None:
    thing = Thing()
    registry.register(thing, "thing")
    entry = registry.register(thing, "thing", force=True)
    assert registry.find(thing) is entry


def test_a_registration_that_fails_changes_nothing(registry: Registry) -> None:
    thing = Thing()
    entry = registry.register(thing, "thing")
    with pytest.raises(TypeError):
        registry.register(5, "thing", force=True, weak=True)
    assert registry.find("thing") is registry.find(thing) is entry


def test_objects_that_are_equal_are_still_two(registry: Registry) -> None:
    first: list[int] = []
    second: list[int] = []
    registry.register(first, "first")
    registry.register(second, "second")
    assert registry.find(second).id == "second"


# Unregistering


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize("target", [Thing, Thing()], ids=["class", "object"])
def test_what_is_unregistered_is_gone(registry: Registry, target: Any, by_id: bool) -> None:
    registry.register(target, "thing")
    registry.unregister("thing" if by_id else target)
    assert registry.objects == {}
    assert registry.reference_to(target) is None
    registry.register(target, "again")


def test_an_unknown_id_is_passed_over(registry: Registry) -> None:
    registry.unregister("unknown")


def test_an_object_that_is_not_registered_cannot_be_unregistered(registry: Registry) -> None:
    with pytest.raises(DaemonError, match="isn't registered"):
        registry.unregister(Thing())
    with pytest.raises(ValueError, match="None"):
        registry.unregister(None)


def test_the_daemon_itself_stays(registry: Registry) -> None:
    daemon = Thing()
    registry.register(daemon, DAEMON_ID)
    registry.unregister(DAEMON_ID)
    registry.unregister(daemon)
    assert registry.find(DAEMON_ID).target is daemon


# What is not there


def test_an_unknown_id_is_named_with_the_nearest(registry: Registry) -> None:
    registry.register(Thing(), "example_greeter")
    with pytest.raises(DaemonError, match="'example_greter'; did you mean 'example_greeter'"):
        registry.find("example_greter")
    with pytest.raises(DaemonError, match=r"unknown object: 'zzz'$"):
        registry.find("zzz")


def test_an_answer_about_a_long_id_is_short(registry: Registry) -> None:
    assert len(registry.unknown("x" * 100_000)) < 300


def test_an_unknown_object_is_a_pyro_error(registry: Registry) -> None:
    with pytest.raises(PyroxError, match="object isn't registered in this daemon"):
        registry.find(Thing())


# Weak registrations


def test_a_weak_registration_keeps_nothing_alive(registry: Registry) -> None:
    thing = Thing()
    entry = registry.register(thing, "thing", weak=True)
    assert entry.target is thing
    del thing
    gc.collect()
    assert entry.target is None
    assert registry.objects == {}


def test_a_weak_registration_may_be_replaced(registry: Registry) -> None:
    first, second = Thing(), Thing()
    registry.register(first, "thing", weak=True)
    registry.register(second, "thing", force=True)
    del first
    gc.collect()
    assert registry.find("thing").target is second


def test_a_weak_registration_may_be_taken_back(registry: Registry) -> None:
    thing = Thing()
    registry.register(thing, "thing", weak=True)
    registry.unregister(thing)
    registry.register(thing, "other")
    assert list(registry.objects) == ["other"]


def test_a_class_is_not_registered_weakly(registry: Registry) -> None:
    with pytest.raises(TypeError, match="a class cannot be registered weakly"):
        registry.register(Thing, "thing", weak=True)


# References


def test_a_registered_object_has_a_reference(registry: Registry) -> None:
    thing = Thing()
    registry.register(thing, "thing")
    reference = registry.reference_to(thing)
    assert reference is not None
    assert reference.uri == URI("PYRO:thing@here:1")
    assert reference.members.methods == {"work"}


def test_an_instance_of_a_registered_class_is_no_reference(registry: Registry) -> None:
    registry.register(Thing, "things")
    assert registry.reference_to(Thing()) is None
    assert registry.reference_to(Thing) is not None


@pytest.mark.parametrize("value", [None, 5, "thing", Thing, (), Thing()])
def test_anything_else_has_none(registry: Registry, value: Any) -> None:
    registry.register(Thing(), "thing")
    assert registry.reference_to(value) is None


def test_an_object_of_any_daemon_is_found_in_the_process(registry: Registry) -> None:
    thing = Thing()
    registry.register(thing, "thing")
    found = find_reference(thing)
    assert found is not None
    assert found.uri.object == "thing"
    registry.unregister(thing)
    assert find_reference(thing) is None


def test_a_daemon_that_is_gone_has_no_references() -> None:
    thing = Thing()
    Registry(lambda object_id: URI.of(object_id, "here:1"), nullcontext()).register(thing, "thing")
    gc.collect()
    assert find_reference(thing) is None


def test_members_are_read_again_when_asked() -> None:
    class Growing:
        @expose
        def one(self) -> None: ...

    registry = Registry(lambda object_id: URI.of(object_id, "here:1"), nullcontext())
    entry = registry.register(Growing(), "growing")
    Growing.two = expose(lambda self: None)  # type: ignore[attr-defined]
    assert entry.names.methods == {"one"}
    entry.refresh()
    assert entry.names.methods == {"one", "two"}
