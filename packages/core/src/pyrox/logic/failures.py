"""What a caller is told when a method raised, or its result or its request cannot be used."""

from __future__ import annotations

from typing import Any

from ..contracts.converters import Converters
from ..contracts.exception_forms import TRACEBACK_KEY, exception_to_plain
from ..contracts.serializer import Codec
from ..errors import CommunicationError, Outcome, PyroxError, SecurityError, SerializeError
from ..values.tracebacks import traceback_lines

__all__ = ["STAND_IN_SIZE", "RequestError", "failure_to_plain", "stand_in", "text_of", "unreadable"]

STAND_IN_SIZE = 100_000
"""How many characters of an exception travel that cannot travel as itself."""


class RequestError(Exception):
    """A request that cannot be begun. ``fatal`` ones end the connection, once answered."""

    def __init__(self, error: BaseException, codec: Codec, fatal: bool) -> None:
        super().__init__(error)
        self.error = error
        self.codec = codec
        self.fatal = fatal


def failure_to_plain(
    error: BaseException, converters: Converters, *, for_pyro5: bool, detailed: bool
) -> dict[str, Any]:
    """Return the form in which what a method raised travels; this itself raises nothing."""
    try:
        return _describe(error, converters, for_pyro5, detailed)
    except BaseException as problem:  # a converter's, or of an exception that cannot be shown
        return stand_in({}, error, problem)


def _describe(
    error: BaseException, converters: Converters, for_pyro5: bool, detailed: bool
) -> dict[str, Any]:
    if converters.is_registered(type(error)):
        plain = converters.to_plain(error)
        if isinstance(plain, dict):
            if for_pyro5:
                return plain
            lines = traceback_lines(error, detailed)
            return {**plain, "__exception__": True, TRACEBACK_KEY: lines}
    if isinstance(error, CommunicationError):
        # Whatever became of a call that the method made itself: the method did run.
        error.outcome = Outcome.EXECUTED
    if not isinstance(error, Exception):
        # SystemExit and its like must end neither this daemon nor the caller's program.
        text = f"remote method raised {type(error).__name__}: {error}"
        error = PyroxError(text).with_traceback(error.__traceback__)
    return exception_to_plain(error, traceback_lines(error, detailed), for_pyro5=for_pyro5)


def unreadable(error: BaseException, codec: Codec) -> BaseException:
    """Return the error to answer with, to a request whose payload cannot be read."""
    if isinstance(error, SerializeError | SecurityError):
        return error
    # Never the payload itself: the answer would carry it back.
    return SerializeError(f"the request cannot be read by {codec.name}: {type(error).__name__}")


def stand_in(
    plain: dict[str, Any], error: BaseException, problem: BaseException, room: int = STAND_IN_SIZE
) -> dict[str, Any]:
    """Return what travels for an exception that cannot: its text and the end of its traceback.

    ``room`` is about how many characters each of the two may have.
    """
    attributes = plain.get("attributes")
    lines = attributes.get("_pyroTraceback") if isinstance(attributes, dict) else None
    traceback: list[str] = []
    left = room
    for line in reversed(lines if isinstance(lines, list | tuple) else ()):
        text = text_of(line, room // 4)
        left -= len(text)
        if left < 0:
            break
        traceback.insert(0, text)
    return {
        "__class__": "Pyro5.errors.PyroError",
        "__exception__": True,
        "args": (
            f"Error serializing exception: {text_of(problem, room)}. "
            f"Original exception: {type(error)}: {text_of(error, room)}",
        ),
        "attributes": {"_pyroTraceback": traceback},
    }


def text_of(value: object, room: int) -> str:
    """Return the beginning of a text that any serializer can write."""
    try:
        return str(value)[:room].encode("utf-8", "backslashreplace").decode()[:room]
    except Exception:
        return "(its text cannot be shown)"
