"""What may be called: the marks that classes carry, and the table of members read from them.

The rules are Pyro 5's. Nothing is callable that is not marked; private names (a leading
underscore) never are; of the dunder names, those in ``PRIVATE_DUNDERS`` never are. The marks have
Pyro 5's names as well, so that a class which was written for Pyro 5 is served as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar, overload

from ..values.reference import Members
from ..values.spelling import did_you_mean

__all__ = [
    "Instancing",
    "Member",
    "behavior",
    "callback",
    "explain_missing",
    "expose",
    "instancing_of",
    "is_private",
    "members_of",
    "oneway",
]

T = TypeVar("T")
InstanceMode = Literal["session", "single", "percall"]

PRIVATE_DUNDERS = frozenset(
    f"__{name}__"
    for name in (
        "init init_subclass class module weakref call new del repr str format nonzero bool coerce "
        "cmp eq ne hash ge gt le lt dir enter exit copy deepcopy sizeof getattr setattr hasattr "
        "getattribute delattr instancecheck subclasscheck getinitargs getnewargs getstate "
        "setstate reduce reduce_ex subclasshook"
    ).split()
)
ASKED_BY_PYTHON = frozenset(
    f"__{name}__"
    for name in (
        "abstractmethods annotations array array_interface array_struct await code deepcopy dict "
        "file fspath func getinitargs getnewargs getnewargs_ex getstate index isabstractmethod "
        "iter length_hint mro_entries name objclass origin path qualname self set_name setstate "
        "signature slots text_signature wrapped"
    ).split()
)
"""Names that Python, copy and pickle look for on whatever they meet: no reason to connect."""
_ON_REQUEST = "__call__"
"""Private too, unless a function of this name is marked by itself: a deliberate act."""


class Instancing(NamedTuple):
    """How long an instance of a registered class lives, and who makes it."""

    mode: InstanceMode = "session"
    creator: Callable[[type], Any] | None = None


class Member:
    """One exposed method or attribute of a class.

    ``is_async`` tells that it is to be awaited, ``inline`` that it never waits for anything.
    ``slow`` and ``strikes`` are a server's own notes on a method that was seen to take its time.
    """

    __slots__ = (
        "callback",
        "idempotent",
        "inline",
        "is_async",
        "is_method",
        "name",
        "oneway",
        "requires",
        "requires_to_write",
        "slow",
        "strikes",
        "writable",
    )

    def __init__(self, name: str, function: Any, is_method: bool, setter: Any = None) -> None:
        self.name = name
        self.is_method = is_method
        self.writable = setter is not None
        self.oneway = bool(getattr(function, "_pyroOneway", False))
        self.callback = bool(getattr(function, "_pyroCallback", False))
        self.idempotent = bool(getattr(function, "_pyro_idempotent", False))
        self.inline = bool(getattr(function, "_pyro_inline", False))
        self.is_async = _is_async(function)
        self.requires = _required_by(function)
        self.requires_to_write = _required_by(setter) or self.requires
        self.slow = self.strikes = 0


def _is_async(function: Any) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _required_by(function: Any) -> frozenset[str]:
    roles: frozenset[str] = getattr(function, "_pyro_requires", frozenset())
    return roles


_LONGEST_NAME = 200


def is_private(name: str) -> bool:
    """Tell whether ``name`` can never be exposed."""
    if name in PRIVATE_DUNDERS:
        return True
    if not name.startswith("_"):
        return False
    return not (len(name) > 4 and name.startswith("__") and name.endswith("__"))


@overload
def expose(target: T) -> T: ...
@overload
def expose(
    *, idempotent: bool = ..., requires: str | Iterable[str] = ..., inline: bool = ...
) -> Callable[[T], T]: ...
def expose(
    target: Any = None,
    *,
    idempotent: bool = False,
    requires: str | Iterable[str] = (),
    inline: bool = False,
) -> Any:
    """Let remote callers use a method, a property, or all public members of a class.

    On a class it marks the functions and properties in the class's own body; what it inherits
    stays as it is. ``idempotent`` tells that calling twice does no more than calling once, so
    that a call whose answer got lost may be made again. ``requires`` names the role, or the roles
    of which any will do, that a caller has to have; what stands at a method, or at a property's
    getter or setter, goes before what stands at the class. ``inline`` tells that it is quick and
    never waits for anything, so that an asyncio daemon may run it in its event loop: other plain
    methods get a thread there, which takes longer than many of them do.
    Raises AttributeError for private names and for what cannot be exposed.
    """
    marks: dict[str, Any] = {"_pyroExposed": True}
    if idempotent:
        marks["_pyro_idempotent"] = True
    if inline:
        marks["_pyro_inline"] = True
    if roles := frozenset([requires] if isinstance(requires, str) else requires):
        marks["_pyro_requires"] = roles
    if target is None:
        return lambda decorated: _expose(decorated, marks)
    return _expose(target, marks)


def _expose(target: Any, marks: Mapping[str, Any]) -> Any:
    name = getattr(target, "__name__", "")
    if isinstance(target, classmethod | staticmethod):
        kind = type(target).__name__
        raise AttributeError(
            f"@expose must stand below @{kind}, next to the function {target.__func__.__name__!r}"
        )
    if isinstance(target, property):
        accessor = target.fget or target.fset or target.fdel
        if accessor is None:
            raise AttributeError("@expose found a property without any accessor")
        _refuse_private(accessor.__name__)
        _mark(accessor, marks)
        return target
    if inspect.isclass(target):
        _refuse_private(name)
        for attribute, value in list(vars(target).items()):
            if not is_private(attribute):
                _mark_class_member(value, marks)
        target._pyroExposed = True  # type: ignore[attr-defined]
        return target
    if inspect.isroutine(target) and not isinstance(target, cached_property):
        if name != _ON_REQUEST:
            _refuse_private(name)
        _mark(target, marks)
        return target
    raise AttributeError(f"@expose cannot determine what this is: {target!r}")


def _refuse_private(name: str) -> None:
    if is_private(name):
        raise AttributeError(f"exposing private names (starting with _) is not allowed: {name!r}")


def _mark_class_member(value: Any, marks: Mapping[str, Any]) -> None:
    if isinstance(value, property):
        functions = [value.fget, value.fset, value.fdel]
    else:
        functions = [value.__func__ if isinstance(value, classmethod | staticmethod) else value]
    for function in functions:
        # What is written in C, such as operator.attrgetter("x"), takes no mark and stays hidden.
        if inspect.isfunction(function):
            own = {mark for mark in marks if hasattr(function, mark)}
            _mark(function, {mark: value for mark, value in marks.items() if mark not in own})


def _mark(function: Any, marks: Mapping[str, Any]) -> None:
    for mark, value in marks.items():
        setattr(function, mark, value)


def oneway(method: T) -> T:
    """Mark a method whose callers do not wait for it and get no answer. It exposes nothing."""
    method._pyroOneway = True  # type: ignore[attr-defined]
    return method


def callback(method: T) -> T:
    """Mark a method that others call back: its errors are logged here too. It exposes nothing."""
    method._pyroCallback = True  # type: ignore[attr-defined]
    return method


def behavior(
    instance_mode: InstanceMode = "session", instance_creator: Callable[[type], Any] | None = None
) -> Callable[[type[T]], type[T]]:
    """Say how long instances of a registered class live, and how they are made.

    ``session``: as long as the connection (the default without this decorator); ``single``: as
    long as the daemon; ``percall``: one call. ``instance_creator(cls)`` returns a new instance.
    """
    if not isinstance(instance_mode, str):
        raise SyntaxError("behavior decorator is missing argument(s)")
    if instance_mode not in ("session", "single", "percall"):
        raise ValueError(f"invalid instance mode: {instance_mode}")
    if instance_creator is not None and not callable(instance_creator):
        raise TypeError("instance_creator must be a callable")

    def decorate(cls: type[T]) -> type[T]:
        if not inspect.isclass(cls):
            raise TypeError("behavior decorator can only be used on a class")
        cls._pyroInstancing = Instancing(instance_mode, instance_creator)  # type: ignore[attr-defined]
        return cls

    return decorate


def instancing_of(cls: type) -> Instancing:
    """Return what :func:`behavior` said about ``cls``."""
    found = getattr(cls, "_pyroInstancing", None)
    return Instancing(*found) if isinstance(found, tuple) else Instancing()


def asks_for_session(cls: type) -> bool:
    """Tell whether ``cls`` says of itself that each connection is to have its own instance."""
    return hasattr(cls, "_pyroInstancing") and instancing_of(cls).mode == "session"


def members_of(cls: type) -> dict[str, Member]:
    """Return the exposed members of a class by name, inherited ones included."""
    members: dict[str, Member] = {}
    for name in dir(cls):
        if is_private(name) and name != _ON_REQUEST:
            continue
        member = member_of(name, inspect.getattr_static(cls, name, None))
        if member is not None:
            members[name] = member
    return members


def member_of(name: str, value: Any) -> Member | None:
    """Return the member that a class attribute is, or None where it is not exposed."""
    if isinstance(value, property):
        getter = value.fget
        if getattr(getter, "_pyroExposed", False):
            return Member(name, getter, is_method=False, setter=value.fset)
        if getter is None and getattr(value.fset or value.fdel, "_pyroExposed", False):
            return Member(name, value.fset, is_method=False, setter=value.fset)
        return None
    function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    if inspect.isroutine(function) and getattr(function, "_pyroExposed", False):
        return Member(name, function, is_method=True)
    return None


def names_of(members: dict[str, Member]) -> Members:
    """Return the names in a table of members, sorted by what they are."""
    table = members.values()
    return Members(
        methods=frozenset(m.name for m in table if m.is_method),
        attributes=frozenset(m.name for m in table if not m.is_method),
        oneway=frozenset(m.name for m in table if m.is_method and m.oneway),
        idempotent=frozenset(m.name for m in table if m.idempotent),
    )


def explain_missing(cls: type, name: str, members: dict[str, Member]) -> str:
    """Say why ``name`` cannot be used: private, not exposed, or not there at all."""
    if not isinstance(name, str) or len(name) > _LONGEST_NAME:
        return f"{cls.__name__!r} object has no exposed attribute {name!r:.100}"
    if is_private(name):
        return f"attempt to access private attribute {name!r}"
    if name in members:
        kind = "a method" if members[name].is_method else "an attribute, not a method"
        return f"attempt to use {name!r} wrongly: it is {kind}"
    if inspect.getattr_static(cls, name, None) is not None:
        return (
            f"attempt to access unexposed attribute {name!r}: the object has it, "
            "but it is not marked with @expose"
        )
    return f"{cls.__name__!r} object has no exposed attribute {name!r}{did_you_mean(name, members)}"
