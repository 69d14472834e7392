"""Where a name server may be, and asking there: flows, which either driver runs.

A name server is asked at the location that a URI or the caller names, else where the settings
``ns_host`` and ``ns_port`` say. Only where that is wanted, and nothing answered, is the network
asked by broadcast: anybody on it can answer.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyrox import (
    NAMESERVER_ID,
    URI,
    Broadcast,
    Call,
    Config,
    Flow,
    NamingError,
    NoNameServerError,
    PyroxError,
    URIError,
    join_host_port,
    split_host_port,
)

from .broadcast import QUESTION

__all__ = ["Answer", "Place", "ask", "candidates", "search"]

ROUNDS = 3
ROUND_TIME = 0.7
"""How often, and for how many seconds each, the network is asked by broadcast."""

_HERE = ("localhost", "127.0.0.1")
_OTHER_HERE = "127.0.1.1"
"""What the name of the machine itself stands for on many Linux systems."""


class Place(NamedTuple):
    """Where to look: at a location (None for the configured one), by broadcast after that."""

    location: str | None
    broadcast: bool
    config: Config
    transport: str = ""


class Answer(NamedTuple):
    """What a name server answered, and which one that was."""

    server: URI
    value: Any


def ask(
    place: Place, method: str, *args: Any, options: Mapping[str, Any] | None = None
) -> Flow[Answer]:
    """Call a method of the first name server that answers.

    Its own NamingError is an answer, too. Raises NoNameServerError, which tells where it was looked
    for and what went wrong at each place, if none answers.
    """
    servers = candidates(place)
    searched = not place.broadcast
    failures: list[str] = []
    while servers or not searched:
        if not servers:
            searched = True
            found = yield from search(place.config)
            if found is None:
                port = place.config.ns_broadcast_port
                failures.append(f"nobody answered a broadcast to UDP port {port}")
                break
            servers.append(found)
        server = servers.pop(0)
        try:
            value = yield Call(server, method, args, dict(options or {}))
            return Answer(server, value)
        except NamingError:
            raise
        except (PyroxError, OSError) as error:
            # It says what to look at after a semicolon; what is said for all of them is enough.
            failures.append(str(error).partition(";")[0])
    raise NoNameServerError(_not_found(place, failures))


def candidates(place: Place) -> list[URI]:
    """Return the URIs under which a name server may be, in the order to try them."""
    config = place.config
    location = place.location or config.ns_host
    places = [_server_at(location, config, place.transport)]
    if place.location is None and location in _HERE and sys.platform == "linux":
        places.append(_server_at(_OTHER_HERE, config))
    return places


def search(config: Config) -> Flow[URI | None]:
    """Ask the network where a name server is; None where nothing sensible is answered."""
    question = Broadcast(
        QUESTION, config.ns_broadcast_addresses, config.ns_broadcast_port, ROUND_TIME
    )
    for _ in range(ROUNDS):
        answer = yield question
        if answer is not None and (server := _read_answer(*answer)) is not None:
            return server
    return None


def _read_answer(data: bytes, sender: Any) -> URI | None:
    try:
        uri = URI(data.decode("iso-8859-1"))
        if not uri.is_direct or uri.object != NAMESERVER_ID or not uri.port:
            return None
        if uri.host == "0.0.0.0":  # it does not know its own address; the datagram does
            return URI.of(NAMESERVER_ID, join_host_port(sender[0], uri.port), uri.transport)
        return uri
    except URIError:
        return None


def _server_at(location: str, config: Config, transport: str = "") -> URI:
    scheme, _, location = location.rpartition("://")
    if location.startswith("./u:"):
        return URI.of(NAMESERVER_ID, location)
    host, port = split_host_port(location)
    where = join_host_port(host, config.ns_port if port is None else port)
    return URI.of(NAMESERVER_ID, where, scheme or transport)


def _not_found(place: Place, failures: Sequence[str]) -> str:
    if place.location is not None:
        advice = "check the address, or start a name server there with `pyrox ns`"
    else:
        advice = (
            "start one with `pyrox ns`, or say where it is with PYROX_NS_HOST and PYROX_NS_PORT"
        )
    return f"no name server found: {'; '.join(failures)}; {advice}"
