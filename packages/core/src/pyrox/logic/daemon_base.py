"""The daemon, as far as it does not matter how one waits: its objects, and who may be told what."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, NamedTuple, Protocol

from ..access.policy import Policy
from ..contracts.converters import Converters, default_converters
from ..contracts.transport import Listener
from ..errors import DaemonError, SecurityError, UsageError
from ..objects.registry import Entry, Registry
from ..objects.streams import StreamTable
from ..plugins import Plugins, installed_plugins
from ..values.config import Config, current_config
from ..values.context import CallContext, Peer, serving
from ..values.places import nat_location_for, scheme_of
from ..values.uri import URI
from ..wire.buffers import Buffer
from .daemon_object import DaemonObject
from .invocation import Dispatcher
from .proxy_base import ProxyBase

__all__ = ["DRAIN_GRACE", "DRAIN_PAUSE", "HOUSEKEEPING", "STREAM_GRACE", "DaemonBase"]

log = logging.getLogger("pyrox.daemon")

DRAIN_GRACE = 1.0
"""How long, in seconds, nothing may have been in flight before a daemon that drains is closed."""
STREAM_GRACE = 5.0
"""The same for a client that has not read all of an item stream."""
DRAIN_PAUSE = 0.05
"""How often, in seconds, it looks."""
HOUSEKEEPING = 1.0
"""How often, in seconds, overdue connections and streams are looked for."""
_SHORTEST_WAIT = 0.1
"""How often, at most, handshakes that take too long are."""


class Place(NamedTuple):
    """Where a daemon listens; ``nat`` is what URIs say instead, if anything."""

    transport: str
    listener: Listener
    nat: str = ""

    @property
    def location(self) -> str:
        """What URIs say, by now: a listener's certificate, which may be a part of it, changes."""
        return self.listener.location

    def uri(self, object_id: str, nat: bool = True) -> URI:
        """Return the URI of an object there."""
        where = nat_location_for(self.nat, self.location) if nat and self.nat else self.location
        return URI.of(object_id, where, self.transport)


class Accepting(Protocol):
    """What is asked of a driver's server."""

    def listen(self, listener: Listener) -> None:
        """Accept connections there, too."""

    def end_late_handshakes(self, now: float) -> None:
        """Refuse those whose handshake takes too long."""

    def housekeeping(self, now: float) -> None:
        """Drop the links whose time is over."""


class DaemonBase:
    """Holds objects for a driver to serve."""

    proxy_class: type[ProxyBase]
    """What :meth:`proxy_for` makes."""
    capabilities: frozenset[str] = frozenset()
    """What it can do beyond Pyro 5 on the wire; a client that can do it too gets it."""
    server_type: str
    listener: Listener | None
    transport: str
    location: str
    nat_location: str
    _closed: bool
    _server: Accepting

    def __init__(
        self,
        config: Config | None,
        converters: Converters | None,
        plugins: Plugins | None,
        policy: Policy | None,
        guard: AbstractContextManager[Any],
        settle: Callable[[Any], Any] | None = None,
    ) -> None:
        self.config = config or current_config()
        self.plugins = plugins or installed_plugins()
        self._hooks = self.plugins.manager.hook
        # Its own where none were given, so that what is registered with it is nobody else's.
        self.converters = converters or default_converters.child()
        self._places: list[Place] = []
        self.registry = Registry(self._locate_for_caller, guard)
        self.streams = self._make_streams()
        cls = type(self)
        self._dispatcher = Dispatcher(
            self,
            self.registry,
            self.streams,
            self.config,
            self.converters,
            self.plugins,
            time.monotonic,
            None if cls.annotations is DaemonBase.annotations else self.annotations,
            None if cls.invoke is DaemonBase.invoke else self.invoke,
            None if cls.instance_for is DaemonBase.instance_for else self.instance_for,
            policy,
            settle,
        )
        self._closed = False
        # Handshakes that have little time are looked after more often than anything else.
        limit = self.config.handshake_timeout or HOUSEKEEPING * 4
        self._care_interval = min(max(limit / 4, _SHORTEST_WAIT), HOUSEKEEPING)
        self._look_again, self._cared_for = 0.0, time.monotonic()

    def _make_streams(self) -> StreamTable:
        config = self.config
        return StreamTable(config.stream_lifetime, config.stream_linger, config.max_streams)

    def _listen_first(self, locations: Sequence[str], nat_location: str | None) -> Listener:
        """Listen at these places; the first is what URIs say, or else ``nat_location``."""
        try:
            for location in locations:
                self._places.append(self._open_place(location))
            first = self._places[0]
            self.transport, self.location = first.transport, first.location
            nat = self.config.nat_location if nat_location is None else nat_location
            self.nat_location = nat_location_for(nat, self.location)
            self._places[0] = first._replace(nat=nat)
        except BaseException:
            for place in self._places:
                place.listener.close()
            raise
        return first.listener

    def _open_place(self, location: str) -> Place:
        """Listen at one more place."""
        # What URIs say is the scheme that was asked for: given plugins may serve "tcp" by TLS.
        scheme, where = scheme_of(location)
        transport = self.plugins.transport(scheme)
        listener = transport.listen(where, self.config)
        try:
            self._dispatcher.access.check_place(
                f"{scheme}://{listener.location}",
                is_public=transport.is_public(listener.location),
                encrypts=listener.encrypts,
                vouched_for=listener.keeps_strangers_out,
                has_own_checks=type(self).validate_handshake is not DaemonBase.validate_handshake,
            )
        except BaseException:
            listener.close()
            raise
        return Place(scheme, listener)

    @property
    def locations(self) -> list[str]:
        """Where the daemon listens, each ``transport://location``; the first is what URIs say."""
        return [f"{place.transport}://{place.location}" for place in self._places]

    def listen(self, location: str) -> str:
        """Listen at one more place, whether or not the daemon serves yet; return its location.

        ``location`` is as for the daemon itself. Clients find the same objects there, and
        references that they are sent name the place that they came by. URIs that the daemon gives
        its own program go on to name the first place, unless :meth:`uri_for` is asked for another.
        """
        if self._closed:
            raise DaemonError("cannot reuse this object: the daemon is closed")
        place = self._open_place(location)
        self._places.append(place)
        self._server.listen(place.listener)
        return f"{place.transport}://{place.location}"

    # Objects

    def register(
        self,
        target: Any,
        object_id: str | None = None,
        *,
        force: bool = False,
        weak: bool = False,
    ) -> URI:
        """Let remote callers use an object, or instances of a class; return its URI.

        Without ``object_id`` one is made up. ``force`` takes the place of what is registered
        under that id; ``weak`` does not keep the object alive, and forgets it when it is gone.
        Raises DaemonError for an id or object that is registered already.
        """
        return self._locate(self.registry.register(target, object_id, force=force, weak=weak).id)

    def unregister(self, target: Any) -> None:
        """Stop serving an object, a class, or what has an id; an unknown id is passed over."""
        self.registry.unregister(target)

    def uri_for(self, target: Any, *, nat: bool = True, transport: str | None = None) -> URI:
        """Return the URI of a registered object or class, or for any id.

        Of a daemon that listens at several places it names the first, or the first of a
        ``transport``. Raises UsageError where there is none.
        """
        object_id = target if isinstance(target, str) else self.registry.find(target).id
        if transport is None:
            return self._locate(object_id, nat)
        for place in self._places:
            if place.transport == transport.lower():
                return place.uri(object_id, nat)
        raise UsageError(
            f"the daemon does not listen by {transport}, only at {', '.join(self.locations)}"
        )

    def uris_for(self, target: Any) -> list[URI]:
        """Return the URIs of a registered object or class, or for any id: one for each place."""
        object_id = target if isinstance(target, str) else self.registry.find(target).id
        return [place.uri(object_id) for place in self._places] or [self._locate(object_id)]

    def _uri_of(self, target: Any, object_id: str | None) -> URI:
        """Return the URI of an object or class, registered now if it was not."""
        if isinstance(target, str) or self.registry.reference_to(target) is not None:
            return self.uri_for(target)
        return self.register(target, object_id)

    def proxy_for(self, target: Any, *, nat: bool = True) -> Any:
        """Return a proxy for a registered object, class or id."""
        entry = self.registry.find(target)
        return self.proxy_class(
            self._locate(entry.id, nat),
            config=self.config,
            members=entry.names,
            plugins=self.plugins,
        )

    def refresh(self, target: Any) -> None:
        """Read the exposed members of a registered object again, after its class changed.

        The same goes for all other objects of that class, and of those derived from it.
        """
        self.registry.refresh(self.registry.find(target).cls)

    def register_class(
        self,
        cls: type,
        to_dict: Callable[[Any], Any] | None = None,
        from_dict: Callable[[dict[str, Any]], Any] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """Let instances of a class travel to and from this daemon; see Converters.register."""
        self.converters.register(cls, to_dict, from_dict, name=name)

    def unregister_class(self, cls: type, *, name: str | None = None) -> None:
        """Take back :meth:`register_class`; a class that is not registered is passed over."""
        self.converters.unregister(cls, name=name)

    @property
    def is_closed(self) -> bool:
        """True once it has been closed: it cannot be used again."""
        return self._closed

    @property
    def objects(self) -> Mapping[str, Any]:
        """What is registered, by id; None for a weakly registered object that is gone."""
        return {key: entry.target for key, entry in list(self.registry.objects.items())}

    def _locate(self, object_id: str, nat: bool = True) -> URI:
        if self._places:
            return self._places[0].uri(object_id, nat)
        return URI.of(object_id, self.location, self.transport)  # on a given socket

    def _locate_for_caller(self, object_id: str) -> URI:
        """Return the URI of an object, by the place that the client at hand came by."""
        context = serving.get() if len(self._places) > 1 else None
        came_by: Listener | None = None
        if context is not None and context.daemon is self:
            came_by = context.connection.listener
        for place in self._places:
            if place.listener is came_by:
                return place.uri(object_id)
        return self._locate(object_id)

    def make_daemon_object(self) -> DaemonObject:
        """Return the object that answers as ``Pyro.Daemon``; a subclass may return its own."""
        return DaemonObject(self, self.registry, self.streams)

    # To be overridden

    def validate_handshake(self, peer: Peer, data: Any) -> Any:
        """Return the answer to a client's handshake data, None for the usual; raise to refuse."""
        return None

    def annotations(self) -> dict[str, Buffer]:
        """Return annotations, 4 letters to bytes, that go with every answer."""
        return {}

    def client_connected(self, peer: Peer) -> None:
        """Take note of a client that finished its handshake."""

    def client_disconnected(self, peer: Peer) -> None:
        """Take note that a client's connection ended."""

    def invoke(
        self,
        context: CallContext,
        method: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
    ) -> Any:
        """Call a method for a client and return its result.

        Overridden, it can do something before or after, or raise instead. Attributes are read and
        written without it.
        """
        return method(*args, **kwargs)

    def instance_for(self, context: CallContext, cls: type) -> Any:
        """Return the instance of a registered class that serves a call, as ``@behavior`` says.

        Overridden, it can choose another one, or raise to refuse the caller.
        """
        return self.registry.instance(self.registry.find(cls), context.connection.instances)

    def find_late(self, peer: Peer, entry: Entry, name: str) -> Any:
        """Return what to call by a name that is not among an object's members, if it is exposed.

        What an object makes up when it is asked is not called, unless this is overridden.
        """
        return None

    def method_failed(self, context: CallContext, error: BaseException) -> BaseException | None:
        """Take note of an exception that a called method raised.

        What this returns, if anything, is sent to the caller in its place.
        """
        log.debug("%s.%s raised %r", context.object_id, context.method, error)
        return None

    def housekeeping(self) -> None:
        """Do what has to be done about every second, while the daemon serves."""

    def closed(self) -> None:
        """Release what a subclass holds, once, after the last call has ended."""

    def _take_care(self) -> None:
        """Do what has to be done now and then, unless that was just done."""
        now = time.monotonic()
        if now < self._look_again:
            return
        self._look_again = now + self._care_interval / 2
        self._server.end_late_handshakes(now)
        if now - self._cared_for < HOUSEKEEPING / 2:
            return
        self._cared_for = now
        self._server.housekeeping(now)
        self.streams.expire(now)
        try:
            self.housekeeping()
        except Exception:
            log.exception("housekeeping failed")

    def _tell(self, what: str, peer: Peer) -> None:
        hook = getattr(self._hooks, f"pyrox_{what}")
        calls: dict[str, Callable[[], Any]] = {what: partial(getattr(self, what), peer)}
        if hook.get_hookimpls():  # to ask nobody takes as long as a call
            calls[hook.name] = partial(hook, peer=peer)
        for name, call in calls.items():
            try:
                call()
            except BaseException:  # the user's own code, which must not end the daemon
                log.exception("%s failed", name)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{len(self.registry.objects)} objects"
        return f"<{type(self).__name__} on {self.transport}://{self.location}; {state}>"

    def __reduce__(self) -> Any:
        raise SecurityError("a daemon cannot be copied or sent; send daemon.uri_for(object)")
