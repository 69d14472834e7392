"""The proxy: a remote object as if it were here."""

from __future__ import annotations

import math
import socket
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast, overload

from ..contracts.converters import Converters, default_converters
from ..errors import CommunicationError, UsageError
from ..logic.interfaces import Interface
from ..logic.proxy_base import ProxyBase, find_reference
from ..logic.remote_help import RemoteDoc
from ..objects.exposure import ASKED_BY_PYTHON
from ..plugins import Plugins
from ..values.config import Config
from ..values.places import finding_uri, ns_location
from ..values.reference import Members, ObjectReference
from ..values.uri import NAMESERVER_ID, URI
from .calls import RemoteMethod
from .client import RemoteObject
from .flow import run_flow
from .places import CONNECTED_SOCKET

__all__ = ["Proxy", "connect", "locate_ns", "resolve", "wait_for"]

T = TypeVar("T")


class Proxy(ProxyBase):
    """Stands for one remote object: calling its methods calls that object's.

    Exposed attributes are read and written as attributes; methods that return an iterator give an
    :class:`ItemStream`. A proxy connects when it is first used, may be used from many threads,
    survives a fork, and after any failure connects again at the next use. ``_pyro`` is the only
    name that it keeps for itself (see :class:`RemoteObject`).

    ``uri`` is a ``PYRO:``, ``PYRONAME:`` or ``PYROMETA:`` URI; ``serializer`` a name, by default
    the best that both sides have; ``timeout`` the time a call may take, in seconds; ``handshake``
    what the daemon's handshake validation is shown; ``plugins`` others than those installed.

    With ``connected_socket``, ``uri`` is the object's id in the daemon at the other end of that
    socket. There is no handshake. Releasing the proxy leaves the socket open, for another proxy:
    this one cannot connect it again. Proxies on one socket take turns.

    A call raises what the method raised; RemoteError where that class is not known here;
    CommunicationError, with its ``outcome``, where the call failed on its way;
    AttributeError for a name that the object does not expose.
    """

    __slots__ = ()

    _pyro: RemoteObject
    _remote_class = RemoteObject

    def __init__(
        self,
        uri: str | URI,
        *,
        config: Config | None = None,
        converters: Converters | None = None,
        serializer: str | None = None,
        timeout: float | None = None,
        handshake: Any = "hello",
        members: Members | None = None,
        plugins: Plugins | None = None,
        connected_socket: socket.socket | None = None,
    ) -> None:
        if connected_socket is not None:
            uri = _on_connected_socket(uri)
        remote = RemoteObject(
            URI(uri),
            config,
            converters,
            serializer,
            timeout,
            handshake,
            members,
            plugins,
            connected_socket,
        )
        object.__setattr__(self, "_pyro", remote)

    def __getattr__(self, name: str) -> Any:
        remote = self._pyro
        members = remote._members
        if name in members.methods:
            # Kept, so that this is asked once for each name.
            method = self.__dict__[name] = RemoteMethod(remote, name)
            return method
        if name in ASKED_BY_PYTHON and name not in members.attributes:
            raise AttributeError(name)
        if not members:
            members = remote.members
            if name in members.methods:
                return self.__getattr__(name)
        if name in members.attributes:
            return remote.get(name)
        raise AttributeError(remote.explain(name))

    def __setattr__(self, name: str, value: Any) -> None:
        remote = self._pyro
        if name in remote.members.attributes:
            remote.set(name, value)
        elif name in type(self).__slots__ or name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            raise AttributeError(f"remote object '{remote.uri}' has no exposed attribute {name!r}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._pyro.call("__call__", args, kwargs)

    def __len__(self) -> int:
        return cast(int, self._pyro.call("__len__", (), {}))

    def __getitem__(self, index: Any) -> Any:
        return self._pyro.call("__getitem__", (index,), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        self._pyro.call("__setitem__", (index, value), {})

    def __delitem__(self, index: Any) -> None:
        self._pyro.call("__delitem__", (index,), {})

    def __iter__(self) -> Iterator[Any]:
        remote = self._pyro
        if "__iter__" in remote.methods:
            return cast(Iterator[Any], remote.call("__iter__", (), {}))
        if "__getitem__" in remote.methods:
            return self._by_index()
        raise TypeError(f"remote object '{remote.uri}' cannot be iterated: it exposes no __iter__")

    def _by_index(self) -> Iterator[Any]:
        index = 0
        while True:
            try:
                yield self[index]
            except IndexError:
                return
            index += 1

    def __contains__(self, item: Any) -> bool:
        if "__contains__" in self._pyro.methods:
            return bool(self._pyro.call("__contains__", (item,), {}))
        return any(item == element for element in self)

    def __enter__(self: T) -> T:
        return self

    def __exit__(self, *_: object) -> None:
        self._pyro.release()

    def __dir__(self) -> list[str]:
        remote = self._pyro
        members = remote.known_members
        if not members:
            try:
                members = remote.members
            except CommunicationError:
                members = Members()
        return sorted({*super().__dir__(), *members.methods, *members.attributes})


Proxy.__doc__ = cast(str, RemoteDoc(Proxy.__doc__, lambda proxy: proxy._pyro.help()))


def _on_connected_socket(object_id: str | URI) -> URI:
    if isinstance(object_id, URI):
        object_id = object_id.object
    if "@" in object_id:
        raise UsageError(f"with connected_socket, give the object's id alone, not {object_id!r}")
    return URI.of(object_id, CONNECTED_SOCKET)


@overload
def connect(uri: str | URI, interface: Callable[..., T], **options: Any) -> T: ...
@overload
def connect(uri: str | URI, interface: None = ..., **options: Any) -> Proxy: ...
def connect(uri: str | URI, interface: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Return a connected proxy; to a type checker it is an ``interface``.

    Calls that the interface's methods do not take raise TypeError before they travel.
    ``options`` are those of :class:`Proxy`. Raises ConnectError where nobody answers.
    """
    if interface is not None and not isinstance(interface, type):
        raise UsageError(f"the interface is a class, not {interface!r}")
    proxy = Proxy(uri, **options)
    proxy._pyro.interface = None if interface is None else Interface(interface)
    proxy._pyro.bind()
    return proxy


def locate_ns(
    host: str = "",
    port: int | None = None,
    *,
    broadcast: bool | None = None,
    config: Config | None = None,
    plugins: Plugins | None = None,
) -> Proxy:
    """Return a connected proxy for the name server.

    Looks at ``host`` and ``port``, by default where the settings ``ns_host`` and ``ns_port`` say;
    ``broadcast`` (by default the setting ``ns_broadcast``) asks the whole network if it is not
    there: anybody on it can answer. Raises NamingError where there is none.
    """
    proxy = Proxy(f"PYRO:{NAMESERVER_ID}@localhost:1", config=config, plugins=plugins)
    remote = proxy._pyro
    config = remote.config
    if port is not None:
        config = config.replace(ns_port=port)
    location = ns_location(host, config.ns_port) if host else None
    ask = config.ns_broadcast if broadcast is None else broadcast
    flow = remote.plugins.resolver("PYRONAME").locate(location, ask, config)
    remote.uri = run_flow(flow, config, remote.converters, remote.plugins)
    remote.bind()
    return proxy


def resolve(uri: str | URI, *, config: Config | None = None, plugins: Plugins | None = None) -> URI:
    """Return where the object of a ``PYRONAME:`` or ``PYROMETA:`` URI is.

    Raises NamingError where it leads nowhere; a ``PYRO:`` URI is returned as it is.
    """
    return RemoteObject(URI(uri), config, plugins=plugins).resolve()


def wait_for(
    name: str,
    timeout: float | None = None,
    *,
    config: Config | None = None,
    plugins: Plugins | None = None,
) -> URI:
    """Wait until the name server knows ``name``; return where the object is.

    ``name`` may be a ``PYRONAME:`` or ``PYROMETA:`` URI as well. Raises NamingError after
    ``timeout`` seconds, never by default.
    """
    remote = RemoteObject(finding_uri(name), config, plugins=plugins)
    remote.config = remote.config.replace(ns_lookup_delay=math.inf if timeout is None else timeout)
    return remote.resolve()


def _make_proxy(reference: ObjectReference) -> Proxy:
    return Proxy(reference.uri, serializer=reference.serializer, members=reference.members)


default_converters.set_references(_make_proxy, find_reference)
