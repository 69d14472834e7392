"""What may be called: nothing that is not marked, and never a private name."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import pytest

from pyrox import expose
from pyrox.objects.exposure import is_private, members_of

PRIVATE_DUNDERS = (
    "init init_subclass class module weakref call new del repr str format nonzero bool coerce cmp "
    "eq ne hash ge gt le lt dir enter exit copy deepcopy sizeof getattr setattr hasattr "
    "getattribute delattr instancecheck subclasscheck getinitargs getnewargs getstate setstate "
    "reduce reduce_ex subclasshook"
).split()


class Plain:
    """Not exposed as a class: only what is marked by itself counts."""

    @expose
    def marked(self) -> None: ...

    def unmarked(self) -> None: ...


@expose
class Exposed:
    attribute = 5

    def __init__(self) -> None: ...

    def method(self) -> None: ...

    def _private(self) -> None: ...

    def __mangled(self) -> None: ...

    def __len__(self) -> int:
        return 0

    def __call__(self) -> None: ...

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return 1

    @property
    def value(self) -> int:
        return 1

    @staticmethod
    def static() -> None: ...

    @classmethod
    def of_class(cls) -> None: ...

    class Nested:
        def inner(self) -> None: ...


def names(cls: type) -> set[str]:
    return set(members_of(cls))


@pytest.mark.parametrize("name", [f"__{name}__" for name in PRIVATE_DUNDERS])
def test_some_dunder_names_are_always_private(name: str) -> None:
    assert is_private(name)


@pytest.mark.parametrize(
    "name", ["_", "__", "___", "____", "_x", "__x", "_x_", "__x_", "_x__", "__private", "_Plain__x"]
)
def test_a_leading_underscore_makes_a_name_private(name: str) -> None:
    assert is_private(name)


@pytest.mark.parametrize(
    "name", ["x", "x_", "x__", "__len__", "__getitem__", "__iter__", "__add__", "__invented__", ""]
)
def test_any_other_name_is_public(name: str) -> None:
    assert not is_private(name)


def test_a_marked_method_is_exposed_and_an_unmarked_one_is_not() -> None:
    assert names(Plain) == {"marked"}


def test_a_marked_class_exposes_its_public_functions_and_properties() -> None:
    assert names(Exposed) == {"method", "__len__", "value", "static", "of_class"}


def test_plain_attributes_and_nested_classes_are_never_exposed() -> None:
    assert "attribute" not in names(Exposed)
    assert "Nested" not in names(Exposed)
    assert names(Exposed.Nested) == set()


def test_inherited_members_of_an_unmarked_base_stay_hidden() -> None:
    class Base:
        def hidden(self) -> None: ...

    @expose
    class Child(Base):
        def shown(self) -> None: ...

    assert names(Child) == {"shown"}


def test_inherited_members_of_a_marked_base_stay_exposed() -> None:
    class Child(Exposed):
        def hidden(self) -> None: ...

    assert names(Child) == names(Exposed)


def test_an_override_is_hidden_until_it_is_marked_too() -> None:
    class Hidden(Exposed):
        def method(self) -> None: ...

    class Shown(Exposed):
        @expose
        def method(self) -> None: ...

    assert "method" not in names(Hidden)
    assert "method" in names(Shown)


def test_marking_a_subclass_leaves_its_base_alone() -> None:
    class Base:
        def work(self) -> None: ...

    @expose
    class Child(Base):
        def work(self) -> None: ...

    assert names(Base) == set()
    assert names(Child) == {"work"}


def test_a_class_of_somebody_else_is_exposed_by_a_function_call() -> None:
    class ThirdParty:
        def work(self) -> None: ...

    assert expose(ThirdParty) is ThirdParty
    assert names(ThirdParty) == {"work"}


def test_exposing_changes_nothing_locally() -> None:
    @expose
    def double(number: int) -> int:
        return 2 * number

    assert double(4) == 8


def test_a_member_that_is_deleted_by_a_subclass_is_gone() -> None:
    class Child(Exposed):
        method = None  # type: ignore[assignment]

    assert "method" not in names(Child)


def test_call_is_exposed_only_by_itself() -> None:
    class Callable_:
        @expose
        def __call__(self) -> None: ...

    assert names(Callable_) == {"__call__"}


def test_reading_the_members_runs_no_code_of_the_class() -> None:
    class Trap:
        def __get__(self, instance: object, owner: object = None) -> None:
            raise AssertionError("a descriptor ran")

    @expose
    class Careful:
        trap = Trap()

        def method(self) -> None: ...

    assert names(Careful) == {"method"}


# Classmethods and staticmethods


@pytest.mark.parametrize("kind", [classmethod, staticmethod])
def test_expose_stands_next_to_the_function(kind: Callable[[Any], Any]) -> None:
    def function(*args: object) -> None: ...

    assert names(type("Right", (), {"function": kind(expose(function))})) == {"function"}


@pytest.mark.parametrize("kind", [classmethod, staticmethod])
def test_the_other_order_is_refused_by_name(kind: Callable[[Any], Any]) -> None:
    def function(*args: object) -> None: ...

    with pytest.raises(AttributeError, match=f"below @{kind.__name__}.*'function'"):
        expose(kind(function))


def test_what_takes_no_mark_keeps_no_class_from_being_exposed() -> None:
    @expose
    class Wrapping:
        length = staticmethod(len)
        size = property(attrgetter("other"))

        def other(self) -> None: ...

    assert names(Wrapping) == {"other"}
