"""The daemon for asyncio: objects that others can call, served in the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from inspect import isawaitable
from typing import Any, TypeVar

from ..access.policy import Policy
from ..contracts.converters import Converters
from ..errors import DaemonError, UsageError
from ..logic.daemon_base import DRAIN_GRACE, DRAIN_PAUSE, STREAM_GRACE, DaemonBase
from ..logic.daemon_object import DaemonObject
from ..plugins import Plugins
from ..values.config import Config
from ..values.context import serving
from ..values.places import listening_places
from ..values.uri import DAEMON_ID, URI
from .channel import running_loop
from .connection import CAPABILITIES
from .link import Link
from .proxy import Proxy
from .publisher import Publisher
from .references import own_converters_for
from .server import Server
from .streams import AsyncDaemonObject, AsyncStreamTable

__all__ = ["Daemon"]

T = TypeVar("T", bound="Daemon")


class Daemon(DaemonBase):
    """Holds objects and serves them in the running event loop.

    ``async def`` methods are awaited in it, many at once; plain ones run in threads, up to
    ``max_calls`` at once, unless they are marked with ``@expose(inline=True)``.

    The arguments are those of :class:`pyrox.Daemon`: ``location`` says where to listen
    (``tcp://host:port``, ``host:port``, ``unix:path`` ...), nothing for TCP on the configured host
    and a free port; ``nat_location`` is the ``host:port`` to put into URIs instead; a ``policy``
    says who may call what. It listens from the start, and serves in an ``async with`` block, in
    :meth:`serve_forever`, or after :meth:`start`.

    The methods ``validate_handshake``, ``annotations``, ``invoke``, ``instance_for``,
    ``client_connected``, ``client_disconnected``, ``method_failed``, ``housekeeping`` and
    ``closed`` are there to be overridden. They run in the loop, save the first four around a
    plain method, and must not block it.
    """

    proxy_class = Proxy
    _server: Server
    capabilities = CAPABILITIES
    server_type = "asyncio"
    streams: AsyncStreamTable

    def __init__(
        self,
        location: str | Sequence[str] | None = None,
        *,
        transport: str | None = None,
        host: str | None = None,
        port: int | None = None,
        config: Config | None = None,
        nat_location: str | None = None,
        converters: Converters | None = None,
        plugins: Plugins | None = None,
        policy: Policy | None = None,
    ) -> None:
        super().__init__(
            config, own_converters_for(converters), plugins, policy, threading.RLock(), self._settle
        )
        listener = self.listener = self._listen_first(
            listening_places(location, transport, host, port, self.config), nat_location
        )
        self._server = Server(
            listener,
            self._dispatcher,
            self.config,
            self._link_connected,
            self._link_disconnected,
        )
        for place in self._places[1:]:
            self._server.listen(place.listener)
        self._publisher: Publisher | None = None
        self._stopping = asyncio.Event()
        self._stopped = asyncio.Event()
        self._stop_task: asyncio.Task[None] | None = None
        self._housekeeper: asyncio.TimerHandle | None = None
        self.registry.register(self.make_daemon_object(), DAEMON_ID)

    def _settle(self, result: Any) -> Any:
        """Return what a coroutine returns that a plain method gave, in a thread; or the same."""
        if not isawaitable(result):
            return result
        loop = self._server.loop
        if loop is None or loop is running_loop():
            raise UsageError("a method that is called inline may not return an awaitable")
        return asyncio.run_coroutine_threadsafe(_awaited(result), loop).result()

    def _make_streams(self) -> AsyncStreamTable:
        config = self.config
        return AsyncStreamTable(config.stream_lifetime, config.stream_linger, config.max_streams)

    def make_daemon_object(self) -> DaemonObject:
        """Return the object that answers as ``Pyro.Daemon``; a subclass may return its own."""
        return AsyncDaemonObject(self, self.registry, self.streams)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._server.connections

    async def publish(
        self,
        target: Any,
        name: str,
        metadata: Iterable[str] | None = None,
        *,
        object_id: str | None = None,
    ) -> URI:
        """Publish ``name`` for an object or class, registering that if need be; return its URI.

        ``metadata`` are tags for yellow-pages look-ups; ``object_id`` is the id to register it
        under. The daemon keeps the name: where the name server has forgotten it, or the URI names
        a certificate that was renewed, it is registered again (every ``ns_refresh`` seconds the
        daemon looks), and when the daemon closes, it is removed, unless it is somebody else's by
        then.
        Raises NamingError where no name server is found, or it refuses the name.
        """
        uri = self._uri_of(target, object_id)
        if self._publisher is None:
            self._publisher = Publisher(self.config, self.converters, self.plugins)
        await self._publisher.publish(name, partial(self.uri_for, uri.object), metadata)
        return uri

    # Serving

    def start(self: T) -> T:
        """Serve in the running event loop from now on; returns the daemon itself."""
        if self._closed or self._stopping.is_set():
            raise DaemonError("cannot reuse this object: the daemon is closed")
        if self._housekeeper is None:
            self._server.start()
            self._keep_house()
        return self

    async def serve_forever(self) -> None:
        """Serve until :meth:`shutdown`, or until the task is cancelled (ctrl-C does that)."""
        self.start()
        try:
            await self._stopped.wait()
        except asyncio.CancelledError:
            await self.shutdown()
            raise

    async def shutdown(self, timeout: float | None = None) -> None:
        """Stop serving; calls that are running get ``timeout`` seconds to finish.

        Returns when the daemon is closed, but at once inside a remote method, whose answer is
        still sent. ``timeout`` is the setting ``shutdown_timeout`` by default. A plain method,
        which runs in a thread, calls ``asyncio.run_coroutine_threadsafe(daemon.shutdown(), loop)``.
        """
        if timeout is not None:
            self.config = self.config.replace(shutdown_timeout=timeout)
        if self._stop_task is None:
            self._stopping.set()
            loop = asyncio.get_running_loop()
            self._stop_task = loop.create_task(self._stop(self.config.shutdown_timeout))
        context = serving.get()
        if context is not None and context.daemon is self:
            return
        await asyncio.shield(self._stop_task)

    async def drain(self, timeout: float = 30.0) -> None:
        """Stop without an error for anybody: let clients go elsewhere, then shut down.

        Published names are withdrawn and nobody new is accepted. Calls that are running finish,
        and item streams that are read; pyrox clients are told, and make their next calls where
        their name leads then. After ``timeout`` seconds, or once nothing has been in flight for a
        moment, it is a :meth:`shutdown`. Inside a remote method, whose own call is in flight, start
        it as a task.
        """
        ends = time.monotonic() + timeout
        if self._publisher is not None:
            await self._publisher.stop()
        self._server.drain()
        while not (self._server.is_drained(DRAIN_GRACE, STREAM_GRACE) or time.monotonic() > ends):
            await asyncio.sleep(DRAIN_PAUSE)
        await self.shutdown()

    async def close(self) -> None:
        """Stop at once, and release everything."""
        await self.shutdown(0.0)

    async def _stop(self, timeout: float) -> None:
        if self._housekeeper is not None:
            self._housekeeper.cancel()
        self._closed = True
        try:
            if self._publisher is not None:
                await self._publisher.stop()  # first, or others would still be sent here
            await self._server.stop(timeout)
            self.streams.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.streams.closed(), max(timeout, 1.0))
        finally:
            try:
                self.closed()
            finally:
                self._stopped.set()

    def _keep_house(self) -> None:
        loop = asyncio.get_running_loop()
        self._housekeeper = loop.call_later(self._care_interval, self._keep_house)
        self._take_care()

    def _link_connected(self, link: Link) -> None:
        self._tell("client_connected", link.peer)

    def _link_disconnected(self, link: Link) -> None:
        self.streams.disconnected(link, time.monotonic())
        self._tell("client_disconnected", link.peer)

    async def __aenter__(self: T) -> T:
        return self.start()

    async def __aexit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        await (self.close() if kind else self.shutdown())


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
