"""What stands behind a proxy, as far as it does not matter how one waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..contracts.converters import Converters, default_converters
from ..errors import CommunicationError, ConnectionClosedError, Outcome
from ..plugins import Plugins, installed_plugins
from ..values.config import Config, current_config
from ..values.context import (
    CallOptions,
    Peer,
    options,
    reply_annotations,
    serving,
    time_limit,
)
from ..values.reference import Members, ObjectReference
from ..values.spelling import did_you_mean
from ..values.uri import URI
from ..wire.buffers import Buffer
from .interfaces import Interface
from .remote import Caller

__all__ = ["HIDDEN", "Attempts", "RemoteObjectBase", "cannot_reconnect"]

HIDDEN = "it has one, but does not expose it (@expose is missing there)"
"""What is said of a member that is there and cannot be used."""

_RETRY_PAUSE = 0.05
_MAX_PAUSE = 2.0


class Connected(Protocol):
    """What is asked of a driver's connection."""

    caller: Caller
    members: Members
    handshake_answer: Any

    @property
    def closed(self) -> bool:
        """True once it is of no further use."""


class RemoteObjectBase:
    """Which object a proxy stands for, how it is called, and what is known about it."""

    keeps_place = True
    """Whether the place that a name led to is good for connecting again, without looking it up."""

    _connection: Connected | None

    def __init__(
        self,
        uri: URI,
        config: Config | None,
        converters: Converters | None,
        serializer: str | None,
        timeout: float | None,
        handshake: Any,
        members: Members | None,
        plugins: Plugins | None,
    ) -> None:
        self.config = config or current_config()
        self.converters = converters or default_converters
        self._plugins = plugins
        self.uri = uri
        self.handshake = handshake
        self.timeout = self.config.timeout if timeout is None else timeout
        self.max_retries = self.config.max_retries
        self._serializer = serializer or self.config.serializer
        self._members = members or Members()
        self._connection = None
        self._object_id = uri.object
        self._sequence = 0
        self._place: tuple[URI, URI] | None = None
        self._has_own_converters = False
        self.interface: Interface | None = None
        """What the arguments of calls are held against, before they travel."""
        self.annotations: dict[str, Buffer] = {}
        """Annotations, 4 letters to bytes, that go with every call of this proxy."""

    @property
    def known_place(self) -> URI | None:
        """Where ``uri`` led to when it was last connected; None before, and for ``PYRO:`` URIs."""
        if self._place is None or self._place[0] != self.uri or not self.keeps_place:
            return None
        return self._place[1]

    @property
    def serializer(self) -> str:
        """The name of the serializer to call with, or ``auto`` for the best that both have."""
        return self._serializer

    @serializer.setter
    def serializer(self, name: str | None) -> None:
        name = name or "auto"
        if name != "auto":
            self.plugins.serializer(name)
        self._serializer = name
        if self._connection is not None:
            self._connection.caller.use(name)

    @property
    def plugins(self) -> Plugins:
        """The plugins in use."""
        if self._plugins is None:
            self._plugins = installed_plugins()
        return self._plugins

    @property
    def connected(self) -> bool:
        """True while there is a connection."""
        connection = self._connection
        return connection is not None and not connection.closed

    @property
    def peer(self) -> Peer | None:
        """The daemon's program, once connected."""
        return self._connection.caller.peer if self._connection else None

    @property
    def sequence(self) -> int:
        """The sequence number of the last message that was sent, 0 before the first."""
        connection = self._connection
        return self._sequence if connection is None else connection.caller.protocol.sequence

    @property
    def handshake_answer(self) -> Any:
        """What the daemon's handshake validation answered, once connected."""
        return self._connection.handshake_answer if self._connection else None

    @property
    def known_members(self) -> Members:
        """The names known so far, without asking anybody."""
        return self._members

    @property
    def metadata(self) -> Members:
        """The names of the object's methods and attributes, empty before they are known."""
        return self._members

    @property
    def response_annotations(self) -> Mapping[str, Buffer]:
        """The annotations that came back with the last answer, in this thread or task."""
        return reply_annotations.get() or {}

    def register_class(
        self,
        cls: type,
        to_dict: Callable[[Any], Any] | None = None,
        from_dict: Callable[[dict[str, Any]], Any] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Let instances of a class travel through this proxy; see Converters.register."""
        if not self._has_own_converters:
            self._has_own_converters = True
            self.converters = self.converters.child()
            if self._connection is not None:
                self._connection.caller.convert_by(self.converters)
        self.converters.register(cls, to_dict, from_dict, name=name)

    def unregister_class(self, cls: type, *, name: str | None = None) -> None:
        """Take back :meth:`register_class`; a class that is not registered is passed over."""
        if self._has_own_converters:
            self.converters.unregister(cls, name=name)

    def validate_handshake(self, answer: Any) -> None:
        """Look at a new connection, and at what the daemon answered; raise to give it up.

        To be overridden. ``peer.stream`` is the connection itself. Over a connected socket there
        is no handshake, and ``answer`` is None.
        """

    def reference(self) -> ObjectReference:
        """Return what stands for this proxy when it travels: no secrets, no connection."""
        serializer = None if self._serializer == "auto" else self._serializer
        return ObjectReference(self.uri, self._members, serializer)

    def _annotated(self, outgoing: CallOptions | None) -> CallOptions:
        """Return what travels beside a call made now, with this proxy's own annotations."""
        given = outgoing or CallOptions()
        return given._replace(annotations={**self.annotations, **(given.annotations or {})})

    def _missing(self, name: str) -> tuple[str, bool]:
        """Say that there is no such member; and tell whether the daemon may know more."""
        known = sorted(self._members.methods | self._members.attributes)
        hint = did_you_mean(name, known)
        text = f"remote object '{self.uri}' has no exposed attribute or method {name!r}{hint}"
        peer = self.peer
        return text, peer is not None and peer.is_pyrox and not name.startswith("_")

    def _deadline(self) -> float:
        """Return the instant by which a call made now has to be over, 0 for never."""
        own = time.monotonic() + self.timeout if self.timeout else 0.0
        if options.get() is None and serving.get() is None:
            return own
        limit = time_limit()
        return min(own, limit) if own and limit else own or limit


class Attempts:
    """The attempts at one call: whether another one is safe, and after which pause."""

    __slots__ = ("_deadline", "_left", "_may_have_run", "_pause")

    def __init__(self, retries: int, deadline: float) -> None:
        self._left = retries
        self._deadline = deadline
        self._pause = _RETRY_PAUSE
        self._may_have_run = False

    def pause_after(self, error: CommunicationError, idempotent: bool) -> float:
        """Return how long to wait, in seconds, before the next one; 0 where there is none.

        Then ``error`` is what to raise.
        """
        lost = error.outcome is Outcome.UNKNOWN
        self._may_have_run |= lost
        repeatable = error.outcome is Outcome.NOT_SENT or (lost and idempotent)
        over = self._deadline and time.monotonic() + self._pause >= self._deadline
        if not self._left or not repeatable or over:
            if self._may_have_run and error.outcome is Outcome.NOT_SENT:
                error.outcome = Outcome.UNKNOWN  # an earlier attempt's
            return 0.0
        self._left -= 1
        pause, self._pause = self._pause, min(self._pause * 2, _MAX_PAUSE)
        return pause


def cannot_reconnect(uri: URI, error: CommunicationError) -> ConnectionClosedError:
    """Return the error that says that no attempt at a new connection succeeded."""
    return ConnectionClosedError(f"failed to reconnect to {uri}: {error}", outcome=Outcome.NOT_SENT)
