"""Functions that declared commands of the tests point to."""

import logging
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyrox import NamingError, RemoteError, Table

HERE = __name__


@dataclass(frozen=True)
class Finding:
    name: str
    good: bool

    def __str__(self) -> str:
        return f"{self.name} is {'good' if self.good else 'bad'}"


def record(**values: Any) -> dict[str, Any]:
    return values


def table() -> Table:
    rows = [("ada", 36, True, ("x", "y")), ("[bold]grace", 85, None, ())]
    return Table(("Name", "age", "on line", "tags"), rows, title="People", note="that is all")


def no_rows() -> Table:
    return Table(("name",), [], title="People", empty="nobody is here")


def text() -> str:
    return "plain \x1b[31mtext"


def nothing() -> None:
    return None


def nested() -> dict[str, Any]:
    return {"list": [1, 2], "bytes": b"\x00", "infinite": float("inf"), "set": {3}}


def items() -> Iterator[Any]:
    yield "first"
    yield {"second": 2}
    yield Finding("third", True)


def endless() -> Iterator[str]:
    while True:
        yield "again"


def unknown_name() -> None:
    raise NamingError("unknown name: 'x'")


def remote_failure() -> None:
    raise RemoteError("it broke", remote_class="shop.Broken")


def system_failure() -> None:
    raise FileNotFoundError(2, "No such file or directory", "pyrox.toml")


def bug() -> None:
    raise ZeroDivisionError("division by zero")


def interrupted() -> None:
    raise KeyboardInterrupt


def leave() -> None:
    sys.exit(7)


def patient_server() -> Iterator[str]:
    """Stop cleanly when interrupted, even while what it printed is being shown."""
    try:
        yield "serving"
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        yield "stopped cleanly"


def silent_server() -> Iterator[str]:
    """Stop cleanly when interrupted, without a word."""
    try:
        yield "serving"
    except KeyboardInterrupt:
        pass


started: dict[str, Any] = {}


def other_program(**given: Any) -> int:
    """Take note of what it was given, and what it finds."""
    log, sigterm = logging.getLogger(), signal.getsignal(signal.SIGTERM)
    surroundings = (log.handlers[:], log.level, sigterm, sys.stdout.errors)
    started.update(given, surroundings=surroundings)
    return 5


def failing_program() -> int:
    return 1 // 0
