"""What cannot be exposed, how instances live, and why a name cannot be used."""

import re
from functools import cached_property, partial
from typing import Any

import pytest

from pyrox import behavior, expose
from pyrox.objects.exposure import Instancing, explain_missing, instancing_of, members_of


@pytest.mark.parametrize("name", ["_private", "__mangled", "__init__", "__eq__", "__getattr__"])
def test_a_private_function_is_refused_by_name(name: str) -> None:
    def function(self: object) -> None: ...

    function.__name__ = name
    with pytest.raises(AttributeError, match=f"private names .* is not allowed: {name!r}"):
        expose(function)


def test_a_private_class_is_refused() -> None:
    class _Hidden:
        def work(self) -> None: ...

    with pytest.raises(AttributeError, match="private names"):
        expose(_Hidden)
    assert members_of(_Hidden) == {}


def test_a_private_property_is_refused() -> None:
    def _secret(self: object) -> int:
        return 1

    with pytest.raises(AttributeError, match="private names"):
        expose(property(_secret))


def test_a_property_without_accessors_is_refused() -> None:
    with pytest.raises(AttributeError, match="without any accessor"):
        expose(property())


@pytest.mark.parametrize(
    "value",
    [5, "text", [1], object(), partial(print), cached_property(lambda self: 1)],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_function_property_or_class_is_refused(value: Any) -> None:
    with pytest.raises(AttributeError, match="cannot determine what this is"):
        expose(value)


# Behavior


@pytest.mark.parametrize("mode", ["session", "single", "percall"])
def test_behavior_says_how_long_instances_live(mode: Any) -> None:
    @behavior(mode)
    class Thing: ...

    assert instancing_of(Thing) == Instancing(mode, None)


def test_without_behavior_an_instance_lives_as_long_as_the_connection() -> None:
    assert instancing_of(object) == Instancing("session", None)


def test_behavior_says_who_makes_instances() -> None:
    def make(cls: type) -> Any:
        return cls()

    @behavior(instance_creator=make)
    class Thing: ...

    assert instancing_of(Thing) == Instancing("session", make)


def test_behavior_is_inherited() -> None:
    @behavior("single")
    class Base: ...

    class Child(Base): ...

    assert instancing_of(Child).mode == "single"


def test_an_attribute_that_only_looks_like_behavior_means_nothing() -> None:
    class Thing:
        _pyroInstancing = "single"

    assert instancing_of(Thing).mode == "session"


def test_behavior_needs_its_parentheses() -> None:
    with pytest.raises(SyntaxError, match="missing argument"):
        behavior(type("Thing", (), {}))  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["", "Session", "forever"])
def test_an_unknown_mode_is_refused(mode: Any) -> None:
    with pytest.raises(ValueError, match=f"invalid instance mode: {mode}"):
        behavior(mode)


@pytest.mark.parametrize("creator", [5, "make", [len]])
def test_a_creator_must_be_callable(creator: Any) -> None:
    with pytest.raises(TypeError, match="must be a callable"):
        behavior("single", creator)


@pytest.mark.parametrize("target", [len, lambda: None, 5])
def test_behavior_is_for_classes(target: Any) -> None:
    with pytest.raises(TypeError, match="only be used on a class"):
        behavior("single")(target)


# Why a name cannot be used


class Account:
    limit = 10

    @expose
    def deposit(self) -> None: ...

    @property
    @expose
    def balance(self) -> int:
        return 0

    def audit(self) -> None: ...


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("_secret", "attempt to access private attribute '_secret'"),
        ("__init__", "attempt to access private attribute '__init__'"),
        ("audit", "attempt to access unexposed attribute 'audit'.*not marked with @expose"),
        ("limit", "attempt to access unexposed attribute 'limit'"),
        ("balance", "'balance' wrongly: it is an attribute, not a method"),
        ("deposit", "'deposit' wrongly: it is a method"),
        (
            "depositt",
            "'Account' object has no exposed attribute 'depositt'; did you mean 'deposit'",
        ),
        ("zzz", "'Account' object has no exposed attribute 'zzz'$"),
        ("", "'Account' object has no exposed attribute ''$"),
    ],
)
def test_a_name_that_cannot_be_used_is_explained(name: str, reason: str) -> None:
    assert re.search(reason, explain_missing(Account, name, members_of(Account)))


def test_an_explanation_of_a_long_name_is_short() -> None:
    assert len(explain_missing(Account, "x" * 100_000, members_of(Account))) < 200


def test_an_explanation_runs_no_code_of_the_class() -> None:
    class Trap:
        def __get__(self, instance: object, owner: object = None) -> None:
            raise RuntimeError("a descriptor ran")

    class Careful:
        trap = Trap()

    assert "unexposed" in explain_missing(Careful, "trap", {})
