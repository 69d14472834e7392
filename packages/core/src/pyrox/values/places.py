"""Where a daemon or a name server is: the forms of a location, and what URIs say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..errors import UsageError
from .config import Config
from .uri import URI, join_host_port, split_host_port

__all__ = [
    "finding_uri",
    "listening_place",
    "listening_places",
    "nat_location_for",
    "ns_location",
    "scheme_of",
]

_IS_URI = re.compile(r"PYRO[a-z]*(\+[\w-]+)?:", re.IGNORECASE)


def scheme_of(location: str) -> tuple[str, str]:
    """Split ``scheme://location``; what has no scheme is unix or tcp by its form."""
    scheme, separator, where = location.partition("://")
    if separator:
        return scheme.lower(), where
    for prefix in ("unix:", "./u:"):
        if location.startswith(prefix):
            return "unix", location[len(prefix) :]
    return "tcp", location


def listening_place(
    location: str | None, transport: str | None, host: str | None, port: int | None, config: Config
) -> str:
    """Return where a daemon is to listen, in one text, of the ways to say it.

    Raises UsageError where they contradict each other.
    """
    where = location or ""
    if host is not None or port is not None:
        if where:
            raise UsageError(
                f"a daemon listens at the location {where!r}, or at host= and port=, not at both"
            )
        where = join_host_port(host or config.host, port or 0)
    if not transport:
        return where
    scheme, rest = scheme_of(where)
    if "://" in where and scheme != transport.lower():
        raise UsageError(f"transport={transport!r} contradicts the location {where!r}")
    return f"{transport}://{rest}"


def listening_places(
    location: str | Sequence[str] | None,
    transport: str | None,
    host: str | None,
    port: int | None,
    config: Config,
) -> list[str]:
    """Return the same for a daemon that listens at several places, of which the first counts most.

    Raises UsageError where there is none.
    """
    if location is None or isinstance(location, str):
        return [listening_place(location, transport, host, port, config)]
    if not location:
        raise UsageError("a daemon listens at one place at least; the list of locations is empty")
    return [listening_place(place, transport, host, port, config) for place in location]


def nat_location_for(nat_location: str, location: str) -> str:
    """Complete ``host`` or ``host:0`` with the port that the daemon really has."""
    if not nat_location:
        return ""
    if location.startswith("./u:"):
        raise UsageError("nat_location is for daemons on a network, not for unix sockets")
    host, port = split_host_port(nat_location)
    real, sign, detail = location.partition("#")
    return join_host_port(host, port or split_host_port(real)[1] or 0) + sign + detail


def ns_location(host: str, port: int) -> str:
    """Return where a name server is, of which a host is told, or a location already."""
    if "://" in host or host.startswith("./u:") or "]:" in host or (host.count(":") == 1):
        return host
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def finding_uri(name: str) -> URI:
    """Return the URI that finds ``name``, which may be one already."""
    return URI(name if _IS_URI.match(name) else f"PYRONAME:{name}")
