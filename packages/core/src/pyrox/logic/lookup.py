"""What a request asks for, where it is not simply a method that everybody may call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ..access.control import AccessControl
from ..errors import SerializeError
from ..objects.exposure import Member, explain_missing, is_private, member_of
from ..objects.registry import Entry
from ..values.context import Peer
from ..values.uri import DAEMON_ID
from ..wire.message import Flags, Message
from .requests import batched

__all__ = ["GET_ATTRIBUTE", "SET_ATTRIBUTE", "Lookup"]

GET_ATTRIBUTE = "__getattr__"
SET_ATTRIBUTE = "__setattr__"
_FOR_ALL = frozenset({"ping", "get_next_stream_item", "close_stream"})
"""What a daemon object does for everybody: streams have ids that nobody can guess."""
_ABOUT_AN_OBJECT = frozenset({"get_metadata", "describe", "explain"})


class Lookup:
    """Finds the members that requests ask for, and refuses what may not be called."""

    def __init__(self, access: AccessControl, find_late: Callable[[Peer, Entry, str], Any]) -> None:
        self._access = access
        self._find_late = find_late

    def guard(self, peer: Peer, request: Message, object_id: Any, method: Any, args: Any) -> None:
        """Refuse a request that is not allowed, whether or not what it asks for is there."""
        names: list[Any] = [method]
        if not isinstance(args, list | tuple):
            args = ()
        if request.flags & Flags.BATCH:
            names = list({batched(call)[0]: None for call in args})
        elif method in (GET_ATTRIBUTE, SET_ATTRIBUTE):
            names = list(args[:1])
        if object_id == DAEMON_ID:
            if _FOR_ALL.issuperset(names):
                return
            if method in _ABOUT_AN_OBJECT and args:
                object_id, names = args[0], [None]
        self._access.check(peer, str(object_id), [name and str(name) for name in names])

    def special(
        self, peer: Peer, request: Message, entry: Entry, method: Any, args: Any
    ) -> Member | None:
        """Return the member that is asked for, None for a batch; raises where there is none."""
        if not isinstance(args, list | tuple) or not isinstance(method, str):
            raise SerializeError("malformed call: a method name and a sequence were expected")
        if request.flags & Flags.BATCH:
            return None
        if method not in (GET_ATTRIBUTE, SET_ATTRIBUTE):
            return self._method(peer, entry, method)
        wanted = 1 if method == GET_ATTRIBUTE else 2
        if len(args) != wanted or not isinstance(args[0], str):
            raise SerializeError(f"malformed call: {method} takes {wanted} arguments")
        member = entry.members.get(args[0])
        if member is None or member.is_method or (wanted == 2 and not member.writable):
            known = member is not None and not member.is_method
            raise AttributeError(
                f"attempt to access unexposed or unknown remote attribute {args[0]!r:.100}"
                f"{': it is read-only' if known else ''}"
            )
        self._access.check_roles(peer, entry.id, member, writing=wanted == 2)
        return member

    def batch(self, peer: Peer, entry: Entry, calls: Sequence[Any]) -> list[Any]:
        """Check all calls of a batch before the first one runs."""
        checked = [batched(call) for call in calls]
        for name in {call[0] for call in checked}:
            self._method(peer, entry, name)
        return checked

    def _method(self, peer: Peer, entry: Entry, name: str) -> Member:
        member = entry.members.get(name)
        if member is None or not member.is_method:
            member = self._marked_late(peer, entry, name)
        self._access.check_roles(peer, entry.id, member, writing=False)
        return member

    def _marked_late(self, peer: Peer, entry: Entry, name: str) -> Member:
        """Return a method that was marked once it was registered, or is the instance's own."""
        own = getattr(entry.target, "__dict__", {}) if entry.instancing is None else {}
        if not is_private(name):
            value = own[name] if name in own else inspect.getattr_static(entry.cls, name, None)
            found = member_of(name, value)
            if found is None:
                found = member_of(name, self._find_late(peer, entry, name))
            if found is not None and found.is_method:
                return found
        raise AttributeError(explain_missing(entry.cls, name, entry.members))
