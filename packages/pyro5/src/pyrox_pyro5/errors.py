"""The errors of Pyro5 (reference 4), and the text of tracebacks from both sides.

Each class is also the class of pyrox that means the same: whoever catches ``pyrox.NamingError``
catches ``Pyro5.errors.NamingError``.
"""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Any, cast

import pyrox
from pyrox.values.tracebacks import detailed_lines

__all__ = [
    "CommunicationError",
    "ConnectionClosedError",
    "DaemonError",
    "MessageTooLargeError",
    "NamingError",
    "ProtocolError",
    "PyroError",
    "SecurityError",
    "SerializeError",
    "TimeoutError",
    "excepthook",
    "format_traceback",
    "get_pyro_traceback",
]


class PyroError(pyrox.PyroxError):
    """Root of all Pyro errors.

    ``_pyroTraceback``, where one arrived from the other side, is the traceback there, as lines.
    """

    _pyroTraceback: list[str]

    def __reduce__(self) -> tuple[Any, ...]:
        cls, args, *state = cast("tuple[Any, ...]", super().__reduce__())
        if cls.__module__ != _PYRO5:
            return (cls, args, *state)
        # By our own name, which leads here whether or not Pyro5 is ours where it is unpickled.
        return (_unpickled, (cls.__name__, *args), *state)


class NamingError(PyroError, pyrox.NamingError):
    """A name that is unknown or taken, or a name server that cannot be found."""


class DaemonError(PyroError, pyrox.DaemonError):
    """An unknown object, or a registration that a daemon refuses."""


class SecurityError(PyroError, pyrox.SecurityError):
    """Something refused because it would be unsafe."""


class CommunicationError(PyroError, pyrox.CommunicationError):
    """A call failed on its way, or no connection could be made."""


class ConnectionClosedError(CommunicationError, pyrox.ConnectionClosedError):
    """The other side went away. ``partialData``, where there is any, is what arrived before."""

    partialData: bytes


class TimeoutError(CommunicationError, pyrox.TimeoutError):
    """Time ran out."""


class ProtocolError(CommunicationError, pyrox.ProtocolError):
    """Bytes that do not follow the protocol. ``pyroMsg``, if there is one, is the message."""

    pyroMsg: Any


class MessageTooLargeError(ProtocolError, pyrox.MessageTooLargeError):
    """A message over the limit, MAX_MESSAGE_SIZE."""


class SerializeError(ProtocolError, pyrox.SerializeError):
    """A value that cannot travel."""


_PYRO5 = "Pyro5.errors"
for _error in [
    PyroError, NamingError, DaemonError, SecurityError, CommunicationError, ConnectionClosedError,
    TimeoutError, ProtocolError, MessageTooLargeError, SerializeError,
]:  # fmt: skip
    _error.__module__ = _PYRO5


def _unpickled(name: str, *args: Any) -> PyroError:
    error: PyroError = globals()[name](*args)
    return error


def get_pyro_traceback(
    ex_type: Any = None,
    ex_value: BaseException | None = None,
    ex_tb: TracebackType | None = None,
) -> list[str]:
    """Return the traceback of an exception as lines, with the remote one that it carries.

    Without arguments: that of the exception that is being handled. The exception itself will do
    as the only one.
    """
    kind, value, tb = _handled(ex_type, ex_value, ex_tb)
    remote = "".join(map(str, getattr(value, "_pyroTraceback", None) or _arrived_with(value)))
    if not remote:
        return traceback.format_exception(kind, value, tb)
    return [
        *_local_lines(kind, value, tb),
        " +--- This exception occurred remotely (Pyro) - Remote traceback:\n",
        *(f" | {line}\n" for line in remote.splitlines()),
        " +--- End of remote traceback\n",
    ]


def format_traceback(
    ex_type: Any = None,
    ex_value: BaseException | None = None,
    ex_tb: TracebackType | None = None,
    detailed: bool = False,
) -> list[str]:
    """Return the traceback of an exception as lines; ``detailed`` adds local variables."""
    kind, value, tb = _handled(ex_type, ex_value, ex_tb)
    if detailed and value is not None:
        lines = detailed_lines(value, tb)
        return [*lines, lines[1], lines[0]]  # the exception once more, since it is what counts
    return traceback.format_exception(kind, value, tb)


def excepthook(
    ex_type: type[BaseException], ex_value: BaseException, ex_tb: TracebackType | None
) -> None:
    """Print an exception with its remote traceback; to be set as ``sys.excepthook``."""
    sys.stderr.write("".join(get_pyro_traceback(ex_type, ex_value, ex_tb)))


_Handled = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def _handled(kind: Any, value: BaseException | None, tb: TracebackType | None) -> _Handled:
    if isinstance(kind, BaseException):
        value, kind = kind, None
    if value is not None:
        return kind or type(value), value, tb or value.__traceback__
    return sys.exc_info() if kind is None else (kind, None, tb)


def _arrived_with(error: BaseException | None) -> str:
    return (error is not None and pyrox.remote_traceback(error)) or ""


def _local_lines(kind: Any, value: BaseException | None, tb: TracebackType | None) -> list[str]:
    """Return the lines of what happened here, without the remote traceback as a cause."""
    shown = traceback.TracebackException(kind, value, tb)  # type: ignore[arg-type]
    level: traceback.TracebackException | None = shown
    while level is not None and value is not None:
        if pyrox.remote_traceback(value) is not None:
            level.__cause__, level.__suppress_context__ = None, True
        level, value = level.__cause__ or level.__context__, value.__cause__ or value.__context__
    return list(shown.format())
