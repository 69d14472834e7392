"""Pyro4's names for what Pyro5 does (reference 10); its wire protocol is Pyro5's all the same.

Importing this makes ``import Pyro4`` give this module, in this process and from now on. What Pyro5
has no counterpart for raises NotImplementedError, which says so.
"""

from __future__ import annotations

import ipaddress
import sys
from types import ModuleType
from typing import Any, NoReturn

from pyrox_pyro5 import __version__, api, errors, protocol, serializers
from pyrox_pyro5 import core as _core
from pyrox_pyro5 import socketutil as _socketutil
from pyrox_pyro5.api import URI, behavior, callback, current_context, expose, oneway
from pyrox_pyro5.configure import Configuration

__all__ = [
    "URI",
    "Daemon",
    "Future",
    "Proxy",
    "asyncproxy",
    "batch",
    "behavior",
    "callback",
    "config",
    "constants",
    "core",
    "current_context",
    "errors",
    "expose",
    "locateNS",
    "message",
    "naming",
    "oneway",
    "resolve",
    "socketutil",
    "util",
]


class CompatConfiguration(Configuration):
    """Settings of its own: what is changed here is nothing to Pyro5."""

    __slots__ = ()

    def asDict(self) -> dict[str, Any]:
        """Return all settings by name."""
        return self.as_dict()


config = CompatConfiguration()


def _gone(what: str) -> NoReturn:
    raise NotImplementedError(what)


_NO_ASYNC = "async proxy is no longer available in Pyro5: use a proxy in a thread of its own"
_NO_HMAC = "pyro5 doesn't have hmacs anymore: use 2-way SSL instead"


class Proxy(api.Proxy):
    """Stands for one remote object."""

    @property
    def _pyroHmacKey(self) -> Any:
        _gone(_NO_HMAC)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_pyroHmacKey":
            _gone(_NO_HMAC)
        super().__setattr__(name, value)

    def _pyroAsync(self) -> Any:
        """Raise NotImplementedError."""
        _gone(_NO_ASYNC)


class Daemon(api.Daemon):
    """Holds objects and serves them."""


class Future:
    """Is no more."""

    def __init__(self, *_: Any, **__: Any) -> None:
        _gone(
            "Pyro5 no longer provides its own Future class, you should use Python's "
            "concurrent.futures module instead for that"
        )


def asyncproxy(*_: Any, **__: Any) -> Any:
    """Raise NotImplementedError."""
    _gone(_NO_ASYNC)


def locateNS(
    host: Any = None, port: int | None = None, broadcast: bool = True, hmac_key: Any = None
) -> api.Proxy:
    """Return a connected proxy for the name server."""
    if hmac_key:
        _gone("hmac_key is no longer available in Pyro5, consider using 2-way SSL instead")
    return api.locate_ns(host or "", port, broadcast)


def resolve(uri: str | URI, hmac_key: Any = None) -> URI:
    """Return where the object of a PYRONAME or PYROMETA URI is."""
    if hmac_key:
        _gone("hmac_key is no longer available in Pyro5, consider using 2-way SSL instead")
    return api.resolve(uri)


def batch(proxy: api.Proxy) -> api.BatchProxy:
    """Return a batch: calls made on it travel together when it is called."""
    return api.BatchProxy(proxy)


class _Missing(ModuleType):
    """A module of Pyro4 that there is no counterpart for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _gone(
            f"The Pyro4 compatibility layer doesn't provide the {self.__name__} module, first "
            "make sure the code only uses symbols from the Pyro4 package directly"
        )


def _module(name: str, **content: Any) -> ModuleType:
    module = ModuleType(f"Pyro4.{name}", f"What Pyro4.{name} has, by the names that it has there.")
    vars(module).update(content)
    return module


def _ip_version(hostnameOrAddress: str) -> int:
    return _socketutil.get_ip_address(hostnameOrAddress).version


def _ip_address(
    hostname: str, workaround127: bool = False, ipVersion: int | None = None
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return _socketutil.get_ip_address(hostname, workaround127, ipVersion)


core, naming, message = (_Missing(f"Pyro4.{name}") for name in ("core", "naming", "message"))
util = _module(
    "util",
    SerializerBase=serializers.SerializerBase,
    excepthook=errors.excepthook,
    formatTraceback=errors.format_traceback,
    getPyroTraceback=errors.get_pyro_traceback,
)
socketutil = _module(
    "socketutil",
    getIpVersion=_ip_version,
    getIpAddress=_ip_address,
    getInterfaceAddress=_socketutil.get_interface,
    createSocket=_socketutil.create_socket,
    createBroadcastSocket=_socketutil.create_bc_socket,
    receiveData=_socketutil.receive_data,
    sendData=_socketutil.send_data,
)
constants = _module(
    "constants",
    VERSION=__version__,
    DAEMON_NAME=_core.DAEMON_NAME,
    NAMESERVER_NAME=_core.NAMESERVER_NAME,
    PROTOCOL_VERSION=protocol.PROTOCOL_VERSION,
)

sys.modules["Pyro4"] = sys.modules[__name__]
for _name in ("errors", "core", "naming", "util", "socketutil", "constants", "message"):
    sys.modules[f"Pyro4.{_name}"] = globals()[_name]
