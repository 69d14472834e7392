"""What a proxy does: connecting when needed, calling, trying again where that is safe."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from ..contracts.converters import Converters
from ..errors import (
    CommunicationError,
    ConnectionClosedError,
    Outcome,
    PyroxError,
    TimeoutError,
)
from ..logic.remote import Caller, Draft, StreamId
from ..logic.remote_help import help_of_method, help_of_object, undescribed
from ..logic.remote_object import HIDDEN, Attempts, RemoteObjectBase, cannot_reconnect
from ..plugins import Plugins
from ..protocol.connection_errors import within
from ..values.config import Config
from ..values.context import CallOptions, limited, options
from ..values.reference import Members
from ..values.uri import DAEMON_ID, URI
from ..wire.message import Flags, Message
from .calls import Batch, ItemStream
from .connection import CAPABILITIES, Connection, open_connection
from .flow import run_flow
from .given import GivenSocket, cannot_connect
from .locking import locked
from .pipeline import Pipeline
from .places import CONNECTED_SOCKET

__all__ = ["RemoteObject"]

T = TypeVar("T")
_ONEWAY = Flags.ONEWAY


class RemoteObject(RemoteObjectBase):
    """The handle behind a proxy, its attribute ``_pyro``: everything that is not the object's own.

    One connection serves all threads: between pyrox peers many calls at once, with a Pyro 5 peer
    one after the other, first come, first served. It is made when first needed, and again after a
    failure.
    """

    capabilities = CAPABILITIES
    """What daemons are told that this can do beyond Pyro 5."""

    _connection: Connection | None

    def __init__(
        self,
        uri: URI,
        config: Config | None = None,
        converters: Converters | None = None,
        serializer: str | None = None,
        timeout: float | None = None,
        handshake: Any = "hello",
        members: Members | None = None,
        plugins: Plugins | None = None,
        connected_socket: socket.socket | None = None,
    ) -> None:
        super().__init__(uri, config, converters, serializer, timeout, handshake, members, plugins)
        self._given = None if connected_socket is None else GivenSocket(connected_socket)
        self._lock = threading.RLock() if self._given is None else self._given.lock
        self._finished_streams: deque[str] = deque()
        _all.add(self)

    # What is known

    @property
    def members(self) -> Members:
        """The names of the object's exposed members; asks the daemon if they are not known."""
        if not self._members:
            self._persistently(self.bind, self._deadline())
        return self._members

    @property
    def methods(self) -> frozenset[str]:
        """The names of the exposed methods."""
        return self.members.methods

    @property
    def attributes(self) -> frozenset[str]:
        """The names of the exposed attributes."""
        return self.members.attributes

    @property
    def oneway(self) -> frozenset[str]:
        """The names of the methods that are called without waiting for an answer."""
        return self.members.oneway

    # Connecting

    def bind(self) -> bool:
        """Connect now, if that is not done; True where this made a connection.

        Raises ConnectError, or NamingError where the URI leads nowhere.
        """
        before = self._connection
        return self._connected(self._deadline()) is not before

    def release(self) -> None:
        """Close the connection; the next call makes a new one.

        A call that another thread waits for is finished first; futures fail.
        """
        with self._lock:
            self._drop()

    def reconnect(self, tries: int = 10, pause: float = 1.0) -> None:
        """Close the connection and make a new one, trying ``tries`` times ``pause`` seconds apart.

        Raises ConnectionClosedError where none succeeds.
        """
        self.release()
        for left in reversed(range(tries if self._given is None else 1)):
            try:
                self.bind()
                return
            except CommunicationError as error:
                if not left:
                    raise cannot_reconnect(self.uri, error) from error
                time.sleep(pause)

    def resolve(self) -> URI:
        """Return where the object is now, without connecting to it."""
        if self.uri.is_direct:
            return self.uri
        flow = self.plugins.resolver(self.uri.scheme).resolve(self.uri, self.config)
        return run_flow(flow, self.config, self.converters, self.plugins)

    def _connected(self, deadline: float) -> Connection:
        """Return the connection, made now where there is none that can be used."""
        return locked(self._lock, deadline, self._too_busy, lambda: self._usable(deadline))

    def _usable(self, deadline: float) -> Connection:
        connection = self._connection
        if connection is None or connection.is_stale():
            connection = self._connect(deadline)
        return connection

    def _connect(self, deadline: float) -> Connection:
        self._drop()
        uri = known = self.known_place
        failed: CommunicationError | None = None
        if known is not None:
            try:
                connection = self._open(known, deadline)
            except CommunicationError as error:
                uri, failed = None, error  # it may have moved
        if uri is None:
            with limited(deadline):
                uri = self.resolve()
            if failed is not None and uri == known:
                raise failed
            connection = self._open(uri, deadline)
            self._place = None if self.uri.is_direct else (self.uri, uri)
        self._members = connection.members
        self._object_id = uri.object
        self._connection = connection
        try:
            self.validate_handshake(connection.handshake_answer)
        except BaseException:
            self._drop()
            raise
        return connection

    def _open(self, uri: URI, deadline: float) -> Connection:
        if self._given is not None:
            return self._given.open_connection(
                uri.object,
                self.config,
                self.converters,
                self.plugins,
                self._serializer,
                deadline,
            )
        if uri.location == CONNECTED_SOCKET:
            raise cannot_connect("this proxy was given none; make one with connected_socket=")
        return open_connection(
            uri,
            self.config,
            self.converters,
            self.plugins,
            serializer=self._serializer,
            handshake=self.handshake,
            deadline=deadline,
            sequence=self._sequence,
            capabilities=self.capabilities,
        )

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._sequence = connection.protocol.sequence
            connection.release()

    # Calling

    def invoke(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method with these arguments: what a proxy's methods do."""
        return self.call(method, args, kwargs)

    def invoke_checked(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Do the same; TypeError where the interface's method does not take these arguments."""
        if self.interface is not None:
            self.interface.check(method, args, kwargs)
        return self.call(method, args, kwargs)

    def call(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        object_id: str | None = None,
    ) -> Any:
        """Call a method and return its result; see :class:`pyrox.Proxy` for what may be raised."""
        outgoing = options.get()
        deadline = self._deadline()
        if self.annotations:
            outgoing = self._annotated(outgoing)
        if self.max_retries:
            return self._persistently(
                # No lambda: its variables would cost every call that gets here.
                partial(self._exchange, method, args, kwargs, flags, object_id, deadline, outgoing),
                deadline,
                method,
            )
        return self._exchange(method, args, kwargs, flags, object_id, deadline, outgoing)

    def submit(self, method: str, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a method without waiting for it; return a future that will have its result.

        Many calls may be on their way on the one connection (as many as the setting
        ``max_in_flight``; this waits where there are more). A daemon runs them side by side, or
        one behind the other if it is a multiplex or a Pyro 5 daemon. ``timeout`` counts from here.
        Such a call is not retried, and its response annotations are lost.
        """
        outgoing = options.get()
        if self.annotations:
            outgoing = self._annotated(outgoing)
        deadline = self._deadline()

        def begin(connection: Connection) -> Future[Any]:
            # Where others may use the socket, too, or there is nothing to wait for.
            if self._given is not None or method in self._members.oneway:
                return _settled(self._exchange, method, args, kwargs, 0, None, deadline, outgoing)
            finish = partial(_finish, self, connection.caller)
            return connection.submit(
                self._object_id, method, args, kwargs, deadline, outgoing, finish
            )

        return self._over_connection(deadline, begin)

    def map(self, method: str, /, *iterables: Iterable[Any]) -> Iterator[Any]:
        """Call a method with each item, or items of several iterables; yield results in order.

        That is ``map(proxy.method, *iterables)`` with up to a thousand calls on their way at once,
        over the one connection, and without another thread: the quickest way to make many calls. A
        daemon runs them side by side, or one behind the other if it is a multiplex or a Pyro 5
        daemon. The first call that fails raises what it would raise alone, in its place; some
        behind it may have run. ``timeout`` counts for each from when it is sent, which is when its
        result is less than a thousand ahead. Such calls are not retried.
        """
        arguments = zip(*iterables, strict=False)
        if self._given is not None or method in self.members.oneway:
            return (self.call(method, given, None) for given in arguments)
        return self._pipelined(method, arguments)

    def _pipelined(self, method: str, arguments: Iterable[Sequence[Any]]) -> Iterator[Any]:
        outgoing = options.get()
        if self.annotations:
            outgoing = self._annotated(outgoing)
        connection = self._over_connection(self._deadline(), _itself)
        caller = connection.caller

        def draft(given: Sequence[Any]) -> tuple[Draft, float]:
            deadline = self._deadline()
            left = within(deadline) if deadline else 0.0
            made = caller.draft_call(self._object_id, method, given, {}, 0, outgoing, left)
            return made, deadline

        yield from Pipeline(connection, draft, partial(_finish, self, caller)).results(arguments)

    def get(self, name: str) -> Any:
        """Read an exposed attribute."""
        return self.call("__getattr__", (name,), None)

    def set(self, name: str, value: Any) -> None:
        """Write an exposed attribute."""
        self.call("__setattr__", (name, value), None)

    def batch(self) -> Batch:
        """Return a batch: calls made on it travel together when it is called."""
        return Batch(self)

    def call_raw(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        object_id: str | None = None,
    ) -> Message:
        """Make a call and return the answer's message: neither read nor raised, for a gateway."""
        outgoing = options.get()
        if self.annotations:
            outgoing = self._annotated(outgoing)
        deadline = self._deadline()

        return self._over_connection(
            deadline,
            lambda connection: connection.call_raw(
                object_id or self._object_id, method, args, kwargs, flags, deadline, outgoing
            ),
        )

    def describe(self) -> Mapping[str, Any]:
        """Return the object's docstring, its methods with signatures and docstrings, attributes.

        Of an object in a Pyro 5 daemon it is the names alone.
        """
        members = self.members
        peer = self.peer
        if peer is None or not peer.is_pyrox:
            return undescribed(members)
        told: Mapping[str, Any] = self.call("describe", (self._object_id,), {}, object_id=DAEMON_ID)
        return told

    def help(self) -> str | None:
        """Return what ``help(proxy)`` shows; None where the daemon does not answer."""
        try:
            return help_of_object(self.uri, self.describe())
        except PyroxError:
            return None

    def help_of(self, method: str) -> str | None:
        """Return what ``help(proxy.method)`` shows; None where the daemon does not answer."""
        try:
            return help_of_method(method, self.describe()["methods"].get(method) or {})
        except PyroxError:
            return None

    def explain(self, name: str) -> str:
        """Say why the object has no member ``name`` to use, as far as the daemon tells."""
        text, daemon_knows = self._missing(name)
        if daemon_knows:
            with contextlib.suppress(PyroxError):
                reason = self.call("explain", (self._object_id, name), {}, object_id=DAEMON_ID)
                if "unexposed" in str(reason):
                    return f"{text}: {HIDDEN}"
        return text

    def _exchange(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        object_id: str | None,
        deadline: float,
        outgoing: CallOptions | None,
    ) -> Any:
        while True:
            connection = self._connection
            fresh = connection is None or connection.is_stale()
            if connection is None or fresh:
                connection = self._connected(deadline)
            try:
                if self._finished_streams:
                    self._close_streams(connection)
                target = object_id or self._object_id
                if flags & _ONEWAY or (method in self._members.oneway and target != DAEMON_ID):
                    flags |= _ONEWAY
                    connection.notify(target, method, args, kwargs, flags, deadline, outgoing)
                    return None
                value = connection.call(target, method, args, kwargs, flags, deadline, outgoing)
            except ConnectionClosedError as error:
                # It had ended while nobody used it, which nobody need be told.
                if fresh or error.outcome is not Outcome.NOT_SENT:
                    raise
                continue
            return ItemStream(self, value) if type(value) is StreamId else value

    def _over_connection(self, deadline: float, use: Callable[[Connection], T]) -> T:
        """Return what ``use`` does with the connection; another one, where that had ended."""
        while True:
            connection = self._connection
            fresh = connection is None or connection.is_stale()
            if connection is None or fresh:
                connection = self._connected(deadline)
            try:
                return use(connection)
            except ConnectionClosedError as error:
                if fresh or error.outcome is not Outcome.NOT_SENT:
                    raise

    def _persistently(self, attempt: Callable[[], T], deadline: float, method: str = "") -> T:
        """Attempt something, and again after a failure for which that is safe."""
        attempts = Attempts(self.max_retries, deadline)
        while True:
            try:
                return attempt()
            except CommunicationError as error:
                pause = attempts.pause_after(error, method in self._members.idempotent)
                if not pause:
                    raise
            time.sleep(pause)

    def exclusively(self, lock: threading.Lock, function: Callable[[], T]) -> T:
        """Return ``function()``, run while ``lock`` is held, in the time that a call may take."""
        return locked(lock, self._deadline(), self._too_busy, function)

    def forget_stream(self, stream_id: str) -> None:
        """Let the daemon know, with the next call, that nobody reads an item stream any more."""
        self._finished_streams.append(stream_id)

    def _too_busy(self) -> TimeoutError:
        return TimeoutError(
            f"the proxy for {self.uri} was busy with other threads for too long",
            outcome=Outcome.NOT_SENT,
        )

    def _close_streams(self, connection: Connection) -> None:
        """Tell the daemon of item streams that nobody reads any more."""
        while self._finished_streams:
            try:
                stream_id = self._finished_streams.popleft()
            except IndexError:  # another thread was quicker
                return
            try:
                connection.notify(DAEMON_ID, "close_stream", (stream_id,), {}, Flags.ONEWAY)
            except CommunicationError as error:
                error.outcome = Outcome.NOT_SENT  # the user's own call was to come after this
                raise

    def _after_fork(self) -> None:
        """In a child process: leave the parent's connection and locks alone."""
        self._lock = threading.RLock() if self._given is None else self._given.lock
        self._finished_streams.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()


def _settled(function: Callable[..., Any], *args: Any) -> Future[Any]:
    """Return a future that has its result already."""
    future: Future[Any] = Future()
    try:
        future.set_result(function(*args))
    except Exception as error:
        future.set_exception(error)
    return future


def _itself(connection: Connection) -> Connection:
    return connection


def _finish(remote: RemoteObject, caller: Caller, answer: Message) -> Any:
    value = caller.finish_call(answer)
    return ItemStream(remote, value) if type(value) is StreamId else value


_all: weakref.WeakSet[RemoteObject] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for remote in list(_all):
        remote._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
