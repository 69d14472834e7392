"""The call at hand, as Pyro5 has it: one object whose fields each thread sees differently.

Inside a method they tell of the call that is being served, everywhere else they are what the
calls made by this thread carry, and what came back with the last one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pyrox
from pyrox.values.context import CallContext, CallOptions, options, reply_annotations, serving

from .connections import connection_of
from .errors import PyroError
from .socketutil import SocketConnection

__all__ = ["current_context"]


class _ThreadState(threading.local):
    """What one thread has set: for its own calls, and for the call that it serves."""

    def __init__(self) -> None:
        self.own: dict[str, Any] = {}
        self.served: CallContext | None = None
        self.changed: dict[str, Any] = {}


_state = _ThreadState()


def _views(annotations: Any) -> dict[str, memoryview]:
    return {key: memoryview(value) for key, value in (annotations or {}).items()}


def _client(context: CallContext) -> SocketConnection:
    return connection_of(context.peer)


_SERVED: dict[str, Callable[[CallContext], Any]] = {
    "client": _client,
    "client_sock_addr": lambda context: context.peer.address,
    "seq": lambda context: context.request.sequence,
    "msg_flags": lambda context: context.request.flags,
    "serializer_id": lambda context: context.request.serializer_id,
    "annotations": lambda context: _views(context.annotations),
    "correlation_id": lambda context: context.correlation_id,
}
_NOT_SERVING: dict[str, Callable[[], Any]] = {
    "client": lambda: None,
    "client_sock_addr": lambda: None,
    "seq": lambda: 0,
    "msg_flags": lambda: 0,
    "serializer_id": lambda: 0,
    "annotations": dict,
    "correlation_id": lambda: None,
}


def _field(name: str, doc: str) -> Any:
    of_call, otherwise = _SERVED[name], _NOT_SERVING[name]

    def read(_: CurrentContext) -> Any:
        context = serving.get()
        values = _state.own if context is None else _changed_in(context)
        if name not in values:
            values[name] = otherwise() if context is None else of_call(context)
        return values[name]

    def write(_: CurrentContext, value: Any) -> None:
        context = serving.get()
        (_state.own if context is None else _changed_in(context))[name] = value

    return property(read, write, doc=doc)


def _changed_in(context: CallContext) -> dict[str, Any]:
    """Return what this thread knows or has set about the call that it serves."""
    if _state.served is not context:
        _state.served, _state.changed = context, {}
    return _state.changed


class CurrentContext:
    """The fields of Pyro5's ``current_context``; each thread has its own values."""

    client = _field("client", "The connection of the caller; None outside of a method.")
    client_sock_addr = _field("client_sock_addr", "The address of the caller, or None.")
    seq = _field("seq", "The sequence number of the request.")
    msg_flags = _field("msg_flags", "The flags of the request.")
    serializer_id = _field("serializer_id", "The id of the serializer of the request.")
    annotations = _field(
        "annotations", "The annotations of the request; those that calls made here carry."
    )
    correlation_id = _field(
        "correlation_id", "The UUID that follows a call through all the calls that it causes."
    )

    @property
    def response_annotations(self) -> dict[str, Any]:
        """In a method: what goes back with the answer. Elsewhere: what came with the last one."""
        context = serving.get()
        if context is not None:
            return context.response_annotations
        return _views(reply_annotations.get())

    @response_annotations.setter
    def response_annotations(self, annotations: dict[str, Any]) -> None:
        context = serving.get()
        if context is not None:
            context.response_annotations = annotations
        else:
            reply_annotations.set(annotations or None)

    def track_resource(self, resource: Any) -> None:
        """Close ``resource`` when the caller's connection ends; it is referred to weakly."""
        if serving.get() is None:
            raise PyroError("cannot track resource on a connectionless call")
        pyrox.current_context.track_resource(resource)
        self.client.tracked_resources.add(resource)

    def untrack_resource(self, resource: Any) -> None:
        """Take back :meth:`track_resource`."""
        if serving.get() is None:
            raise PyroError("cannot untrack resource on a connectionless call")
        pyrox.current_context.untrack_resource(resource)
        self.client.tracked_resources.discard(resource)

    def to_global(self) -> dict[str, Any]:
        """Return all fields, to take them to another thread."""
        return {name: getattr(self, name) for name in (*_SERVED, "response_annotations")}

    def from_global(self, values: dict[str, Any]) -> None:
        """Take over the fields that :meth:`to_global` gave in another thread."""
        for name, value in values.items():
            setattr(self, name, value)


current_context = CurrentContext()
"""The one context that programs use; its fields differ from thread to thread."""


@contextmanager
def carrying() -> Iterator[None]:
    """Let pyrox's own calls in this block carry what calls made by this thread do."""
    carried = outgoing()
    token = None if carried is None else options.set(carried)
    try:
        yield
    finally:
        if token is not None:
            options.reset(token)


def outgoing() -> CallOptions | None:
    """Return what calls made by this thread carry, or None where that is nothing.

    While a method runs that is also what came with its own call (reference 1.8).
    """
    context = serving.get()
    if context is None:
        values = _state.own
        if not values:
            return None
        annotations, correlation_id = values.get("annotations"), values.get("correlation_id")
    else:
        context.correlation_id  # noqa: B018  # made up now, if the call came without one
        annotations = current_context.annotations
        correlation_id = _changed_in(context).get("correlation_id")
    if not annotations and correlation_id is None:
        return None
    given = options.get() or CallOptions()
    identity = correlation_id.bytes if isinstance(correlation_id, UUID) else given.correlation_id
    return CallOptions(annotations or given.annotations, identity, given.deadline)
