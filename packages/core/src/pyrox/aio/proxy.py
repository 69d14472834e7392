"""The proxy: a remote object as if it were here, to be awaited."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar, overload

from ..errors import UsageError
from ..logic.interfaces import Interface
from ..logic.proxy_base import ProxyBase
from ..objects.exposure import ASKED_BY_PYTHON
from ..plugins import Plugins
from ..values.config import Config
from ..values.places import finding_uri, ns_location
from ..values.reference import ObjectReference
from ..values.uri import NAMESERVER_ID, URI
from .calls import PendingCall, RemoteMember
from .client import RemoteObject
from .flow import run_flow
from .references import set_proxy_maker

__all__ = ["Proxy", "connect", "locate_ns", "resolve", "wait_for"]

T = TypeVar("T")


class Proxy(ProxyBase):
    """Stands for one remote object: calling its methods calls that object's, and is awaited.

    ``await proxy.method(...)`` makes a call, ``async for item in proxy.method(...)`` goes over
    what it returns, ``await proxy.name`` reads an attribute and ``await proxy._pyro.set(name,
    value)`` writes it. A proxy connects when it is first used, serves many tasks at once, and
    after any failure connects again at the next use. ``_pyro`` is the only name that it keeps for
    itself (see :class:`RemoteObject`).

    The arguments are those of :class:`pyrox.Proxy`: ``uri`` is a ``PYRO:``, ``PYRONAME:`` or
    ``PYROMETA:`` URI; ``serializer`` a name, by default the best that both sides have;
    ``timeout`` the time a call may take, in seconds; ``handshake`` what the daemon's handshake
    validation is shown; ``plugins`` others than those installed.

    A call raises what the method raised (StopAsyncIteration for StopIteration, which no coroutine
    can raise); RemoteError where that class is not known here; CommunicationError, with its
    ``outcome``, where the call failed on its way; AttributeError for a name that the object does
    not expose. Cancelling the task that awaits it ends the waiting, and leaves the connection to
    the other calls.
    """

    __slots__ = ()

    _pyro: RemoteObject
    _remote_class = RemoteObject

    def __getattr__(self, name: str) -> RemoteMember:
        remote = self._pyro
        members = remote._members
        if name in members.methods:
            # Kept, so that this is asked once for each name.
            method = self.__dict__[name] = RemoteMember(remote, name, is_method=True)
            return method
        if name not in members.attributes:
            if name in ASKED_BY_PYTHON:
                raise AttributeError(name)
            if members:
                raise AttributeError(remote._missing(name)[0])
        return RemoteMember(remote, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        raise AttributeError(
            f"an assignment cannot be awaited; write: await proxy._pyro.set({name!r}, value)"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> PendingCall:
        return PendingCall(self._pyro.call("__call__", args, kwargs))

    def __getitem__(self, index: Any) -> PendingCall:
        return PendingCall(self._pyro.call("__getitem__", (index,), {}))

    async def __aiter__(self) -> AsyncIterator[Any]:
        remote = self._pyro
        members = await remote.members()
        if "__aiter__" in members.methods or "__iter__" in members.methods:
            name = "__aiter__" if "__aiter__" in members.methods else "__iter__"
            async for item in PendingCall(remote.call(name, (), {})):
                yield item
            return
        if "__getitem__" not in members.methods:
            raise TypeError(
                f"remote object '{remote.uri}' cannot be iterated: it exposes no __iter__"
            )
        index = 0
        while True:
            try:
                item = await self[index]
            except IndexError:
                return
            yield item
            index += 1

    async def __aenter__(self: T) -> T:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pyro.release()

    def __dir__(self) -> list[str]:
        members = self._pyro.known_members
        return sorted({*super().__dir__(), *members.methods, *members.attributes})


@overload
async def connect(uri: str | URI, interface: Callable[..., T], **options: Any) -> T: ...
@overload
async def connect(uri: str | URI, interface: None = ..., **options: Any) -> Proxy: ...
async def connect(
    uri: str | URI, interface: Callable[..., Any] | None = None, **options: Any
) -> Any:
    """Return a connected proxy; to a type checker it is an ``interface``.

    Calls that the interface's methods do not take raise TypeError before they travel.
    ``options`` are those of :class:`Proxy`. Raises ConnectError where nobody answers.
    """
    if interface is not None and not isinstance(interface, type):
        raise UsageError(f"the interface is a class, not {interface!r}")
    proxy = Proxy(uri, **options)
    proxy._pyro.interface = None if interface is None else Interface(interface)
    await proxy._pyro.bind()
    return proxy


async def locate_ns(
    host: str = "",
    port: int | None = None,
    *,
    broadcast: bool | None = None,
    config: Config | None = None,
    plugins: Plugins | None = None,
) -> Proxy:
    """Return a connected proxy for the name server; see :func:`pyrox.locate_ns`.

    Raises NamingError where there is none.
    """
    proxy = Proxy(f"PYRO:{NAMESERVER_ID}@localhost:1", config=config, plugins=plugins)
    remote = proxy._pyro
    config = remote.config
    if port is not None:
        config = config.replace(ns_port=port)
    location = ns_location(host, config.ns_port) if host else None
    ask = config.ns_broadcast if broadcast is None else broadcast
    flow = remote.plugins.resolver("PYRONAME").locate(location, ask, config)
    remote.uri = await run_flow(flow, config, remote.converters, remote.plugins)
    await remote.bind()
    return proxy


async def resolve(
    uri: str | URI, *, config: Config | None = None, plugins: Plugins | None = None
) -> URI:
    """Return where the object of a ``PYRONAME:`` or ``PYROMETA:`` URI is.

    Raises NamingError where it leads nowhere; a ``PYRO:`` URI is returned as it is.
    """
    return await RemoteObject(URI(uri), config, plugins=plugins).resolve()


async def wait_for(
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
    return await remote.resolve()


def _make_proxy(reference: ObjectReference) -> Proxy:
    return Proxy(reference.uri, serializer=reference.serializer, members=reference.members)


set_proxy_maker(_make_proxy)
