"""Where an object is, or how to find it.

::

    PYRO:object@host:port            PYRONAME:name[@host[:port]]
    PYRO:object@[ipv6]:port          PYROMETA:tag1,tag2[@host[:port]]
    PYRO:object@./u:path             PYRO+TLS:object@host:port

A scheme is read in any case. After a plus it names the transport; without one the transport
follows from the form of the location: ``./u:`` is unix, anything else tcp.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from ..errors import URIError

__all__ = ["DAEMON_ID", "NAMESERVER_ID", "URI", "join_host_port", "split_host_port"]

DAEMON_ID = "Pyro.Daemon"
"""The object id under which every daemon answers about itself."""
NAMESERVER_ID = "Pyro.NameServer"
"""The object id, and name, of a name server."""

_FORM = re.compile(r"(?P<scheme>[A-Za-z]+)(?:\+(?P<transport>[A-Za-z][\w-]*))?:(?P<rest>.+)", re.S)
_SPACE = re.compile(r"\s")
_UNIX = "./u:"
_EXAMPLES = "examples: PYRO:object@host:port, PYRO:object@./u:path, PYRONAME:name"


class URI:
    """An object's address, immutable.

    ``scheme`` is upper case without the transport, ``object`` an object id, a name, or (PYROMETA)
    the tags joined by commas, ``transport`` the name of a transport in lower case,
    ``location`` what that transport connects to, or None where it is to be found out.
    Raises URIError for anything that is no URI.
    """

    __slots__ = ("location", "object", "scheme", "transport")

    scheme: str
    object: str
    transport: str
    location: str | None

    def __init__(self, uri: str | URI) -> None:
        if isinstance(uri, URI):
            parts = uri._state
        elif isinstance(uri, str):
            parts = _parse(uri)
        else:
            raise TypeError(f"a URI is made of a str, not of {type(uri).__name__}; {_EXAMPLES}")
        self._fill(*parts)

    @classmethod
    def of(cls, object_id: str, location: str, transport: str = "") -> URI:
        """Return the ``PYRO:`` URI of an object in a daemon."""
        plus = f"+{transport.upper()}" if transport not in ("", "tcp", "unix") else ""
        return cls(f"PYRO{plus}:{object_id}@{location}")

    def _fill(self, scheme: str, object: str, transport: str, location: str | None) -> None:
        setter = super().__setattr__
        setter("scheme", scheme)
        setter("object", object)
        setter("transport", transport)
        setter("location", location)

    @property
    def _state(self) -> tuple[str, str, str, str | None]:
        return self.scheme, self.object, self.transport, self.location

    @property
    def host(self) -> str | None:
        """The host in the location, without brackets; None for a unix socket or no location."""
        return self._host_port[0]

    @property
    def port(self) -> int | None:
        """The port in the location, or None where there is none."""
        return self._host_port[1]

    @property
    def path(self) -> str | None:
        """The path of a unix socket, else None."""
        if self.location is not None and self.location.startswith(_UNIX):
            return self.location[len(_UNIX) :]
        return None

    @property
    def tags(self) -> frozenset[str]:
        """The tags of a PYROMETA URI, else an empty set."""
        if self.scheme != "PYROMETA":
            return frozenset()
        return frozenset(tag.strip() for tag in self.object.split(","))

    @property
    def is_direct(self) -> bool:
        """True where the URI says where the object is, rather than how to find it."""
        return self.scheme == "PYRO"

    @property
    def _host_port(self) -> tuple[str | None, int | None]:
        if self.location is None or self.path is not None:
            return None, None
        # Behind a # stands what only the transport understands.
        return split_host_port(self.location.partition("#")[0])

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a URI is immutable; make a new one to change its {name}")

    def __str__(self) -> str:
        plain = self.transport == _transport_of(self.location or "")
        plus = "" if plain else f"+{self.transport.upper()}"
        where = "" if self.location is None else f"@{self.location}"
        return f"{self.scheme}{plus}:{self.object}{where}"

    def __repr__(self) -> str:
        return f"URI({str(self)!r})"

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, URI):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[Any, ...]:
        return self.scheme, self.tags or self.object, self.transport, self.location

    def __reduce__(self) -> tuple[type[URI], tuple[str]]:
        return URI, (str(self),)


@lru_cache(maxsize=1024)
def split_host_port(location: str) -> tuple[str, int | None]:
    """Split ``host:port``, ``[ipv6]:port``, ``host`` or a bare IPv6 address.

    Raises URIError for a port that is none, or brackets around what is no IPv6 address.
    """
    if location.startswith("["):
        host, closed, rest = location[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise URIError(f"invalid location {location!r}: IPv6 is written [address]:port")
        if not _is_ipv6(host):
            raise URIError(
                f"invalid location {location!r}: "
                "the part between brackets must be a numeric IPv6 address"
            )
        port = rest[1:]
    elif location.count(":") > 1:
        if not _is_ipv6(location):
            raise URIError(
                f"invalid location {location!r}: expected host:port, and IPv6 in brackets"
            )
        return location, None
    else:
        host, _, port = location.partition(":")
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65536):
        raise URIError(f"invalid port {port!r} in {location!r}: a number from 0 to 65535 is needed")
    return host, int(port)


def join_host_port(host: str, port: int) -> str:
    """Return ``host:port``, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@lru_cache(maxsize=1024)
def _parse(text: str) -> tuple[str, str, str, str | None]:
    form = _FORM.fullmatch(text)
    if form is None:
        raise URIError(f"invalid uri {text!r}; {_EXAMPLES}")
    scheme, rest = form["scheme"].upper(), form["rest"]
    if not scheme.startswith("PYRO"):
        raise URIError(f"invalid uri (protocol) {text!r}: it must begin with PYRO; {_EXAMPLES}")
    object_id, at, location = rest.partition("@")
    if not object_id or _SPACE.search(object_id):
        raise URIError(f"invalid uri {text!r}: an object id or name has no spaces; {_EXAMPLES}")
    if scheme == "PYROMETA" and not all(_tags(object_id)):
        raise URIError(f"invalid uri {text!r}: empty tag; example: PYROMETA:printer,room-4")
    if at and not location:
        raise URIError(f"invalid uri {text!r}: nothing follows the @; {_EXAMPLES}")
    transport = (form["transport"] or "").lower()
    if scheme == "PYRO":
        if not at:
            raise URIError(f"invalid uri {text!r}: PYRO needs a location; {_EXAMPLES}")
        if transport in ("", _transport_of(location)):
            _check_location(text, location)
    elif at:
        _check_location(text, location, port_needed=False)
    return scheme, object_id, transport or _transport_of(location), location or None


def _tags(text: str) -> Iterable[str]:
    return (tag.strip() for tag in text.split(","))


def _transport_of(location: str) -> str:
    return "unix" if location.startswith(_UNIX) else "tcp"


def _check_location(text: str, location: str, port_needed: bool = True) -> None:
    if location.startswith(_UNIX):
        path = location[len(_UNIX) :]
        if not path or ":" in path:
            raise URIError(f"invalid uri (location) {text!r}: ./u: is followed by a socket's path")
        return
    try:
        host, port = split_host_port(location)
    except URIError as error:
        raise URIError(f"invalid uri {text!r}: {error}") from None
    if not host or _SPACE.search(location):
        raise URIError(f"invalid uri (location) {text!r}: expected host:port")
    if port_needed and port is None:
        raise URIError(f"invalid port in uri {text!r}, port=None; {_EXAMPLES}")


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address  # by who needs it: few do

    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True
