"""A proxy as an object of the program's own: its equality, its copies, its words."""

from __future__ import annotations

from typing import Any, ClassVar

from ..contracts.converters import Converters
from ..objects.registry import find_reference as find_registered
from ..plugins import Plugins
from ..values.config import Config
from ..values.reference import Members, ObjectReference
from ..values.uri import URI
from .remote_object import RemoteObjectBase

__all__ = ["ProxyBase", "find_reference"]


class ProxyBase:
    """What proxies have in common. ``_pyro`` is the only name that they keep for themselves."""

    __slots__ = ("__dict__", "__weakref__", "_pyro")

    _pyro: RemoteObjectBase
    _remote_class: ClassVar[type[RemoteObjectBase]]

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
    ) -> None:
        remote = self._remote_class(
            URI(uri), config, converters, serializer, timeout, handshake, members, plugins
        )
        object.__setattr__(self, "_pyro", remote)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self._pyro.uri == other._pyro.uri if isinstance(other, ProxyBase) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._pyro.uri)

    def __repr__(self) -> str:
        remote = self._pyro
        state = f"connected to {remote.peer}" if remote.connected else "not connected"
        return f"<{type(self).__name__} for {remote.uri}; {state}>"

    def __copy__(self) -> ProxyBase:
        remote = self._pyro
        twin: ProxyBase = type(self)(
            remote.uri,
            config=remote.config,
            converters=remote.converters,
            serializer=remote.serializer,
            timeout=remote.timeout,
            handshake=remote.handshake,
            members=remote.known_members,
            plugins=remote.plugins,
        )
        twin._pyro.max_retries = remote.max_retries
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> ProxyBase:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        remote = self._pyro
        return _unpickled, (
            type(self), str(remote.uri), remote.serializer, remote.timeout, remote.max_retries,
            remote.handshake, tuple(remote.known_members),
        )  # fmt: skip


def _unpickled(
    cls: type[ProxyBase],
    uri: str,
    serializer: str,
    timeout: float,
    max_retries: int,
    handshake: Any,
    members: tuple[Any, ...],
) -> ProxyBase:
    proxy = cls(
        uri,
        serializer=serializer,
        timeout=timeout,
        handshake=handshake,
        members=Members(*members),
    )
    proxy._pyro.max_retries = max_retries
    return proxy


def find_reference(value: Any) -> ObjectReference | None:
    """Return what stands for a proxy, or for an object that a daemon of this process serves."""
    return value._pyro.reference() if isinstance(value, ProxyBase) else find_registered(value)
