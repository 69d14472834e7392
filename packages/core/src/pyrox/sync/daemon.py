"""The daemon: objects that others can call, and the server that lets them."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from ..access.policy import Policy
from ..contracts.converters import Converters
from ..errors import DaemonError, UsageError
from ..logic.daemon_base import DRAIN_GRACE, DRAIN_PAUSE, STREAM_GRACE, DaemonBase
from ..plugins import Plugins
from ..values.config import Config, current_config
from ..values.context import serving
from ..values.places import listening_places
from ..values.uri import DAEMON_ID, URI
from .awaiting import LoopThread
from .connected import given_stream, share
from .connection import CAPABILITIES
from .guests import Guest
from .interrupts import Interrupts
from .link import ServerLink
from .places import place_of
from .proxy import Proxy
from .publisher import Publisher
from .server import Server
from .threads import ThreadServer

__all__ = ["Daemon"]

T = TypeVar("T", bound="Daemon")
log = logging.getLogger("pyrox.daemon")

_SERVERS: dict[str, type[Server]] = {"thread": ThreadServer, "multiplex": Server}


class Daemon(DaemonBase):
    """Holds objects and serves them.

    ``location`` says where to listen: ``host:port``, ``[ipv6]:port``, ``./u:path``, or, after
    another ``transport``'s name and ``://``, what that understands; nothing for TCP on the
    configured host and a free port. ``host`` and ``port`` say it in two parts.
    ``server`` is ``thread`` (calls run side by side) or ``multiplex`` (one call at a time, in the
    thread that serves). ``nat_location`` is the ``host:port`` to put into URIs where clients
    reach the daemon by another address than its own. With ``connected_socket`` it does not listen
    at all: it serves the peer at the other end of that socket, without a handshake, until the peer
    closes it. The socket itself is left open. A ``policy`` says who may call what, in place of the
    file that the setting ``policy`` names.

    It listens from the start, and serves in :meth:`serve_forever`, or after :meth:`start`, or as
    often as :meth:`handle_events` is called (multiplex only).

    The methods ``validate_handshake``, ``annotations``, ``invoke``, ``instance_for``,
    ``client_connected``, ``client_disconnected``, ``method_failed``, ``housekeeping`` and
    ``closed`` are there to be overridden.
    """

    proxy_class = Proxy
    _server: Server
    capabilities = CAPABILITIES

    def __init__(
        self,
        location: str | Sequence[str] | None = None,
        *,
        transport: str | None = None,
        host: str | None = None,
        port: int | None = None,
        config: Config | None = None,
        server: str | None = None,
        nat_location: str | None = None,
        converters: Converters | None = None,
        plugins: Plugins | None = None,
        connected_socket: socket.socket | None = None,
        policy: Policy | None = None,
    ) -> None:
        config = config or current_config()
        if server is not None:
            config = config.replace(server=server)
        self._loop = LoopThread()
        self.capabilities = self.capabilities & _SERVERS[config.server].capabilities
        super().__init__(config, converters, plugins, policy, threading.RLock(), self._loop.settle)
        self.server_type = self.config.server
        if connected_socket is None:
            self.listener = self._listen_first(
                listening_places(location, transport, host, port, self.config), nat_location
            )
        else:
            share(connected_socket)
            self.transport, self.location = place_of(connected_socket)
            self.listener, self.nat_location = None, ""
        self._server = _SERVERS[self.server_type](
            self.listener,
            self._dispatcher,
            self.config,
            self._link_connected,
            self._link_disconnected,
        )
        for place in self._places[1:]:
            self._server.listen(place.listener)
        self._host: Daemon | None = None
        self._publisher: Publisher | None = None
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._serving_thread: threading.Thread | None = None
        self._closing = threading.Lock()
        self.registry.register(self.make_daemon_object(), DAEMON_ID)
        if connected_socket is not None:
            self._server.adopt(given_stream(connected_socket))
        _all.add(self)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return self._server.connections

    def publish(
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
        self._publisher.publish(name, partial(self.uri_for, uri.object), metadata)
        return uri

    # Serving

    def serve_forever(
        self, condition: Callable[[], bool] | None = None, *, close: bool = True
    ) -> None:
        """Serve until :meth:`shutdown`, ctrl-C, or ``condition()`` is false; then close.

        ``condition`` is asked once a second, or more often. Not to ``close`` leaves the daemon
        open where it was the condition that ended this, to be served again.
        """
        if self._closed:
            raise DaemonError("cannot reuse this object: the daemon is closed")
        self._serving_thread = threading.current_thread()
        stays = False
        try:
            with Interrupts(self._server.wake) as interrupts:
                self._server.start()
                while not (self._stopping.is_set() or interrupts.came):
                    if condition is not None and not condition():
                        stays = not close
                        break
                    if self.server_type == "thread":
                        interrupts.waiting(self._stopping.wait, self._care_interval)
                    else:
                        self._server.turn(self._care_interval)
                    self._take_care()
        except KeyboardInterrupt:
            log.debug("interrupted")
        finally:
            if stays:
                self._serving_thread = None
            else:
                self._stopping.set()
                self._close_once()

    def start(self: T) -> T:
        """Serve in a thread in the background; returns the daemon itself."""
        if self._closed:
            raise DaemonError("cannot reuse this object: the daemon is closed")
        if self._serving_thread is None:
            self._serving_thread = threading.Thread(
                target=self.serve_forever, name="pyrox-daemon", daemon=True
            )
            self._serving_thread.start()
        return self

    @property
    def sockets(self) -> list[Any]:
        """What another event loop waits for, by its ``fileno()``, before it calls :meth:`events`.

        A thread daemon serves in threads of its own from the first time that this is asked for.
        """
        if self.server_type == "thread":
            self.start()
            return [place.listener for place in self._places]
        return [self]

    def events(self, sockets: Iterable[Any] = ()) -> None:
        """Serve those of :attr:`sockets` that are ready, without waiting."""
        if self.server_type == "multiplex":
            self.handle_events()

    def fileno(self) -> int:
        """Return a descriptor for somebody else's event loop; see :meth:`handle_events`."""
        self._needs_multiplex()
        if self._closed:
            raise DaemonError("the daemon is closed: it has no descriptor any more")
        return self._server.fileno()

    def handle_events(self, timeout: float = 0.0) -> None:
        """Serve what is ready, waiting for it at most ``timeout`` seconds.

        To be called by another event loop when :meth:`fileno` is readable, and once a second or
        so besides; for a multiplex daemon. It closes the daemon once that was asked to stop:
        until then :attr:`is_closed` is false.
        """
        self._needs_multiplex()
        if self._closed:
            return
        self._server.turn(timeout)
        if self._stopping.is_set():
            self._close_once()
        else:
            self._take_care()

    def combine(self, other: Guest) -> None:
        """Serve another multiplex daemon in this one's loop, or whatever has a descriptor.

        That is anything with two methods: ``fileno()``, whose descriptor can be read when there
        is something to do, and ``handle_events()``, which does it without waiting. The latter is
        also called about once a second; when it fails, that is logged. Each of the two is closed
        by itself, and then served no more.
        """
        self._needs_multiplex()
        if not isinstance(other, Guest):
            raise UsageError(f"{other!r} cannot be combined: it needs fileno() and handle_events()")
        if other is self or other in self._server.guests:
            raise UsageError(f"{other!r} is served in this loop already")
        if isinstance(other, Daemon):
            other._needs_multiplex()
            if other._closed or other._host is not None or self._is_guest_of(other):
                raise UsageError(f"{other!r} is closed, or served in another loop")
            other._host = self
        self._server.guests.add(other)

    def _is_guest_of(self, other: Daemon) -> bool:
        host = self._host
        return host is not None and (host is other or host._is_guest_of(other))

    def shutdown(self, timeout: float | None = None) -> None:
        """Stop serving; calls that are running get ``timeout`` seconds to finish.

        Returns when the daemon is closed, but at once inside a remote method, whose answer is
        still sent, and in ``client_disconnected``. ``timeout`` is the setting ``shutdown_timeout``
        by default.
        """
        if timeout is not None:
            self.config = self.config.replace(shutdown_timeout=timeout)
        self._stopping.set()
        if not self._closed:
            self._server.wake()
        context = serving.get()
        thread = self._loop_thread
        if (context is not None and context.daemon is self) or thread is threading.current_thread():
            return
        if self._server.drops_here:
            return
        if thread is None:
            self._close_once()
        self._stopped.wait(self.config.shutdown_timeout + 5.0)

    def drain(self, timeout: float = 30.0) -> None:
        """Stop without an error for anybody: let clients go elsewhere, then shut down.

        Published names are withdrawn and nobody new is accepted. Calls that are running finish,
        and item streams that are read; pyrox clients are told, and make their next calls where
        their name leads then. After ``timeout`` seconds, or once nothing has been in flight for a
        moment, it is a :meth:`shutdown`. Inside a remote method it returns at once.
        """
        thread = threading.Thread(target=self._drain, args=(timeout,), name="pyrox-drain")
        thread.start()
        context = serving.get()
        here = self._loop_thread in (None, threading.current_thread())
        if not (here or (context is not None and context.daemon is self)):
            thread.join()

    def _drain(self, timeout: float) -> None:
        ends = time.monotonic() + timeout
        if self._publisher is not None:
            self._publisher.stop()
        self._server.drain()
        while not self._stopped.wait(DRAIN_PAUSE):
            if self._server.is_drained(DRAIN_GRACE, STREAM_GRACE) or time.monotonic() > ends:
                break
        self.shutdown()

    def close(self) -> None:
        """Stop at once, and release everything."""
        self.shutdown(0.0)

    @property
    def _loop_thread(self) -> threading.Thread | None:
        """The thread that serves, its own or that of the daemon it was combined with."""
        thread = self._serving_thread
        return self._host._loop_thread if thread is None and self._host is not None else thread

    def _close_once(self) -> None:
        with self._closing:
            if self._closed:
                return
            self._closed = True
            if self._publisher is not None:
                self._publisher.stop()  # first, or others would still be sent here
            if self._host is not None:
                self._host._server.guests.remove(self)
                self._host = None
            for guest in self._server.guests:
                if isinstance(guest, Daemon):
                    guest._host = None
            self._server.stop(self.config.shutdown_timeout)
            self.streams.clear()
            self._loop.stop(self.config.shutdown_timeout)
            self._server.close()
            try:
                self.closed()
            finally:
                self._stopped.set()

    def _needs_multiplex(self) -> None:
        if self.server_type != "multiplex":
            raise UsageError(
                "a thread daemon serves in threads of its own: call daemon.start() once, or make "
                'it with server="multiplex"'
            )

    def _after_fork(self) -> None:
        """In a child process: leave alone what the parent serves.

        What it does not serve yet, the child may serve, or both.
        """
        self._host = self._publisher = None
        if self._serving_thread is None:
            self._closing = threading.Lock()
            if not self._closed:
                self._server.renew()
            return
        self._serving_thread = None
        self._closing = threading.Lock()
        self._stopping, self._stopped = threading.Event(), threading.Event()
        self._stopping.set()
        self._stopped.set()
        if not self._closed:
            self._closed = True
            self._server.abandon()

    def _link_connected(self, link: ServerLink) -> None:
        self._tell("client_connected", link.peer)

    def _link_disconnected(self, link: ServerLink) -> None:
        if self.listener is None:
            # Its only client: nobody can come back for the streams, or call any more.
            self.streams.clear()
            self._stopping.set()
            self._server.wake()
            return
        self.streams.disconnected(link, time.monotonic())
        self._tell("client_disconnected", link.peer)

    def __enter__(self: T) -> T:
        if self._closed:
            raise DaemonError("cannot reuse this object: the daemon is closed")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close() if kind else self.shutdown()


_all: weakref.WeakSet[Daemon] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for daemon in list(_all):
        daemon._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
