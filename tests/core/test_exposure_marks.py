"""Exposed properties, and what else a method can be marked as."""

import pytest

from pyrox import callback, expose, oneway
from pyrox.objects.exposure import instancing_of, members_of, names_of


def names(cls: type) -> set[str]:
    return set(members_of(cls))


class Properties:
    def __init__(self) -> None:
        self._value = 0

    @expose  # type: ignore[prop-decorator]
    @property
    def read_only(self) -> int:
        return 1

    @property
    def hidden(self) -> int:
        return 1

    @property
    @expose
    def getter_marked(self) -> int:
        return self._value

    @getter_marked.setter
    def getter_marked(self, value: int) -> None:
        self._value = value

    @property
    def setter_marked(self) -> int:
        return self._value

    @setter_marked.setter
    @expose
    def setter_marked(self, value: int) -> None:
        self._value = value


def test_a_property_is_readable_if_its_getter_is_marked() -> None:
    assert names(Properties) == {"read_only", "getter_marked"}


def test_a_property_is_writable_if_it_has_a_setter_too() -> None:
    members = members_of(Properties)
    assert not members["read_only"].writable
    assert members["getter_marked"].writable
    assert not any(member.is_method for member in members.values())


def test_a_property_that_can_only_be_written_is_exposed_by_its_setter() -> None:
    class WriteOnly:
        def _set(self, value: int) -> None: ...

        def set_value(self, value: int) -> None: ...

        value = expose(property(None, set_value))

    assert members_of(WriteOnly)["value"].writable


# Other marks


def test_oneway_and_callback_expose_nothing() -> None:
    class Marked:
        @oneway
        def one(self) -> None: ...

        @callback
        def two(self) -> None: ...

    assert names(Marked) == set()


@pytest.mark.parametrize("order", ["above", "below"])
def test_marks_may_stand_in_any_order(order: str) -> None:
    def function(self: object) -> None: ...

    marked = expose(oneway(function)) if order == "below" else oneway(expose(function))
    member = members_of(type("Marked", (), {"function": marked}))["function"]
    assert member.oneway


def test_idempotent_methods_say_so() -> None:
    class Lookup:
        @expose(idempotent=True)
        def find(self) -> None: ...

        @expose
        def add(self) -> None: ...

    members = members_of(Lookup)
    assert members["find"].idempotent
    assert not members["add"].idempotent


def test_a_class_may_be_idempotent_as_a_whole() -> None:
    @expose(idempotent=True)
    class Reader:
        def read(self) -> None: ...

        @property
        def size(self) -> int:
            return 0

        @staticmethod
        def version() -> None: ...

    assert names_of(members_of(Reader)).idempotent == {"read", "size", "version"}


def test_names_are_sorted_by_what_they_are() -> None:
    class Mixed:
        @expose
        @oneway
        def push(self) -> None: ...

        @expose(idempotent=True)
        def pull(self) -> None: ...

        @property
        @expose
        def size(self) -> int:
            return 0

    told = names_of(members_of(Mixed))
    assert told.methods == {"push", "pull"}
    assert told.attributes == {"size"}
    assert told.oneway == {"push"}
    assert told.idempotent == {"pull"}


def test_what_was_marked_by_pyro5_counts_as_marked() -> None:
    class Thing:
        _pyroInstancing = ("single", None)

        def hello(self) -> str:
            return "hello"

        hello._pyroExposed = True  # type: ignore[attr-defined]
        hello._pyroOneway = True  # type: ignore[attr-defined]

    assert members_of(Thing)["hello"].oneway
    assert instancing_of(Thing).mode == "single"
