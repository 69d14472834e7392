"""From a name to the object's place: the resolver of ``PYRONAME:`` and ``PYROMETA:`` URIs."""

from __future__ import annotations

import difflib
import os
import re
from typing import Any

from pyrox import URI, Config, Flow, NamingError, Now, PyroxError, Resolver, Sleep

from .locating import Place, ask

__all__ = ["NameServerResolver", "wait_for"]

MAX_ALIASES = 8
"""How many names that stand for another name may follow each other."""
MAX_HINT = 1000
"""With more names than this, none are fetched only to find one that looks alike."""
_SCHEME = re.compile(r"PYRO[A-Z]*(\+[\w-]+)?:", re.IGNORECASE)
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 1.0


class NameServerResolver(Resolver):
    """Asks the name server."""

    schemes = ("PYRONAME", "PYROMETA")

    def resolve(self, uri: URI, config: Config) -> Flow[URI]:
        """Return where ``uri`` leads; of several objects with the tags, one at random.

        While ``config.ns_lookup_delay`` lasts, it asks again for what is not there yet.
        """
        wanted = uri
        for _ in range(MAX_ALIASES):
            uri = yield from _look_up_patiently(uri, config)
            if uri.is_direct:
                return uri
        raise NamingError(
            f"{wanted} leads to {uri}, and never to an object: more than {MAX_ALIASES} names that "
            "stand for another name; register a PYRO: URI under the last one"
        )

    def locate(self, location: str | None, broadcast: bool, config: Config) -> Flow[URI]:
        """Return the URI of a name server that answers."""
        answer = yield from ask(Place(location, broadcast, config), "ping")
        return answer.server


def wait_for(uri: str | URI, timeout: float, config: Config) -> Flow[URI]:
    """Wait until ``uri`` leads somewhere, at most ``timeout`` seconds; return that place.

    A text without a scheme is a name. Raises NamingError when the time is over.
    """
    if isinstance(uri, str) and not _SCHEME.match(uri):
        uri = f"PYRONAME:{uri}"
    patient = config.replace(ns_lookup_delay=timeout)
    return (yield from NameServerResolver().resolve(URI(uri), patient))


def _look_up_patiently(uri: URI, config: Config) -> Flow[URI]:
    delay = config.ns_lookup_delay
    ends = (yield Now()) + delay if delay else 0.0
    pause = _FIRST_PAUSE
    while True:
        try:
            return (yield from _look_up(uri, config))
        except NamingError as error:
            left = ends - (yield Now()) if delay else 0.0
            if left <= 0.0:
                explained = yield from _explain(uri, config, str(error))
                raise NamingError(explained) from error
        yield Sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _look_up(uri: URI, config: Config) -> Flow[URI]:
    place = _place_of(uri, config)
    if uri.scheme == "PYRONAME":
        answer = yield from ask(place, "lookup", uri.object)
        return URI(answer.value)
    wanted = {"meta_all": sorted(uri.tags), "return_metadata": False}
    answer = yield from ask(place, "yplookup", options=wanted)
    if not answer.value:
        raise NamingError(
            "no registrations available with desired metadata properties "
            f"{{{', '.join(map(repr, sorted(uri.tags)))}}}"
        )
    return URI(_one_of(sorted(answer.value.values())))


def _place_of(uri: URI, config: Config) -> Place:
    transport = "" if uri.transport in ("tcp", "unix") else uri.transport
    return Place(uri.location, config.ns_broadcast and uri.location is None, config, transport)


def _one_of(choices: list[Any]) -> Any:
    # Not the random module: it takes longer to import than everything in this file.
    return choices[int.from_bytes(os.urandom(4), "big") % len(choices)]


def _explain(uri: URI, config: Config, problem: str) -> Flow[str]:
    """Add to an answer what to do about it: which registered names look like an unknown one."""
    waited = f" (waited {config.ns_lookup_delay:g} s)" if config.ns_lookup_delay else ""
    if problem.startswith("no registrations"):
        return f"{problem}{waited}; `pyrox nsc list --metadata` shows the tags there are"
    if not problem.startswith("unknown name"):
        return problem + waited
    try:
        server, count = yield from ask(_place_of(uri, config), "count")
        known = (yield from ask(_place_of(uri, config), "list")).value if count <= MAX_HINT else {}
    except PyroxError:
        return problem + waited
    near = difflib.get_close_matches(uri.object, list(known), n=3, cutoff=0.7)
    advice = f"did you mean {' or '.join(near)}?" if near else "`pyrox nsc list` shows its names"
    return f"{problem}{waited}; asked the name server at {server.location}; {advice}"
