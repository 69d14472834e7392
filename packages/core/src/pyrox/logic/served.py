"""A call that is to be served, and what it is served by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..contracts.serializer import Codec
from ..contracts.transport import Listener
from ..objects.exposure import Member
from ..objects.registry import Entry, Instances
from ..protocol.connection import ServerConnection
from ..values.context import CallContext, Peer
from ..wire.message import Flags, Message
from .welcome import Validating

__all__ = ["Host", "Invocation", "Link"]


class Link(Protocol):
    """What the logic knows of a connection that a driver keeps."""

    protocol: ServerConnection
    peer: Peer
    instances: Instances
    listener: Listener | None


class Host(Validating, Protocol):
    """What the logic asks of a daemon."""

    def find_late(self, peer: Peer, entry: Entry, name: str) -> Any:
        """Return what to call by a name that is not among an object's members, None for nothing."""

    def method_failed(self, context: CallContext, error: BaseException) -> BaseException | None:
        """Take note of an exception that a method raised; return another one to send instead."""


class Invocation(CallContext):
    """A call on its way: what was asked for, and by whom."""

    __slots__ = ("codec", "entry", "member")

    def __init__(
        self,
        host: Host,
        link: Link,
        request: Message,
        codec: Codec,
        entry: Entry,
        member: Member | None,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
    ) -> None:
        # Not through super(): there is one of these for every call.
        self.daemon = host
        self.connection = link
        self.request = request
        self.object_id = entry.id
        self.method = method
        self.deadline = 0.0
        self.cancelled = False
        self.when_cancelled = None
        self._correlation_id = None
        self._response_annotations = None
        self.codec = codec
        self.entry = entry
        self.member = member
        self.args = args
        self.kwargs = kwargs

    @property
    def is_oneway(self) -> bool:
        """True where nobody waits for an answer."""
        return bool(self.request.flags & Flags.ONEWAY)
