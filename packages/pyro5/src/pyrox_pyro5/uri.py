"""URIs as Pyro5 has them (reference 3.2)."""

from __future__ import annotations

import re
from typing import Any

import pyrox

from .configure import global_config as config
from .errors import PyroError
from .translation import pyro5_errors

__all__ = ["URI"]

_FORM = re.compile(
    r"(?P<protocol>[Pp][Yy][Rr][Oo][a-zA-Z]*):(?P<object>\S+?)(?:@(?P<location>.+))?$"
)
_UNIX = "./u:"


class URI:
    """Where an object is, or how to find it; made of a text or of another URI.

    ``protocol`` is PYRO, PYRONAME or PYROMETA; ``object`` an id, a name, or a set of tags;
    ``host`` and ``port``, or ``sockname`` for a unix socket, say where, and may be None.
    Raises PyroError for a text that is no URI.
    """

    protocol: str
    object: Any
    sockname: str | None
    host: str | None
    port: int | None

    def __init__(self, uri: str | URI) -> None:
        if isinstance(uri, URI):
            self._fill(*uri._state())
            return
        if not isinstance(uri, str):
            raise TypeError("uri parameter object is of wrong type")
        found = _FORM.match(uri)
        if found is None:
            raise PyroError("invalid uri")
        self._fill(found["protocol"].upper(), found["object"])
        location = found["location"]
        if self.protocol == "PYRO":
            if not location:
                raise PyroError("invalid uri")
            self._parse_location(location, None)
            if self.sockname is None and self.port is None:
                raise PyroError("invalid port in uri, port=None")
        elif self.protocol in ("PYRONAME", "PYROMETA"):
            if self.protocol == "PYROMETA":
                self.object = {tag.strip() for tag in self.object.split(",")}
            if location:
                self._parse_location(location, config.NS_PORT)
        else:
            raise PyroError("invalid uri (protocol)")

    def _fill(
        self,
        protocol: str,
        object: Any,
        sockname: str | None = None,
        host: str | None = None,
        port: int | None = None,
    ) -> None:
        self.protocol, self.object = protocol, object
        self.sockname, self.host, self.port = sockname, host, port

    def _parse_location(self, location: str, default_port: int | None) -> None:
        if location.startswith(_UNIX):
            self.sockname = location[len(_UNIX) :]
            if not self.sockname or ":" in self.sockname:
                raise PyroError("invalid uri (location)")
            return
        if location.startswith("["):
            if location.startswith("[["):
                raise PyroError("invalid ipv6 address: enclosed in too many brackets")
            found = re.match(r"\[([0-9a-fA-F:%]+)\](?::(\d+))?", location)
            if found is None:
                raise PyroError(
                    "invalid ipv6 address: the part between brackets must be a numeric ipv6 address"
                )
            self.host, port = found[1], found[2]
        else:
            self.host, _, port = location.partition(":")
        self.port = default_port
        if port:
            try:
                self.port = int(port)
            except ValueError:
                raise PyroError(f"invalid port in uri, port={port}") from None

    @property
    def location(self) -> str | None:
        """The location as it is written: host:port, [ipv6]:port or ./u:name; None without one."""
        if self.host:
            return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        return f"{_UNIX}{self.sockname}" if self.sockname else None

    @staticmethod
    def isUnixsockLocation(location: str) -> bool:
        """Tell whether a location is that of a unix socket."""
        return location.startswith(_UNIX)

    @classmethod
    def from_native(cls, uri: pyrox.URI) -> URI:
        """Return a URI of pyrox as one of Pyro5."""
        made = cls.__new__(cls)
        target: Any = set(uri.tags) if uri.scheme == "PYROMETA" else uri.object
        made._fill(uri.scheme, target, uri.path, uri.host, uri.port)
        return made

    def native(self) -> pyrox.URI:
        """Return this as a URI of pyrox."""
        with pyro5_errors():
            return pyrox.URI(str(self))

    def _state(self) -> tuple[Any, ...]:
        return self.protocol, self.object, self.sockname, self.host, self.port

    def __str__(self) -> str:
        target = ",".join(sorted(self.object)) if self.protocol == "PYROMETA" else self.object
        where = "" if self.location is None else f"@{self.location}"
        return f"{self.protocol}:{target}{where}"

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} at 0x{id(self):x}; {self}>"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, URI) and self._state() == other._state()

    def __hash__(self) -> int:
        protocol, target, *where = self._state()
        return hash((protocol, frozenset(target) if isinstance(target, set) else target, *where))

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, self._state()


URI.__module__ = "Pyro5.core"


def _unpickled(*state: Any) -> URI:
    uri = URI.__new__(URI)
    uri._fill(*state)
    return uri
