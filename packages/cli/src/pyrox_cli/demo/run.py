"""The demonstration itself: who starts when, and what it shows."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from pathlib import Path

from .stage import Line, Stage

__all__ = ["demo"]

_URI = re.compile(r"PYRO:\S+@\S+:(?P<port>\d+)")
_CODE = Path(__file__).parent


def demo() -> Iterator[Line]:
    """Play the demonstration; yields what each process prints."""
    with Stage() as stage:
        yield stage.start("name server", "pyrox_cli", "ns", "--host", "localhost", "--port", "0")
        found = yield from _uri_from(stage, "name server")
        stage.settings["PYROX_NS_PORT"] = found["port"]
        yield stage.start("server", "pyrox_cli.demo.server")
        greeter = (yield from _uri_from(stage, "server"))[0]
        yield Line("demo", "now two clients at once: one has the URI, the other the name")
        yield stage.start("client 1", "pyrox_cli.demo.client", greeter, "Ada")
        yield stage.start("client 2", "pyrox_cli.demo.client", "PYRONAME:example.greeter", "Grace")
        yield from stage.until_end("client 1", "client 2")
    yield Line(
        "demo", "That was: calls by URI and by name, an exception with its remote traceback,"
    )
    yield Line("demo", "streams of two clients side by side, and a burst of calls. All processes")
    yield Line("demo", f"have ended. Read the code in {_CODE}")


def _uri_from(stage: Stage, name: str) -> Generator[Line, None, re.Match[str]]:
    """Wait until ``name`` prints the URI that it can be reached at; return that."""
    found: list[re.Match[str]] = []

    def look(text: str) -> bool:
        found.extend(_URI.finditer(text))
        return bool(found)

    yield from stage.until(name, look)
    return found[0]
