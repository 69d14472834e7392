"""What may be called, and how long instances live. Reference 3.6, 9.2-3, 9.4."""

import operator
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5.api import Daemon, Proxy, behavior, callback, expose, oneway
from pyrox_pyro5.server import is_private_attribute

Connect = Callable[..., Proxy]

PRIVATE = (
    "__init__ __init_subclass__ __class__ __module__ __weakref__ __call__ __new__ __del__ __repr__ "
    "__str__ __format__ __nonzero__ __bool__ __coerce__ __cmp__ __eq__ __ne__ __hash__ __ge__ "
    "__gt__ __le__ __lt__ __dir__ __enter__ __exit__ __copy__ __deepcopy__ __sizeof__ __getattr__ "
    "__setattr__ __hasattr__ __getattribute__ __delattr__ __instancecheck__ __subclasscheck__ "
    "__getinitargs__ __getnewargs__ __getstate__ __setstate__ __reduce__ __reduce_ex__ "
    "__subclasshook__ _one __two __ ____ _"
).split()


@pytest.mark.parametrize("name", PRIVATE)
def test_a_private_name(name: str) -> None:
    assert is_private_attribute(name)


@pytest.mark.parametrize("name", ["a", "a_", "__len__", "__getitem__", "__add__", "__made_up__"])
def test_a_public_name(name: str) -> None:
    assert not is_private_attribute(name)


def test_expose_marks_a_function() -> None:
    @expose
    def function() -> None: ...

    assert function._pyroExposed  # type: ignore[attr-defined]


def test_oneway_and_callback_mark_and_expose_nothing() -> None:
    @oneway
    @callback
    def function() -> None: ...

    assert function._pyroOneway  # type: ignore[attr-defined]
    assert function._pyroCallback  # type: ignore[attr-defined]
    assert not hasattr(function, "_pyroExposed")


def test_a_private_name_cannot_be_exposed() -> None:
    def _hidden() -> None: ...

    with pytest.raises(AttributeError, match=r"exposing private names \(starting with _\) is not"):
        expose(_hidden)
    with pytest.raises(AttributeError, match="exposing private names"):
        expose(type("_Hidden", (), {}))


@pytest.mark.parametrize("kind", [classmethod, staticmethod])
def test_expose_stands_next_to_the_function(kind: Any) -> None:
    def method() -> None: ...

    with pytest.raises(AttributeError, match="method"):
        expose(kind(method))


@pytest.mark.parametrize("what", [5, "text", object()])
def test_expose_refuses_what_is_no_code(what: Any) -> None:
    with pytest.raises(AttributeError, match="cannot determine what this is"):
        expose(what)


class Base:
    def inherited_hidden(self) -> str:
        return "hidden"

    @expose
    def inherited(self) -> str:
        return "inherited"

    @expose
    def overridden(self) -> str:
        return "base"


@expose
class Whole(Base):
    plain = 5
    picked = operator.attrgetter("plain")

    class Nested:
        def __call__(self) -> str:
            return "nested"

    def method(self) -> str:
        return "method"

    @classmethod
    def of_class(cls) -> str:
        return cls.__name__

    @staticmethod
    def of_nothing() -> str:
        return "static"

    @property
    def both(self) -> int:
        return 1

    @both.setter
    def both(self, value: int) -> None: ...

    def __len__(self) -> int:
        return 7

    def __add__(self, other: int) -> int:
        return 7 + other

    def _private(self) -> None: ...


class Part(Base):
    @expose  # type: ignore[prop-decorator]
    @property
    def shown(self) -> int:
        return 1

    @property
    def hidden(self) -> int:
        raise AssertionError("a getter that is not exposed ran")

    def overridden(self) -> str:
        return "part"


def test_a_whole_class_exposes_its_own_public_members(daemon: Daemon) -> None:
    proxy = daemon.proxyFor(daemon.register(Whole).object)
    assert proxy._pyroMethods == {
        "inherited", "overridden", "method", "of_class", "of_nothing", "__len__", "__add__",
    }  # fmt: skip
    assert proxy._pyroAttrs == {"both"}


def test_a_member_of_its_own_covers_the_exposed_one_that_it_overrides(daemon: Daemon) -> None:
    proxy = daemon.proxyFor(daemon.register(Part).object)
    assert proxy._pyroMethods == {"inherited"}
    assert proxy._pyroAttrs == {"shown"}


def test_class_and_static_methods_and_special_methods_can_be_called(connect: Connect) -> None:
    proxy = connect(Whole)
    assert (proxy.of_class(), proxy.of_nothing()) == ("Whole", "static")
    assert len(proxy) == 7
    assert proxy.__add__(3) == 10


def test_a_special_method_can_be_called_by_name_on_a_new_proxy(connect: Connect) -> None:
    assert connect(Whole).__add__(3) == 10


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("_private", "attempt to access private attribute '_private'"),
        ("__init__", "attempt to access private attribute '__init__'"),
        ("inherited_hidden", "attempt to access unexposed attribute 'inherited_hidden'"),
        ("Nested", "attempt to access unexposed attribute 'Nested'"),
        ("plain", "attempt to access unexposed attribute 'plain'"),
        ("nothing", "nothing"),
    ],
)
def test_the_daemon_refuses_what_is_not_exposed(connect: Connect, call: str, text: str) -> None:
    with pytest.raises(AttributeError, match=text):
        connect(Whole)._pyroInvoke(call, (), {})


@pytest.mark.parametrize("name", ["hidden", "_private", "inherited", "nothing", "__class__"])
def test_the_daemon_refuses_to_read_what_is_no_exposed_property(
    connect: Connect, name: str
) -> None:
    # Reference 9.2-3: Pyro5 ran the getter of a property before it refused it.
    with pytest.raises(
        AttributeError, match=f"attempt to access unexposed or unknown remote attribute '{name}'"
    ):
        connect(Part)._pyroInvoke("__getattr__", (name,), None)


def test_a_foreign_class_is_exposed_by_calling_expose(connect: Connect) -> None:
    class Foreign:
        def hello(self) -> str:
            return "hello"

    assert connect(expose(Foreign)).hello() == "hello"


# Instances


class Numbered:
    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.number = type(self).made

    @expose
    def which(self) -> int:
        return self.number

    def __len__(self) -> int:
        return 0  # an instance that is not true


def numbers(daemon: Daemon, mode: str) -> list[list[int]]:
    """Which instance answers two calls of each of two clients."""

    @behavior(instance_mode=mode)  # type: ignore[arg-type]
    class Own(Numbered):
        made = 0

    uri = daemon.register(Own)
    found = []
    for _ in range(2):
        with Proxy(uri) as proxy:
            found.append([proxy.which(), proxy.which()])
    return found


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("session", [[1, 1], [2, 2]]),
        ("single", [[1, 1], [1, 1]]),
        ("percall", [[1, 2], [3, 4]]),
    ],
)
def test_how_long_an_instance_lives(daemon: Daemon, mode: str, expected: list[list[int]]) -> None:
    # Reference 9.3-6: in Pyro5 an instance that is not true was made anew for every call.
    assert numbers(daemon, mode) == expected


def test_a_session_is_the_default(daemon: Daemon) -> None:
    class Own(Numbered):
        made = 0

    uri = daemon.register(Own)
    with Proxy(uri) as one, Proxy(uri) as two:
        assert [one.which(), two.which(), one.which()] == [1, 2, 1]


def test_an_instance_creator_makes_the_instances(connect: Connect) -> None:
    def creator(cls: type) -> Any:
        instance = cls()
        instance.number = 99
        return instance

    @behavior(instance_mode="single", instance_creator=creator)
    class Made(Numbered):
        made = 0

    assert connect(Made).which() == 99


def test_a_creator_has_to_make_instances_of_the_class(connect: Connect) -> None:
    @behavior(instance_mode="single", instance_creator=lambda cls: object())
    class Wrong(Numbered): ...

    with pytest.raises(TypeError, match="instance creator returned object of different type"):
        connect(Wrong).which()


def test_what_behavior_refuses() -> None:
    with pytest.raises(SyntaxError, match=r"behavior decorator is missing argument\(s\)"):
        behavior(Numbered)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="invalid instance mode: sometimes"):
        behavior(instance_mode="sometimes")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        behavior(instance_creator=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        behavior(instance_mode="single")(lambda: None)  # type: ignore[arg-type]
