"""The client side of Pyro5: proxies, batches and blobs.

A :class:`Proxy` is a thin face: everything is done by the ``pyrox.RemoteObject`` that it holds.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import pyrox
from pyrox import SerializedBlob
from pyrox.objects.exposure import ASKED_BY_PYTHON
from pyrox.values.context import reply_annotations

from .callcontext import current_context  # noqa: F401  (programs take it from here)
from .calls import (
    BatchProxy,
    Call,
    _BatchedRemoteMethod,
    _RemoteMethod,
    _StreamResultIterator,
)
from .configure import global_config as config
from .connections import connection_of
from .conversion import converters, receive_proxies_as
from .documented import module_named
from .errors import PyroError
from .protocol import FLAGS_BATCH, FLAGS_ONEWAY
from .remote import Remote, known_serializer
from .settings import check_given_socket, plugins, settings
from .socketutil import SocketConnection
from .translation import pyro5_errors
from .uri import URI

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "BatchProxy",
    "Proxy",
    "SerializedBlob",
    "proxy_for",
    "_BatchedRemoteMethod",
    "_RemoteMethod",
    "_StreamResultIterator",
]

log = logging.getLogger("Pyro5.client")
_OURS = frozenset(
    "_pyro _pyroOwner _pyroOfWorker _pyroUri _pyroTimeout _pyroMaxRetries _pyroSerializer "
    "_pyroHandshake _pyroMethods _pyroAttrs _pyroOneway _pyroSeq _pyroRawWireResponse "
    "_pyroLocalSocket _pyroConnection __getnewargs__ __getnewargs_ex__ __getinitargs__".split()
)
"""What is set on the proxy itself; every other attribute is the remote object's."""
_FOREVER = 100_000_000


def _kept_by_remote(name: str) -> Any:
    """Return a property of a proxy that is an attribute of the remote object behind it."""

    def write(proxy: Proxy, value: Any) -> None:
        setattr(proxy._pyro, name, value)
        proxy._pyro.forget_methods()

    return property(lambda proxy: getattr(proxy._pyro, name), write)


class Proxy:
    """Stands for one remote object: calling its methods calls that object's.

    ``uri`` is a str or :class:`URI`; with ``connected_socket``, the object's id. It connects when
    it is first used. The thread that made it owns it; others have to claim it first.
    """

    _pyro: Remote
    _pyroOwner = _kept_by_remote("owner")
    _pyroOfWorker = _kept_by_remote("of_worker")
    _pyroSerializer = _kept_by_remote("wanted_serializer")
    _pyroMaxRetries = _kept_by_remote("retries")
    _pyroRawWireResponse = _kept_by_remote("answers_raw")
    _pyroMethods = _kept_by_remote("own_methods")
    _pyroAttrs = _kept_by_remote("own_attributes")
    _pyroOneway = _kept_by_remote("own_oneway")

    def __init__(self, uri: str | URI, connected_socket: Any = None) -> None:
        if connected_socket is not None:
            check_given_socket(connected_socket)
            uri = URI(f"PYRO:{uri}@<<connected-socket>>:0")
        if not isinstance(uri, str | URI):
            raise TypeError("expected Pyro URI")
        self._pyroSetUp(URI(uri), connected_socket)
        reply_annotations.set(None)
        if connected_socket is not None:
            self._pyroBind()

    def _pyroSetUp(self, uri: URI, connected_socket: Any = None) -> None:
        remote = Remote(
            uri.native(),
            settings(),
            converters,
            known_serializer(config.SERIALIZER),
            config.COMMTIMEOUT,
            "hello",
            pyrox.Members(),
            plugins=plugins(),
            connected_socket=connected_socket,
        )
        remote.face = weakref.ref(self)
        remote.new_face = _face_for
        remote.shakes_hands = connected_socket is None
        self._pyro = remote

    # What is known

    @property
    def _pyroUri(self) -> URI:
        """Where the object is."""
        return URI.from_native(self._pyro.uri)

    @_pyroUri.setter
    def _pyroUri(self, uri: URI) -> None:
        self._pyro.uri = uri.native()

    @property
    def _pyroTimeout(self) -> float | None:
        """How long a call may take, in seconds; 0 or None for as long as it likes."""
        return self._pyro.timeout

    @_pyroTimeout.setter
    def _pyroTimeout(self, seconds: float | None) -> None:
        self._pyro.timeout = seconds or 0.0

    @property
    def _pyroHandshake(self) -> Any:
        """What the daemon's ``validateHandshake`` is shown."""
        return self._pyro.handshake

    @_pyroHandshake.setter
    def _pyroHandshake(self, data: Any) -> None:
        self._pyro.handshake = data

    @property
    def _pyroSeq(self) -> int:
        """The sequence number of the last request."""
        return self._pyro.sequence

    @property
    def _pyroConnection(self) -> SocketConnection | None:
        """The connection, for its certificate or socket; None while there is none."""
        remote = self._pyro
        peer = remote.peer if remote.connected else None
        return None if peer is None else connection_of(peer, remote.uri.object)

    @property
    def _pyroLocalSocket(self) -> Any:
        """The address of this end of the connection; None while there is none."""
        connection = self._pyroConnection
        return None if connection is None else connection.sock.getsockname()

    # Connecting

    def _pyroBind(self) -> bool:
        """Connect now and keep to the address found; True where this made a connection."""
        self._pyroCheckOwner()
        remote = self._pyro
        if remote.connected:
            return False
        with pyro5_errors():
            remote.uri = remote.resolve()
            return remote.bind()

    def _pyroRelease(self) -> None:
        """Close the connection; the next call makes a new one."""
        self._pyroCheckOwner()
        self._pyro.release()

    def _pyroReconnect(self, tries: int = _FOREVER) -> None:
        """Close the connection and make a new one, trying every 2 seconds, ``tries`` times."""
        self._pyroCheckOwner()
        with pyro5_errors():
            self._pyro.reconnect(tries, pause=2.0)

    def _pyroClaimOwnership(self) -> None:
        """Make the calling thread the owner, the only one that may use this proxy."""
        self._pyro.claim()

    def _pyroCheckOwner(self) -> None:
        """Raise PyroError in a thread that does not own this proxy."""
        self._pyro.check_owner()

    def _pyroValidateHandshake(self, response: Any) -> None:
        """Look at the daemon's answer to the handshake; raise to refuse. To be overridden."""

    def _pyroLearn(self, members: pyrox.Members) -> None:
        self._pyro.learn(members)

    def _pyroGetMetadata(
        self, objectId: str | None = None, known_metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Get to know the object's members, or those of ``objectId`` in the same daemon."""
        if known_metadata is None:
            if not self._pyro.connected:
                self._pyroCheckOwner()
                with pyro5_errors():
                    self._pyro.bind()
                if objectId is None:
                    return
            wanted = objectId or self._pyro.uri.object
            known_metadata = self._pyroInvoke(
                "get_metadata", [wanted], {}, objectId=pyrox.DAEMON_ID
            )
        self._pyroLearn(
            pyrox.Members.of(
                *(tuple(known_metadata[kind]) for kind in ("methods", "attrs", "oneway"))
            )
        )
        self._pyroCheckMembers()

    def _pyroCheckMembers(self) -> None:
        """Raise PyroError where the object has no members that could be used."""
        if not (self._pyroMethods or self._pyroAttrs):
            raise PyroError(
                f"remote object '{self._pyroUri}' doesn't expose any methods or attributes. "
                "Did you forget setting @expose on them?"
            )

    # Calling

    def __getattr__(self, name: str) -> Any:
        if name in _OURS:
            raise AttributeError(name)
        if name in self._pyroMethods:
            if type(self) is not Proxy or Proxy._pyroInvoke is not _INVOKE:
                return _RemoteMethod(self._pyroInvoke, name, self._pyroMaxRetries)
            # Kept, to be found at once from now on; it holds the remote object, not this one.
            method = self._pyro.method(name)
            if isinstance(name, str) and name.isidentifier():
                self.__dict__[name] = method
            return method
        if name in self._pyroAttrs:
            return self._pyroInvoke("__getattr__", (name,), None)
        if name not in ASKED_BY_PYTHON and not (self._pyroMethods or self._pyroAttrs):
            self._pyroGetMetadata()
            return self.__getattr__(name)
        raise AttributeError(
            f"remote object '{self._pyroUri}' has no exposed attribute or method '{name}'"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OURS:
            object.__setattr__(self, name, value)
            return
        if not (self._pyroMethods or self._pyroAttrs):
            self._pyroGetMetadata()
        if name not in self._pyroAttrs:
            raise AttributeError(
                f"remote object '{self._pyroUri}' has no exposed attribute '{name}'"
            )
        self._pyroInvoke("__setattr__", (name, value), None)

    def _pyroInvoke(
        self,
        methodname: str,
        vargs: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        objectId: str | None = None,
    ) -> Any:
        """Call a method of the remote object; a subclass may look at every call here."""
        return self._pyro.invoke_as_pyro5(methodname, vargs, kwargs, flags, objectId)

    def _pyroInvokeBatch(self, calls: Sequence[Call], oneway: bool = False) -> Any:
        """Make several calls in one message; return their results, as they came."""
        flags = FLAGS_BATCH | (FLAGS_ONEWAY if oneway else 0)
        return self._pyroInvoke("<batch>", calls, None, flags)

    # What Python's own syntax uses

    def __len__(self) -> int:
        return cast(int, self._pyroSpecial("__len__"))

    def __getitem__(self, index: Any) -> Any:
        return self._pyroSpecial("__getitem__", index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._pyroSpecial("__setitem__", index, value)

    def __delitem__(self, index: Any) -> None:
        self._pyroSpecial("__delitem__", index)

    def __iter__(self) -> Iterator[Any]:
        if self._pyroKnows("__iter__"):
            return cast("Iterator[Any]", self._pyroInvoke("__iter__", (), {}))
        return self._pyroByIndex()

    def __contains__(self, item: Any) -> bool:
        if self._pyroKnows("__contains__"):
            return bool(self._pyroInvoke("__contains__", (item,), {}))
        return any(item == element for element in self)

    def __bool__(self) -> bool:
        return True

    def _pyroSpecial(self, method: str, *args: Any) -> Any:
        """Call a special method; AttributeError, without a call, where it is not exposed."""
        if not self._pyroKnows(method):
            raise AttributeError(
                f"remote object '{self._pyroUri}' has no exposed attribute or method '{method}'"
            )
        return _RemoteMethod(self._pyroInvoke, method, self._pyroMaxRetries)(*args)

    def _pyroKnows(self, method: str) -> bool:
        """Tell whether the object exposes a method, asking the daemon where need be."""
        if not (self._pyroMethods or self._pyroAttrs):
            self._pyroGetMetadata()
        return method in self._pyroMethods

    def _pyroByIndex(self) -> Iterator[Any]:
        index = 0
        while True:
            try:
                item = self[index]
            except IndexError:
                return
            yield item
            index += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pyroRelease()

    def __eq__(self, other: object) -> bool:
        return other is self or (isinstance(other, Proxy) and other._pyroUri == self._pyroUri)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._pyroUri)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._pyroMethods, *self._pyroAttrs})

    def __repr__(self) -> str:
        connection = self._pyroConnection
        state = "not connected" if connection is None else f"connected {connection.family()}"
        return (
            f"<{type(self).__module__}.{type(self).__qualname__} at 0x{id(self):x}; {state}; "
            f"for {self._pyroUri}; owner {self._pyroOwner}>"
        )

    # Copies

    def __copy__(self) -> Self:
        twin: Self = _blank(type(self))
        twin.__setstate__(self.__getstate__())
        twin._pyroTimeout = self._pyroTimeout
        twin._pyroMaxRetries = self._pyroMaxRetries
        twin._pyroRawWireResponse = self._pyroRawWireResponse
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin: Self = _blank(type(self))
        twin.__setstate__(self.__getstate__())
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        # The class itself only where it is the program's own: ours has two names.
        cls = type(self) if type(self) is not Proxy else None
        return _blank, (cls,), self.__getstate__()

    def __getstate__(self) -> tuple[Any, ...]:
        return (
            str(self._pyroUri), tuple(self._pyroOneway), tuple(self._pyroMethods),
            tuple(self._pyroAttrs), self._pyroHandshake, self._pyroSerializer,
        )  # fmt: skip

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        uri, oneway, methods, attributes, handshake, serializer = state
        self._pyroSetUp(URI(uri))
        self._pyroLearn(pyrox.Members.of(methods, attributes, oneway))
        self._pyroHandshake = handshake
        self._pyroSerializer = serializer

    def _pyroReference(self) -> pyrox.ObjectReference:
        """Return what stands for this proxy when it travels: no secrets, no connection."""
        members = pyrox.Members.of(self._pyroMethods, self._pyroAttrs, self._pyroOneway)
        return pyrox.ObjectReference(self._pyro.uri, members, self._pyroSerializer)


Proxy.__module__ = "Pyro5.client"


def _blank(cls: type[Proxy] | None) -> Any:
    """Return a proxy that is not set up yet: its state comes next."""
    cls = cls or Proxy
    return cls.__new__(cls)


_INVOKE = Proxy._pyroInvoke
"""What a program may replace to look at every call; methods that were used before stay."""


def _face_for(remote: Remote) -> Proxy:
    """Return a proxy for a remote object whose own one is gone, though its methods are not."""
    proxy = Proxy.__new__(Proxy)
    remote.face = weakref.ref(proxy)
    proxy._pyro = remote
    return proxy


def proxy_for(reference: pyrox.ObjectReference) -> Proxy:
    """Return the proxy for a reference that arrived."""
    proxy = Proxy.__new__(Proxy)
    proxy._pyroSetUp(URI.from_native(reference.uri))
    proxy._pyroLearn(reference.members)
    proxy._pyroSerializer = reference.serializer
    return proxy


def _reference_to(value: Any) -> pyrox.ObjectReference | None:
    return value._pyroReference() if isinstance(value, Proxy) else None


receive_proxies_as(proxy_for, _reference_to)

if not TYPE_CHECKING:
    __getattr__ = module_named
