"""The server side of Pyro5: the daemon, and what marks the members of classes.

A :class:`Daemon` is a thin face: everything is done by the ``pyrox.Daemon`` that it holds.
"""

from __future__ import annotations

import logging
import selectors
import warnings  # noqa: F401  (published programs take it from here, and "errors" as well)
import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pyrox
from pyrox import behavior, callback, expose, oneway
from pyrox.objects.exposure import is_private as is_private_attribute
from pyrox.objects.exposure import members_of, names_of

from . import errors  # noqa: F401
from .client import Proxy, proxy_for
from .configure import global_config as config
from .conversion import converters
from .documented import module_named
from .errors import DaemonError, PyroError
from .inner import HOOKS, InnerDaemon, Pending, inner_daemon
from .locating import locate_ns
from .settings import DaemonSettings, check_given_socket, keep_up, plugins, settings
from .socketutil import SocketConnection
from .svr_existingconn import SocketServer_ExistingConnection
from .svr_multiplex import SocketServer_Multiplex
from .svr_threads import SocketServer_Threadpool
from .translation import pyro5_errors
from .transport_server import TransportServer
from .uri import URI

__all__ = [
    "Daemon",
    "DaemonObject",
    "behavior",
    "callback",
    "expose",
    "is_private_attribute",
    "oneway",
    "serve",
]

T = TypeVar("T", bound="Daemon")
log = logging.getLogger("Pyro5.server")
if not TYPE_CHECKING:
    __getattr__ = module_named


class DaemonObject(pyrox.DaemonObject):
    """What a daemon answers about itself; a subclass, given as ``interface``, may expose more."""

    def __init__(self, daemon: Daemon) -> None:
        inner = daemon._pyrox
        super().__init__(inner, inner.registry, inner.streams)
        self.daemon = daemon

    @expose
    def info(self) -> str:
        """Return one line about the daemon."""
        daemon = self.daemon
        return (
            f"{pyrox.DAEMON_ID} bound on {daemon.locationStr}, NAT {daemon.natLocationStr}, "
            f"{len(daemon.objectsById)} objects registered. Servertype: {daemon.transportServer}"
        )


DaemonObject.__module__ = "Pyro5.server"


def _log_failure(
    daemon: Daemon,
    client_sock: Any,
    method: str,
    vargs: Any,
    kwargs: Any,
    exception: Exception,
) -> None:
    """Log what a method raised: what a daemon does unless it is given another handler."""
    log.debug("exception during method call %s from client %s: %r", method, client_sock, exception)


class Daemon:
    """Holds objects and serves them, in :meth:`requestLoop` or in a loop of the program's own.

    Listens at ``host`` (config ``HOST``) and ``port`` (a free one), or at ``unixsocket``, a path;
    or serves ``connected_socket`` alone. ``nathost`` and ``natport`` are what URIs say instead,
    for clients behind a router. ``interface`` is the class of the daemon's own object.
    """

    _pyrox: InnerDaemon

    def __init__(
        self,
        host: Any = None,
        port: int = 0,
        unixsocket: str | None = None,
        nathost: Any = None,
        natport: int | None = None,
        interface: type[DaemonObject] = DaemonObject,
        connected_socket: Any = None,
    ) -> None:
        _check_servers()
        if connected_socket is not None:
            check_given_socket(connected_socket)
        self._pyroInterface = interface
        self._pyroPending = Pending()
        self._pyroConnectedSocket = connected_socket
        self.methodcall_error_handler: Callable[..., Any] = _log_failure
        overridden = [
            name for name in HOOKS if getattr(type(self), name) is not getattr(Daemon, name)
        ]
        with pyro5_errors():
            inner_daemon(
                self,
                overridden,
                f"unix:{unixsocket}" if unixsocket else _location(host, port),
                config=DaemonSettings.of(settings()),
                plugins=plugins(),
                converters=converters,
                nat_location=_nat_location(nathost, natport, unixsocket, connected_socket),
                connected_socket=connected_socket,
            )
        keep_up(self._pyrox)

    # Where it is

    @property
    def locationStr(self) -> str:
        """Where the daemon listens: host:port, or ./u:path."""
        return self._pyrox.location

    @property
    def natLocationStr(self) -> str | None:
        """Where clients reach it from outside, if that is another place."""
        return self._pyrox.nat_location or None

    @property
    def objectsById(self) -> Mapping[str, Any]:
        """What is registered, by id."""
        return self._pyrox.objects

    @property
    def _pyroInstances(self) -> dict[type, Any]:
        """The instances of classes whose instance mode is ``single``, by class."""
        return self._pyrox.registry.singles

    @property
    def streaming_responses(self) -> dict[str, None]:
        """The item streams that clients have not read to their end, by id."""
        return dict.fromkeys(self._pyrox.streams)

    @property
    def transportServer(self) -> TransportServer:
        """What serves the connections, as Pyro5 names it."""
        if self._pyroConnectedSocket is not None:
            return SocketServer_ExistingConnection(self)
        thread = self._pyrox.server_type == "thread"
        return (SocketServer_Threadpool if thread else SocketServer_Multiplex)(self)

    @property
    def sock(self) -> Any:
        """The socket that listens."""
        if self._pyroConnectedSocket is not None:
            return self._pyroConnectedSocket
        return getattr(self._pyrox.listener, "socket", self._pyrox.listener)

    @property
    def sockets(self) -> list[Any]:
        """What a loop of the program's own has to wait for, before it calls :meth:`events`.

        A thread daemon serves in its own threads from the first time that this is asked for.
        """
        if self._pyrox.server_type == "thread":
            self._pyroServeInBackground()
            return [self.sock]
        return [self._pyrox]

    @property
    def selector(self) -> selectors.BaseSelector:
        """A selector that is ready when there is something to serve (multiplex only)."""
        if self._pyrox.server_type == "thread":
            raise TypeError(
                "threadpool server doesn't have multiplexing selector: set SERVERTYPE to multiplex"
            )
        selector = selectors.DefaultSelector()
        selector.register(self._pyrox, selectors.EVENT_READ, self)
        return selector

    # Objects

    def register(
        self,
        obj_or_class: Any,
        objectId: str | None = None,
        force: bool = False,
        weak: bool = False,
    ) -> URI:
        """Let remote callers use an object, or instances of a class; return its URI."""
        if not isinstance(objectId, str | None):
            raise TypeError(f"objectId must be a string or None, not {objectId!r}")
        with pyro5_errors():
            uri = self._pyrox.register(obj_or_class, objectId, force=force, weak=weak)
        try:
            obj_or_class._pyroId = uri.object
            obj_or_class._pyroDaemon = weakref.proxy(self)
        except (AttributeError, TypeError):
            log.debug("%r takes no attributes: it is served without _pyroDaemon", obj_or_class)
        return URI.from_native(uri)

    def unregister(self, objectOrId: Any) -> None:
        """Stop serving an object, a class, or what has an id; an unknown id is passed over."""
        if objectOrId is None:
            raise ValueError("object or objectid argument expected")
        with pyro5_errors():
            self._pyrox.unregister(objectOrId)
        if not isinstance(objectOrId, str):
            for name in ("_pyroId", "_pyroDaemon"):
                vars_of = getattr(objectOrId, "__dict__", {})
                if name in vars_of:
                    delattr(objectOrId, name)

    def uriFor(self, objectOrId: Any, nat: bool = True) -> URI:
        """Return the URI of a registered object or class, or for any id."""
        with pyro5_errors():
            return URI.from_native(self._pyrox.uri_for(objectOrId, nat=nat))

    def proxyFor(self, objectOrId: Any, nat: bool = True) -> Proxy:
        """Return a proxy for a registered object, class or id; it knows the members already."""
        if isinstance(objectOrId, str) and objectOrId not in self._pyrox.objects:
            raise DaemonError(f"object isn't registered in this daemon: {objectOrId!r}")
        with pyro5_errors():
            proxy = proxy_for(self._pyrox.proxy_for(objectOrId, nat=nat)._pyro.reference())
        proxy._pyroCheckMembers()
        return proxy

    def resetMetadataCache(self, objectOrId: Any, nat: bool = True) -> None:
        """Read the exposed members of a registered object again, after its class changed.

        An unknown id is passed over.
        """
        if isinstance(objectOrId, str) and objectOrId not in self._pyrox.objects:
            return
        with pyro5_errors():
            self._pyrox.refresh(objectOrId)

    # To be overridden

    def validateHandshake(self, conn: SocketConnection, data: Any) -> Any:
        """Return the answer to a client's handshake data; raise to refuse the client."""
        return "hello"

    def annotations(self) -> dict[str, Any]:
        """Return annotations, 4 letters to bytes, that go with every answer."""
        return {}

    def clientDisconnect(self, conn: SocketConnection) -> None:
        """Take note that a client's connection ended."""

    def _getInstance(self, clazz: type, conn: SocketConnection) -> Any:
        """Return the instance of a registered class that serves a call; raise to refuse it.

        Not in Pyro5's manual, and yet overridden by programs.
        """
        registry = self._pyrox.registry
        return registry.instance(registry.find(clazz), cast(Any, conn.pyroInstances))

    def handleRequest(self, conn: SocketConnection) -> None:
        """Handle one request: call the method. What overrides this has to call it."""
        if (request := self._pyroPending.request) is not None:
            request.handle()

    def housekeeping(self) -> None:
        """Do what has to be done every now and then, while the daemon serves."""

    def _pyroClosed(self) -> None:
        """Release what a subclass of ours holds, once, after the last call has ended."""

    # Serving

    def requestLoop(self, loopCondition: Callable[[], Any] = lambda: True) -> None:
        """Serve until :meth:`shutdown`, ctrl-C, or until ``loopCondition()`` is false."""
        with pyro5_errors():
            self._pyrox.serve_forever(loopCondition, close=False)

    def events(self, eventsockets: Iterable[Any]) -> None:
        """Serve those of :attr:`sockets` that are ready, in a loop of the program's own."""
        with pyro5_errors():
            if self._pyrox.server_type == "thread":
                self._pyroServeInBackground()
            else:
                self._pyrox.handle_events()

    def _pyroServeInBackground(self) -> None:
        if not self._pyrox.is_closed:
            self._pyrox.start()

    def combine(self, daemon: Any) -> None:
        """Serve another daemon, or a broadcast server, in this one's loop (multiplex only)."""
        if self._pyrox.server_type == "thread":
            raise TypeError(
                "You can't use the loop combiner on the threadpool server type: it serves in "
                "threads of its own; set SERVERTYPE to multiplex"
            )
        other = daemon._pyrox if isinstance(daemon, Daemon) else daemon
        try:
            self._pyrox.combine(other)
        except pyrox.UsageError as error:
            raise TypeError(str(error)) from error

    def shutdown(self) -> None:
        """Stop serving, and close; running calls get some seconds to finish."""
        self._pyrox.shutdown()

    def close(self) -> None:
        """Stop at once, and release everything."""
        self._pyrox.close()

    def __enter__(self: T) -> T:
        if self._pyrox.is_closed:
            raise PyroError("cannot reuse this object")
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "unusable"
        if hasattr(self, "_pyrox"):
            family = SocketConnection(self.sock, keep_open=True).family()
            state = f"{self.locationStr} - {family}; {len(self.objectsById)} objects"
        cls = type(self)
        return f"<{cls.__module__}.{cls.__qualname__} at 0x{id(self):x}; {state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _shell, ()

    @staticmethod
    def serveSimple(
        objects: Mapping[Any, str | None],
        host: Any = None,
        port: int = 0,
        daemon: Daemon | None = None,
        ns: bool = True,
        verbose: bool = True,
    ) -> None:
        """Serve objects until interrupted: :func:`serve` by its former name."""
        serve(objects, host, port, daemon, ns, verbose)


Daemon.__module__ = "Pyro5.server"
converters.register_class_to_dict(
    Daemon, lambda _: {"__class__": "Pyro5.server.Daemon", "state": ()}
)
converters.register_dict_to_class("Pyro5.server.Daemon", lambda *_: _shell())


def _shell() -> Daemon:
    """Return what is left of a daemon that travelled: nothing but its class."""
    return Daemon.__new__(Daemon)


def _get_exposed_members(
    obj: Any, only_exposed: bool = True, use_cache: bool = True
) -> dict[str, set[str]]:
    """Return the names that remote callers may use: not documented, and yet used by programs."""
    names = names_of(members_of(obj if isinstance(obj, type) else type(obj)))
    return {
        "methods": set(names.methods),
        "oneway": set(names.oneway),
        "attrs": set(names.attributes),
    }


def serve(
    objects: Mapping[Any, str | None],
    host: Any = None,
    port: int = 0,
    daemon: Daemon | None = None,
    use_ns: bool = True,
    verbose: bool = True,
    ns: bool | None = None,
) -> None:
    """Serve ``objects`` (object or class -> name, or None) until interrupted.

    With ``use_ns`` the names are registered with the name server; without, they are object ids.
    ``ns`` is what samples in Pyro5's manual call it.
    """
    use_ns = use_ns if ns is None else ns
    with daemon or Daemon(host, port) as serving:
        names = locate_ns() if use_ns else None
        for target, name in objects.items():
            uri = serving.register(target, None if use_ns else name)
            if verbose:
                print(f"Object {target!r}:\n    uri = {uri}")
            if names is not None and name:
                names.register(name, uri)
                if verbose:
                    print(f"    name = {name}")
        if names is not None:
            names._pyroRelease()
        if verbose:
            print("Pyro daemon running.", flush=True)
        serving.requestLoop()


def _location(host: Any, port: int) -> str:
    return pyrox.join_host_port(config.HOST if host is None else str(host), port)


def _nat_location(nathost: Any, natport: int | None, unixsocket: Any, connected: Any) -> str:
    """Return what URIs are to say instead of where the daemon listens, or nothing."""
    if natport is not None and nathost is None:
        raise ValueError("must provide natport with nathost")
    if unixsocket and nathost is not None:
        raise ValueError("cannot use nathost together with unixsocket")
    if unixsocket or connected is not None:
        return ""
    nathost = config.NATHOST if nathost is None else nathost
    if nathost is None:
        return ""
    return pyrox.join_host_port(str(nathost), config.NATPORT if natport is None else natport)


def _check_servers() -> None:
    """Raise what Pyro5 does for settings with which no daemon can be made."""
    if config.SERVERTYPE not in ("thread", "multiplex"):
        raise PyroError(f"invalid server type '{config.SERVERTYPE}'")
    if config.THREADPOOL_SIZE < 1 or config.THREADPOOL_SIZE_MIN < 1:
        raise ValueError("threadpool sizes must be greater than zero")
    if config.THREADPOOL_SIZE_MIN > config.THREADPOOL_SIZE:
        raise ValueError("minimum threadpool size must be less than or equal to max size")
