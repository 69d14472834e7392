"""The objects of a daemon: by id, by identity, and the instances of registered classes."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from ..errors import DaemonError, UsageError
from ..values.ids import new_uuid
from ..values.reference import Members, ObjectReference
from ..values.spelling import did_you_mean
from ..values.uri import DAEMON_ID, URI
from .exposure import Instancing, Member, asks_for_session, instancing_of, members_of, names_of

__all__ = ["Entry", "Instances", "Registry", "find_reference"]


class Entry:
    """One registered object or class. ``fixed`` is the object itself where it never changes.

    ``in_turn`` tells that a connection's calls of it are to run one after the other: that is a
    class which asks for an instance for each ``session``.
    """

    __slots__ = (
        "_weak", "cls", "fixed", "id", "identity", "in_turn", "instancing", "members", "names",
    )  # fmt: skip

    def __init__(self, object_id: str, target: Any) -> None:
        self.id = object_id
        self.identity = id(target)
        self._weak: weakref.ref[Any] | None = None
        if inspect.isclass(target):
            self.cls: type = target
            self.fixed: Any = None
            self.instancing: Instancing | None = instancing_of(target)
        else:
            self.cls = type(target)
            self.fixed = target
            self.instancing = None
        self.in_turn = self.instancing is not None and asks_for_session(self.cls)
        self.members: dict[str, Member] = {}
        self.names = Members()
        self.refresh()

    def weaken(self, when_gone: Callable[[Any], None]) -> None:
        """Keep the object no longer alive; call ``when_gone`` when it is collected."""
        self._weak, self.fixed = weakref.ref(self.fixed, when_gone), None

    def refresh(self) -> None:
        """Read the exposed members again, for a class that changed after it was registered."""
        self.members = members_of(self.cls)
        self.names = names_of(self.members)

    @property
    def target(self) -> Any:
        """What was registered, or None where a weakly registered object is gone."""
        if self._weak is not None:
            return self._weak()
        return self.cls if self.instancing is not None else self.fixed

    def create(self) -> Any:
        """Return a new instance of the registered class, made as ``@behavior`` says."""
        creator = self.instancing.creator if self.instancing else None
        if creator is None:
            return self.cls()
        instance = creator(self.cls)
        if not isinstance(instance, self.cls):
            raise TypeError(
                "instance creator returned object of different type: "
                f"{type(instance).__name__} instead of {self.cls.__name__}"
            )
        return instance


class Instances(dict[type, Any]):
    """Instances by their class.

    ``guard`` is held while one is made, so that it is made once. ``new_guard()`` makes it when it
    is needed, which it is not for most connections; the driver says what kind of lock that takes.
    """

    __slots__ = ("__dict__", "_new_guard")

    def __init__(self, new_guard: Callable[[], AbstractContextManager[Any]]) -> None:
        self._new_guard = new_guard

    @property
    def guard(self) -> AbstractContextManager[Any]:
        """What is held while an instance is made."""
        found: AbstractContextManager[Any] | None = self.__dict__.get("guard")
        # Of several threads that come here at once, all get the one that the first put there.
        return found or self.__dict__.setdefault("guard", self._new_guard())


class Registry:
    """The table of what a daemon serves.

    ``locate`` returns the URI for an object id; ``lock`` guards the creation of single instances
    (the driver says what kind of lock that takes), which are kept in ``singles``.
    """

    def __init__(self, locate: Callable[[str], URI], lock: AbstractContextManager[Any]) -> None:
        self.objects: dict[str, Entry] = {}
        self._by_identity: dict[int, Entry] = {}
        self.singles = Instances(lambda: lock)
        self._locate = locate
        _registries.add(self)

    def register(
        self, target: Any, object_id: str | None = None, *, force: bool = False, weak: bool = False
    ) -> Entry:
        """Add an object or class; see :meth:`pyrox.Daemon.register`."""
        object_id = _checked_id(object_id) if object_id else f"obj_{new_uuid().hex}"
        if weak and inspect.isclass(target):
            raise TypeError("a class cannot be registered weakly, an object can")
        if not force:
            if id(target) in self._by_identity:
                raise DaemonError(
                    "object or class already has a Pyro id: "
                    f"{self._by_identity[id(target)].id!r}; unregister it first, or use force=True"
                )
            if object_id in self.objects:
                raise DaemonError(
                    f"an object or class is already registered with that id: {object_id!r}; "
                    "choose another, or use force=True"
                )
        entry = Entry(object_id, target)
        if weak:
            entry.weaken(self._forgetter(entry))
        if (replaced := self.objects.get(object_id)) is not None:
            self._remove(replaced)
        self.objects[object_id] = entry
        self._by_identity[id(target)] = entry
        return entry

    def unregister(self, target: Any) -> None:
        """Remove an object, a class or an id; an unknown id and the daemon's own do nothing."""
        if target is None:
            raise ValueError("object to unregister is None")
        if isinstance(target, str):
            entry = self.objects.get(target)
        else:
            entry = self._by_identity.get(id(target))
            if entry is None:
                raise DaemonError("object isn't registered")
        if entry is not None and entry.id != DAEMON_ID:
            self._remove(entry)

    def find(self, target: Any) -> Entry:
        """Return the entry of an object, a class or an id; DaemonError where there is none."""
        entry = (
            self.objects.get(target)
            if isinstance(target, str)
            else self._by_identity.get(id(target))
        )
        if entry is None:
            raise DaemonError(
                self.unknown(target)
                if isinstance(target, str)
                else "object isn't registered in this daemon"
            )
        return entry

    def refresh(self, cls: type) -> None:
        """Read the exposed members of all objects of a class again."""
        for entry in list(self.objects.values()):
            if issubclass(entry.cls, cls):
                entry.refresh()

    def unknown(self, object_id: str) -> str:
        """Say that there is no such object, and which one may have been meant."""
        object_id = object_id[:200]
        return f"unknown object: {object_id!r}" + did_you_mean(object_id, self.objects)

    def instance(self, entry: Entry, session: Instances) -> Any:
        """Return the object that serves a call; ``session`` keeps the connection's instances."""
        if entry.instancing is None:
            target = entry.target
            if target is None:
                raise DaemonError(f"the object {entry.id!r} was garbage collected in the server")
            return target
        if entry.instancing.mode == "percall":
            return entry.create()
        if entry.instancing.mode == "session":
            return self._kept(session, entry)
        return self._kept(self.singles, entry)

    def reference_to(self, value: Any) -> ObjectReference | None:
        """Return the reference to ``value`` if it is registered here."""
        entry = self._by_identity.get(id(value))
        if entry is None or entry.target is not value:
            return None
        return ObjectReference(self._locate(entry.id), entry.names)

    @staticmethod
    def _kept(instances: Instances, entry: Entry) -> Any:
        # Not a test of truth: an instance may well be false, an empty container for one.
        if entry.cls not in instances:
            with instances.guard:
                if entry.cls not in instances:
                    instances[entry.cls] = entry.create()
        return instances[entry.cls]

    def _remove(self, entry: Entry) -> None:
        # Step by step, each of them atomic: methods register and unregister objects all at once.
        self.objects.pop(entry.id, None)
        if self._by_identity.get(entry.identity) is entry:
            self._by_identity.pop(entry.identity, None)

    def _forgetter(self, entry: Entry) -> Callable[[Any], None]:
        """Return what removes a weakly registered object, without keeping this table alive."""
        owner = weakref.ref(self)

        def forget(_: Any) -> None:
            registry = owner()
            if registry is not None and registry.objects.get(entry.id) is entry:
                registry._remove(entry)

        return forget


_registries: weakref.WeakSet[Registry] = weakref.WeakSet()


def find_reference(value: Any) -> ObjectReference | None:
    """Return the reference to an object that any daemon of this process serves.

    That is how an object passed through a proxy, to somebody else's daemon, arrives as a proxy.
    """
    for registry in list(_registries):
        reference = registry.reference_to(value)
        if reference is not None:
            return reference
    return None


def _checked_id(object_id: str) -> str:
    if not isinstance(object_id, str):
        raise TypeError(f"an object id is a str, not {object_id!r}")
    if "@" in object_id or any(character.isspace() for character in object_id):
        raise UsageError(f"invalid object id {object_id!r}: it is part of a URI, no spaces or @")
    return object_id
