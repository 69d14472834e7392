"""What the global options say, and the logging that follows from it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

__all__ = ["Settings", "is_terminal", "log_more", "logging_to_stderr"]

_SHORT = "%(levelname)s %(name)s: %(message)s"
_LONG = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"


@dataclass
class Settings:
    """The global options of one run of the program."""

    json: bool = False
    color: bool = True
    verbose: int = 0
    debug: bool = False

    def colors(self, stream: IO[str]) -> bool:
        """Tell whether ``stream`` is a terminal that should show colours."""
        return (
            self.color
            and is_terminal(stream)
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )


def is_terminal(stream: Any) -> bool:
    """Tell whether somebody looks at ``stream``, rather than a program reading it."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # ValueError: closed
        return False


if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[Any]
else:
    _StreamHandler = logging.StreamHandler  # generic to a type checker alone before 3.11


class _Handler(_StreamHandler):
    """The handler that is ours, among those that somebody else's program may have."""


@contextmanager
def logging_to_stderr() -> Iterator[None]:
    """Send log lines to stderr inside the block; warnings only, until more is asked for."""
    root = logging.getLogger()
    handler = _Handler(sys.stderr)
    handler.setFormatter(logging.Formatter(_SHORT))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def log_more(verbose: int) -> None:
    """Log what happens, and with 2 also what helps to find bugs."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)
    for handler in root.handlers:
        if isinstance(handler, _Handler):
            handler.setFormatter(logging.Formatter(_LONG, datefmt="%H:%M:%S"))
