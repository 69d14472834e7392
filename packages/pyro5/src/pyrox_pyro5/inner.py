"""The daemon behind Pyro5's: it does the work, and asks the face where that has a say."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import pyrox

from .connections import connection_of
from .settings import DaemonSettings
from .translation import in_pyro5s_words, was_not_written

if TYPE_CHECKING:
    from .server import Daemon

__all__ = ["HOOKS", "InnerDaemon", "Pending", "inner_daemon"]


class InnerDaemon(pyrox.Daemon):
    """A pyrox daemon whose hooks are the methods of a Pyro5 one, its ``face``."""

    def __init__(self, face: Daemon, location: str, **options: Any) -> None:
        self.face = face
        face._pyrox = self  # the daemon's own object, made next, is given the face
        super().__init__(location, **options)

    def make_daemon_object(self) -> pyrox.DaemonObject:
        return self.face._pyroInterface(self.face)

    def take_settings(self, config: pyrox.Config) -> None:
        """Go on by ``config``, as far as Pyro5 looks at its settings anew."""
        if isinstance(self.config, DaemonSettings):
            self.config.follow(config)
        self.streams.lifetime = config.stream_lifetime
        self.streams.linger = config.stream_linger

    def client_disconnected(self, peer: pyrox.Peer) -> None:
        self.face.clientDisconnect(connection_of(peer))

    def method_failed(
        self, context: pyrox.CallContext, error: BaseException
    ) -> BaseException | None:
        face = self.face
        if was_not_written(error) and _serializer_of(context) == "serpent":
            return TypeError(in_pyro5s_words(str(error)))
        if context.method in ("__getattr__", "__setattr__") or not isinstance(error, Exception):
            return None
        try:
            face.methodcall_error_handler(
                face,
                context.peer.address,
                self._method_of(context),
                context.args,
                context.kwargs,
                error,
            )
        except Exception as instead:
            return instead
        return None

    def find_late(self, peer: pyrox.Peer, entry: Any, name: str) -> Any:
        # Pyro5 asks the object itself: what a descriptor or __getattr__ gives is called, too.
        # But a getter is not run unless it, or its descriptor, is exposed.
        known = inspect.getattr_static(entry.cls, name, None)
        if inspect.isdatadescriptor(known) and not getattr(known, "_pyroExposed", False):
            return None
        target = entry.target
        if entry.instancing is not None:
            target = self.registry.instance(entry, cast(Any, peer.instances))
        return getattr(target, name)

    def _method_of(self, context: pyrox.CallContext) -> Any:
        """Return the method that was called, of its object where that is still there."""
        entry = self.registry.find(context.object_id)
        known = context.connection.instances.get(entry.cls)
        return getattr(entry.target if known is None else known, context.method)

    def housekeeping(self) -> None:
        self.face.housekeeping()

    def closed(self) -> None:
        self.face._pyroClosed()


def _serializer_of(context: pyrox.CallContext) -> str:
    known = pyrox.installed_plugins().serializers_by_id.get(context.request.serializer_id)
    return "" if known is None else known.name


class Request:
    """A call that the program's own ``handleRequest`` makes, or leaves.

    As in Pyro5, what the method raises is for the caller alone.
    """

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._result: Any = None
        self._error: BaseException | None = None

    def handle(self) -> None:
        """Make the call."""
        try:
            self._result = self._call()
        except BaseException as error:
            self._error = error

    def outcome(self) -> Any:
        """Return the method's result, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result


class Pending(threading.local):
    """The request that each thread handles."""

    request: Request | None = None


def _validate_handshake(self: InnerDaemon, peer: pyrox.Peer, data: Any) -> Any:
    return self.face.validateHandshake(connection_of(peer), data)


def _annotations(self: InnerDaemon) -> dict[str, pyrox.Buffer]:
    return self.face.annotations()


def _invoke(
    self: InnerDaemon,
    context: pyrox.CallContext,
    method: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> Any:
    request = Request(partial(method, *args, **kwargs))
    outer, self.face._pyroPending.request = self.face._pyroPending.request, request
    try:
        self.face.handleRequest(connection_of(context.peer))
    finally:
        self.face._pyroPending.request = outer
    return request.outcome()


def _instance_for(self: InnerDaemon, context: pyrox.CallContext, cls: type) -> Any:
    return self.face._getInstance(cls, connection_of(context.peer))


HOOKS: dict[str, tuple[str, Callable[..., Any]]] = {
    "validateHandshake": ("validate_handshake", _validate_handshake),
    "annotations": ("annotations", _annotations),
    "handleRequest": ("invoke", _invoke),
    "_getInstance": ("instance_for", _instance_for),
}


def inner_daemon(face: Daemon, overridden: Iterable[str], location: str, **options: Any) -> None:
    """Make the daemon behind ``face``.

    It asks the face about what the program has ``overridden`` there and about nothing else, since
    each of these hooks takes time in every call.
    """
    hooks = dict(HOOKS[name] for name in overridden)
    kind: type[InnerDaemon] = type("InnerDaemon", (InnerDaemon,), hooks)
    kind(face, location, **options)
