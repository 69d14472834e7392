"""What is known about the call being served, and what travels beside the calls being made.

Server side, :data:`current_context` tells a method who called it; what it puts into
``response_annotations`` goes back with the answer. Client side, :func:`call_options` adds
annotations, a correlation id and a time limit to the calls made in a block.
Everything lives in context variables: threads and tasks do not see each other's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..access.identity import Credentials, Identity
from ..wire.buffers import Buffer
from ..wire.message import Message
from .ids import new_uuid, uuid_from

if TYPE_CHECKING:
    from uuid import UUID

__all__ = [
    "CallContext",
    "CallOptions",
    "CurrentContext",
    "Peer",
    "call_options",
    "current_call",
    "current_context",
    "limited",
    "options",
    "reply_annotations",
    "serving",
    "time_limit",
    "timeout",
]


class Resource(Protocol):
    """Something that is closed when the client goes away."""

    def close(self) -> Any:
        """Release what it holds."""


class Peer:
    """The program at the other end of a connection.

    ``address`` is what the operating system says (host and port, or a path), ``capabilities``
    and ``serializers`` are what it announced in the handshake; both are empty for a Pyro5 peer.
    ``stream`` is the connection with it, to look at: reading or writing would break it.
    ``identity`` is who a client proved to be, None for who did not (and for daemons).
    ``instances`` are those of registered classes that live as long as the connection, by class.
    """

    __slots__ = (
        "__weakref__", "address", "capabilities", "identity", "instances", "is_pyrox",
        "serializers", "software", "stream",
    )  # fmt: skip

    def __init__(
        self,
        address: object = None,
        stream: Any = None,
        instances: MutableMapping[type, Any] | None = None,
    ) -> None:
        self.address = address
        self.stream = stream
        self.instances = {} if instances is None else instances
        self.identity: Identity | None = None
        self.is_pyrox = False
        self.software = ""
        self.capabilities: frozenset[str] = frozenset()
        self.serializers: tuple[str, ...] = ()

    @property
    def certificate(self) -> Mapping[str, Any] | None:
        """What its certificate says, as ``ssl.SSLSocket.getpeercert()`` does; None without one."""
        certificate: Mapping[str, Any] | None = self.stream and self.stream.peer_certificate()
        return certificate

    @property
    def credentials(self) -> Credentials | None:
        """Who runs it, where the operating system vouches for that (unix sockets), else None."""
        credentials: Credentials | None = self.stream and self.stream.peer_credentials()
        return credentials

    def __str__(self) -> str:
        where = str(self.address or "unknown peer")
        if isinstance(self.address, tuple) and len(self.address) >= 2:
            where = f"{self.address[0]}:{self.address[1]}"
        return where if self.identity is None else f"{self.identity} at {where}"

    def __repr__(self) -> str:
        return f"<Peer {self}{' ' + self.software if self.software else ''}>"


class CallContext:
    """One call that is being served.

    ``daemon`` serves it, ``connection`` is where it came from (its ``peer`` called), ``request``
    the message that asked for it; ``object_id`` and ``method`` say what is called, ``args`` and
    ``kwargs`` (None for attributes) with what. ``deadline`` is the instant (``time.monotonic()``)
    by which the caller wants the answer, 0 for none; ``cancelled`` is True once it has said that
    it does not want it any more.
    """

    __slots__ = (
        "_correlation_id",
        "_response_annotations",
        "args",
        "cancelled",
        "connection",
        "daemon",
        "deadline",
        "kwargs",
        "method",
        "object_id",
        "request",
        "when_cancelled",
    )

    def __init__(
        self, daemon: Any, connection: Any, request: Message, object_id: str, method: str
    ) -> None:
        self.daemon = daemon
        self.connection = connection
        self.request = request
        self.object_id = object_id
        self.method = method
        self.args: Sequence[Any] = ()
        self.kwargs: Mapping[str, Any] | None = None
        self.deadline = 0.0
        self.cancelled = False
        self.when_cancelled: Callable[[], Any] | None = None
        self._correlation_id: UUID | None = None
        self._response_annotations: dict[str, Buffer] | None = None

    @property
    def peer(self) -> Peer:
        """Who called."""
        peer: Peer = self.connection.peer
        return peer

    @property
    def client_address(self) -> Any:
        """The caller's address as the operating system has it: (host, port), or a path."""
        return self.peer.address

    @property
    def identity(self) -> Identity | None:
        """Who called, None for somebody who did not prove who they are."""
        return self.peer.identity

    def cancel(self) -> None:
        """Take note that the caller does not want the answer any more; from whatever thread.

        ``when_cancelled``, where somebody set it, is called then.
        """
        self.cancelled = True
        if self.when_cancelled is not None:
            self.when_cancelled()

    @property
    def is_wanted(self) -> bool:
        """False once nobody waits for the answer: the call was cancelled, or its time is over."""
        return not (self.cancelled or (self.deadline and time.monotonic() >= self.deadline))

    @property
    def time_left(self) -> float | None:
        """How many seconds the caller will wait from now on, None for as long as it takes."""
        return max(self.deadline - time.monotonic(), 0.0) if self.deadline else None

    @property
    def annotations(self) -> Mapping[str, bytes]:
        """The annotations that came with the call."""
        return self.request.annotations or {}

    @property
    def response_annotations(self) -> dict[str, Buffer]:
        """The annotations that go back with the answer: put yours in."""
        if self._response_annotations is None:
            self._response_annotations = {}
        return self._response_annotations

    @response_annotations.setter
    def response_annotations(self, annotations: dict[str, Buffer]) -> None:
        self._response_annotations = annotations

    @property
    def correlation_id(self) -> UUID:
        """The id that the caller gave; one is made up when it gave none and somebody asks."""
        if self._correlation_id is None:
            given = self.request.correlation_id
            self._correlation_id = uuid_from(given) if given else new_uuid()
        return self._correlation_id

    @property
    def correlation_bytes(self) -> bytes | None:
        """The same as 16 bytes, or None as long as there is none."""
        made = self._correlation_id
        return self.request.correlation_id if made is None else made.bytes


class CallOptions(NamedTuple):
    """What the calls made in a block carry. ``deadline`` is a ``time.monotonic()`` instant."""

    annotations: Mapping[str, Buffer] | None = None
    correlation_id: bytes | None = None
    deadline: float | None = None


serving: ContextVar[CallContext | None] = ContextVar("pyrox_serving", default=None)
options: ContextVar[CallOptions | None] = ContextVar("pyrox_options", default=None)
reply_annotations: ContextVar[Mapping[str, bytes] | None] = ContextVar(
    "pyrox_reply_annotations", default=None
)


def time_limit() -> float:
    """Return the instant by which calls made now have to be over, 0 where there is none.

    Those made while serving a call have no more time than that one.
    """
    outgoing, context = options.get(), serving.get()
    limit = (outgoing.deadline or 0.0) if outgoing is not None else 0.0
    own = context.deadline if context is not None else 0.0
    return min(limit, own) if limit and own else limit or own


@contextmanager
def call_options(
    *,
    annotations: Mapping[str, Buffer] | None = None,
    correlation_id: UUID | None = None,
    timeout: float | None = None,
) -> Iterator[None]:
    """Send ``annotations`` and ``correlation_id`` with every call made in this block.

    ``timeout`` is the time in seconds that all of them may take together. Blocks nest: an inner
    one overrides what it names and never lengthens the time.
    """
    outer = options.get() or CallOptions()
    deadline = outer.deadline
    if timeout is not None:
        ends = time.monotonic() + timeout
        deadline = ends if deadline is None else min(ends, deadline)
    token = options.set(
        CallOptions(
            outer.annotations if annotations is None else dict(annotations),
            outer.correlation_id if correlation_id is None else correlation_id.bytes,
            deadline,
        )
    )
    try:
        yield
    finally:
        options.reset(token)


@contextmanager
def limited(deadline: float) -> Iterator[None]:
    """Let the calls made in this block be over by ``deadline``, an instant; 0 for no limit."""
    outer = options.get() or CallOptions()
    if deadline and outer.deadline:
        deadline = min(deadline, outer.deadline)
    token = options.set(outer._replace(deadline=deadline or outer.deadline))
    try:
        yield
    finally:
        options.reset(token)


def timeout(seconds: float) -> Any:
    """Limit the time of all calls made in the ``with`` block to ``seconds`` together."""
    return call_options(timeout=seconds)


def current_call() -> CallContext:
    """Return the call being served: who called, what came with it, what goes back beside it.

    RuntimeError where no call is being served.
    """
    context = serving.get()
    if context is None:
        raise RuntimeError("no call is being served here; this is known inside a method only")
    return context


class CurrentContext:
    """The call at hand: the one being served, or the last one made.

    Reading a server-side attribute outside of a call raises RuntimeError.
    """

    @property
    def is_serving(self) -> bool:
        """True inside a method that a remote caller called."""
        return serving.get() is not None

    @property
    def call(self) -> CallContext:
        """Everything about the call being served."""
        return current_call()

    @property
    def peer(self) -> Peer:
        """Who called."""
        return self.call.peer

    @property
    def identity(self) -> Identity | None:
        """Who called, None for somebody who did not prove who they are."""
        return self.call.identity

    @property
    def client_address(self) -> Any:
        """The caller's address as the operating system has it."""
        return self.call.client_address

    @property
    def daemon(self) -> Any:
        """The daemon that serves the call; a method registers new objects with it."""
        return self.call.daemon

    @property
    def is_wanted(self) -> bool:
        """False once nobody waits for the answer of the call being served.

        Either it was cancelled, or the time that the caller gave it is over. A method that takes
        long looks at this now and then, and gives up.
        """
        return self.call.is_wanted

    @property
    def time_left(self) -> float | None:
        """How many seconds are left for the call being served, None for as long as it takes.

        Calls that it makes have no more time than that.
        """
        return self.call.time_left

    @property
    def correlation_id(self) -> UUID | None:
        """The id of the call being served, else the one that calls made here would carry."""
        context = serving.get()
        if context is not None:
            return context.correlation_id
        outgoing = options.get()
        given = outgoing.correlation_id if outgoing else None
        return uuid_from(given) if given else None

    @property
    def annotations(self) -> Mapping[str, Buffer]:
        """The annotations of the call being served, else those that calls made here carry."""
        context = serving.get()
        if context is not None:
            return context.annotations
        outgoing = options.get()
        return (outgoing.annotations if outgoing else None) or {}

    @property
    def response_annotations(self) -> Any:
        """Serving: a dict to fill. Calling: what came back with the last answer."""
        context = serving.get()
        if context is not None:
            return context.response_annotations
        return reply_annotations.get() or {}

    @response_annotations.setter
    def response_annotations(self, annotations: dict[str, Buffer]) -> None:
        self.call.response_annotations = annotations

    def track_resource(self, resource: Resource) -> None:
        """Call ``resource.close()`` when the calling client's connection ends."""
        self.call.connection.resources.add(resource)

    def untrack_resource(self, resource: Resource) -> None:
        """Take back :meth:`track_resource`."""
        self.call.connection.resources.discard(resource)


current_context = CurrentContext()
"""The call at hand, for methods and callers."""
