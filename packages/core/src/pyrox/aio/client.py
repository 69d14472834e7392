"""What a proxy does under asyncio: connecting when needed, calling, trying again where safe."""

from __future__ import annotations

import asyncio
import contextlib
import os
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from ..contracts.converters import Converters
from ..errors import CommunicationError, ConnectionClosedError, Outcome, PyroxError, TimeoutError
from ..logic.remote import StreamId
from ..logic.remote_object import HIDDEN, Attempts, RemoteObjectBase, cannot_reconnect
from ..plugins import Plugins
from ..protocol.connection_errors import within
from ..values.config import Config
from ..values.context import CallOptions, limited, options, serving
from ..values.reference import Members
from ..values.uri import DAEMON_ID, URI
from ..wire.message import Flags, Message
from .calls import Batch, ItemStream
from .connection import Connection, open_connection
from .flow import run_flow
from .references import converters_for

__all__ = ["RemoteObject"]

T = TypeVar("T")
_FAREWELL = 2.0
"""How long, in seconds, a daemon may take what is unsent when a connection is released."""


class RemoteObject(RemoteObjectBase):
    """The handle behind a proxy, its attribute ``_pyro``: everything that is not the object's own.

    One connection serves all tasks of an event loop: between pyrox peers many calls at once, with
    a Pyro 5 peer one after the other, first come, first served.
    """

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
    ) -> None:
        super().__init__(
            uri,
            config,
            converters_for(converters),
            serializer,
            timeout,
            handshake,
            members,
            plugins,
        )
        self._connecting: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finished_streams: deque[str] = deque()
        _all.add(self)

    async def members(self) -> Members:
        """Return the names of the object's exposed members, from the daemon if need be."""
        if not self._members:
            deadline = self._deadline()
            await self._persistently(self.bind, deadline)
        return self._members

    # Connecting

    async def bind(self) -> bool:
        """Connect now, if that is not done; True where this made a connection.

        Raises ConnectError, or NamingError where the URI leads nowhere.
        """
        before = self._usable()
        return await self._connected(self._deadline()) is not before

    async def release(self) -> None:
        """Close the connection once all is sent; the next call makes a new one."""
        connection = self._usable()
        if connection is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(connection.flushed(), _FAREWELL)
        self._drop()

    async def reconnect(self, tries: int = 10, pause: float = 1.0) -> None:
        """Close the connection and make a new one, trying ``tries`` times ``pause`` seconds apart.

        Raises ConnectionClosedError where none succeeds.
        """
        await self.release()
        for left in reversed(range(tries)):
            try:
                await self.bind()
                return
            except CommunicationError as error:
                if not left:
                    raise cannot_reconnect(self.uri, error) from error
            await asyncio.sleep(pause)

    async def resolve(self) -> URI:
        """Return where the object is now, without connecting to it."""
        if self.uri.is_direct:
            return self.uri
        flow = self.plugins.resolver(self.uri.scheme).resolve(self.uri, self.config)
        return await run_flow(flow, self.config, self.converters, self.plugins)

    def _usable(self) -> Connection | None:
        """Return the connection, if there is one in this event loop."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._drop()  # what there is belongs to a loop that has ended, or to another thread's
            self._loop, self._connecting = loop, asyncio.Lock()
        connection = self._connection
        if connection is not None and connection.retires:
            self._retire()
            return None
        return None if connection is None or connection.closed else connection

    def _retire(self) -> None:
        """Let the connection finish what is on its way; it closes by itself."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._sequence = connection.caller.protocol.sequence

    async def _connected(self, deadline: float) -> Connection:
        connection = self._usable()
        if connection is not None:
            return connection
        assert self._connecting is not None
        if not deadline:
            async with self._connecting:
                return self._usable() or await self._connect(deadline)
        try:
            await asyncio.wait_for(self._connecting.acquire(), within(deadline))
        except asyncio.TimeoutError:  # another class before Python 3.11
            raise TimeoutError(
                f"no connection with {self.uri} in time", outcome=Outcome.NOT_SENT
            ) from None
        try:
            return self._usable() or await self._connect(deadline)
        finally:
            self._connecting.release()

    async def _connect(self, deadline: float) -> Connection:
        self._drop()
        uri = known = self.known_place
        failed: CommunicationError | None = None
        if known is not None:
            try:
                connection = await self._open(known, deadline)
            except CommunicationError as error:
                uri, failed = None, error  # it may have moved
        if uri is None:
            with limited(deadline):
                uri = await self.resolve()
            if failed is not None and uri == known:
                raise failed
            connection = await self._open(uri, deadline)
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

    async def _open(self, uri: URI, deadline: float) -> Connection:
        return await open_connection(
            uri,
            self.config,
            self.converters,
            self.plugins,
            serializer=self._serializer,
            handshake=self.handshake,
            deadline=deadline,
            sequence=self._sequence,
        )

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._sequence = connection.caller.protocol.sequence
            connection.hang_up()

    # Calling

    async def call(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        object_id: str | None = None,
    ) -> Any:
        """Call a method, return its result; see :class:`pyrox.aio.Proxy` for what may be raised."""
        outgoing = options.get()
        deadline = 0.0
        if self.timeout or outgoing is not None or serving.get() is not None:
            deadline = self._deadline()
        if self.annotations:
            outgoing = self._annotated(outgoing)
        connection = self._connection
        if (
            connection is not None
            and connection.loop is _running()
            and not (flags or object_id or self.max_retries or self._finished_streams)
            and not (connection.protocol.draining or method in self._members.oneway)
        ):
            # What follows, the short way: that is nearly every call.
            waiter = connection.begin(self._object_id, method, args, kwargs, deadline, outgoing)
            if waiter is not None:
                number = connection.protocol.sequence
                try:
                    answer = await waiter
                except asyncio.CancelledError:
                    connection.give_up(number)
                    raise
                value = connection.finish(answer)
                return ItemStream(self, value) if type(value) is StreamId else value
        if self.max_retries:
            return await self._persistently(
                # No lambda: its variables would cost every call that gets here.
                partial(self._call, method, args, kwargs, flags, object_id, deadline, outgoing),
                deadline,
                method,
            )
        return await self._call(method, args, kwargs, flags, object_id, deadline, outgoing)

    async def get(self, name: str) -> Any:
        """Read an exposed attribute."""
        return await self.call("__getattr__", (name,), None)

    async def set(self, name: str, value: Any) -> None:
        """Write an exposed attribute."""
        await self.call("__setattr__", (name, value), None)

    def batch(self) -> Batch:
        """Return a batch: calls made on it travel together when it is called."""
        return Batch(self)

    async def call_raw(
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
        connection = await self._connected(deadline)
        return await connection.call_raw(
            object_id or self._object_id, method, args, kwargs, flags, deadline, outgoing
        )

    async def explain(self, name: str) -> str:
        """Say why the object has no member ``name`` to use, as far as the daemon tells."""
        text, daemon_knows = self._missing(name)
        if daemon_knows:
            with contextlib.suppress(PyroxError):
                arguments = (self._object_id, name)
                reason = await self.call("explain", arguments, {}, object_id=DAEMON_ID)
                if "unexposed" in str(reason):
                    return f"{text}: {HIDDEN}"
        return text

    def forget_stream(self, stream_id: str) -> None:
        """Let the daemon know, with the next call, that nobody reads an item stream any more."""
        self._finished_streams.append(stream_id)

    async def _call(
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
            fresh = (
                connection is None
                or connection.closed
                or connection.retires
                or self._loop is not _running()
            )
            if fresh:
                connection = await self._connected(deadline)
            assert connection is not None
            try:
                value = await self._exchange(
                    connection, method, args, kwargs, flags, object_id, deadline, outgoing
                )
            except ConnectionClosedError as error:
                # It had ended while nobody used it, which nobody need be told.
                if fresh or error.outcome is not Outcome.NOT_SENT:
                    raise
                continue
            return ItemStream(self, value) if type(value) is StreamId else value

    async def _exchange(
        self,
        connection: Connection,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        object_id: str | None,
        deadline: float,
        outgoing: CallOptions | None,
    ) -> Any:
        while self._finished_streams:
            stream_id = self._finished_streams.popleft()
            await connection.notify(DAEMON_ID, "close_stream", (stream_id,), {}, Flags.ONEWAY)
        object_id = object_id or self._object_id
        if flags & Flags.ONEWAY or (method in self._members.oneway and object_id != DAEMON_ID):
            flags |= Flags.ONEWAY
            return await connection.notify(
                object_id, method, args, kwargs, flags, deadline, outgoing
            )
        return await connection.call(object_id, method, args, kwargs, flags, deadline, outgoing)

    async def _persistently(
        self, attempt: Callable[[], Awaitable[T]], deadline: float, method: str = ""
    ) -> T:
        """Attempt something, and again after a failure for which that is safe."""
        attempts = Attempts(self.max_retries, deadline)
        while True:
            try:
                return await attempt()
            except CommunicationError as error:
                pause = attempts.pause_after(error, method in self._members.idempotent)
                if not pause:
                    raise
            await asyncio.sleep(pause)

    def __del__(self) -> None:
        # The loop knows the connection, too: it would go on for ever.
        connection = getattr(self, "_connection", None)
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.hang_up()

    def _after_fork(self) -> None:
        """In a child process: leave the parent's connection and loop alone."""
        self._finished_streams.clear()
        self._loop = self._connecting = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()


_running = asyncio.get_running_loop
_all: weakref.WeakSet[RemoteObject] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for remote in list(_all):
        remote._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
