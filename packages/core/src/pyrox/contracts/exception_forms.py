"""The forms that exceptions travel in: dictionaries with their class's name, args and attributes.

They are those of Pyro 5: docs/reference/protocol.md, section "Classes".
"""

from __future__ import annotations

import builtins
import importlib
import os
import struct
from collections.abc import Mapping
from typing import Any

from .. import errors
from ..errors import CommunicationError, Outcome, RemoteError, RemoteTraceback, SerializeError

__all__ = [
    "MAX_ATTRIBUTES",
    "TRACEBACK_KEY",
    "add_traceback",
    "exception_from_plain",
    "exception_to_plain",
    "is_exception",
    "wire_name_of",
]

TRACEBACK_KEY = "_pyroTraceback"
MAX_ATTRIBUTES = 100
"""How many attributes of an exception are taken over from the other side."""

_PYRO5_ROOT = "Pyro5.errors.PyroError"
_PYRO5_ERRORS = {
    "NamingError",
    "DaemonError",
    "SecurityError",
    "CommunicationError",
    "ConnectionClosedError",
    "TimeoutError",
    "ProtocolError",
    "MessageTooLargeError",
    "SerializeError",
}
_SQLITE_ERRORS = {
    "Warning", "Error", "InterfaceError", "DatabaseError", "DataError", "OperationalError",
    "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError",
}  # fmt: skip


_PICKY = (UnicodeDecodeError, getattr(builtins, "BaseExceptionGroup", UnicodeDecodeError))
"""Their constructors refuse what some serializers make of their arguments: Pyro 5 then raises
that refusal, and the text is lost."""


def exception_to_plain(
    error: BaseException, traceback: list[str] | None = None, *, for_pyro5: bool = False
) -> dict[str, Any]:
    """Return the dictionary that ``error`` travels as.

    ``for_pyro5`` names only classes that a Pyro 5 peer can build, since it would lose the text
    of any other: the nearest base class stands in, and the text begins with the real name.
    """
    name, args = _class_name(type(error)), error.args
    attributes = {key: value for key, value in vars(error).items() if key != TRACEBACK_KEY}
    if isinstance(error, RemoteError):
        name, attributes = error.remote_class or name, dict(error.attributes)
    if isinstance(error, OSError) and error.filename is not None and len(args) == 2:
        args = (*args, *_file_names(error))
    if isinstance(error, CommunicationError):
        attributes["outcome"] = str(error.outcome)
    if for_pyro5 and (isinstance(error, _PICKY) or not _known_to_pyro5(name)):
        attributes.pop("outcome", None)
        text = str(error) if isinstance(error, RemoteError) else f"{name}: {error}"
        name, args = _nearest_known(type(error)), (text,)
    if traceback is not None:
        attributes[TRACEBACK_KEY] = traceback
    return {"__class__": name, "__exception__": True, "args": args, "attributes": attributes}


def _file_names(error: OSError) -> tuple[Any, ...]:
    """Return the further arguments that an OSError was made with; it keeps them elsewhere."""
    one, two = (
        str(name) if isinstance(name, os.PathLike) else name
        for name in (error.filename, error.filename2)
    )
    return (one,) if two is None else (one, None, two)


def exception_from_plain(
    name: str, values: Mapping[str, Any], cls: type | None = None
) -> BaseException:
    """Return the exception that a dictionary stands for; RemoteError where its class is unknown.

    ``cls`` is its class where that was registered. Its remote traceback, if one came along,
    becomes its ``__cause__``.
    """
    args = values.get("args") or ()
    attributes = values.get("attributes") or {}
    if not isinstance(args, list | tuple) or not isinstance(attributes, dict):
        raise SerializeError(
            f"malformed exception {name!r:.100}: args or attributes of a wrong kind"
        )
    attributes = dict(list(attributes.items())[:MAX_ATTRIBUTES])
    traceback = attributes.pop(TRACEBACK_KEY, None)
    error = _build_exception(name, cls or _exception_class(name), tuple(args), attributes)
    if isinstance(error, CommunicationError):
        error.outcome = _outcome(attributes.get("outcome"))
    add_traceback(error, values.get(TRACEBACK_KEY) if traceback is None else traceback)
    return error


def add_traceback(error: BaseException, traceback: object) -> None:
    """Let ``error`` show a remote traceback, which may be a text or its lines."""
    if isinstance(traceback, list | tuple):
        error.__cause__ = RemoteTraceback("".join(map(str, traceback)))
    elif isinstance(traceback, str):
        error.__cause__ = RemoteTraceback(traceback)


def _build_exception(
    name: str, cls: type | None, args: tuple[Any, ...], attributes: dict[str, Any]
) -> BaseException:
    if cls is None:
        return RemoteError(*args, remote_class=name, attributes=attributes)
    if issubclass(cls, _TAKING_APART) and not all(isinstance(arg, _PARTS) for arg in args):
        return RemoteError(*args, remote_class=name, attributes=attributes)
    try:
        error: BaseException = cls(*args)
    except Exception:
        # Some constructors refuse what they stored themselves (UnicodeDecodeError without bytes).
        return RemoteError(*args, remote_class=name, attributes=attributes)
    for key, value in attributes.items():
        if key == "__notes__" or (isinstance(key, str) and _is_free(cls, key)):
            setattr(error, key, value)
    return error


def _is_free(cls: type, key: str) -> bool:
    """Tell whether an instance may get an attribute ``key`` from elsewhere.

    A property follows from the args, a method is not for a stranger to replace; a mere default
    may be another value in the instance.
    """
    return not key.startswith("__") and not hasattr(getattr(cls, key, None), "__get__")


_TAKING_APART: tuple[type[BaseException], ...] = (
    SyntaxError,
    getattr(builtins, "BaseExceptionGroup", SyntaxError),
)
"""Their constructors go through what they get: nothing that did not come as a plain value may be
looked into, since looking into a proxy is a call, to wherever a stranger said."""
_PARTS = (str, list, tuple)


def _exception_class(name: str) -> type[Exception] | None:
    """Return the class if it is one of Python's or pyrox's own; never one that ends a program."""
    if name in (_PYRO5_ROOT, "PyroError"):
        return errors.PyroxError
    module, _, bare = name.rpartition(".")
    found: Any = None
    if module in ("Pyro5.errors", "pyrox.errors") or (not module and bare in errors.__all__):
        # A bare name means ours first: TimeoutError is a name of both.
        found = getattr(errors, bare, None) if bare in errors.__all__ else None
    elif module in ("", "builtins", "exceptions"):
        found = getattr(builtins, bare, None)
    elif name == "struct.error":
        found = struct.error
    elif module == "sqlite3" and bare in _SQLITE_ERRORS:
        found = getattr(importlib.import_module("sqlite3"), bare)
    if isinstance(found, type) and issubclass(found, Exception):
        return found
    return None


def _outcome(value: object) -> Outcome:
    """Read the outcome in an answer; an answer without one tells that the call was executed."""
    try:
        return Outcome(value)
    except ValueError:
        return Outcome.EXECUTED


def is_exception(cls: object) -> bool:
    """Tell whether ``cls`` is a class of exceptions."""
    return isinstance(cls, type) and issubclass(cls, BaseException)


def wire_name_of(cls: type) -> str:
    """Return what a class is called on the wire where nobody gave it a name."""
    if is_exception(cls):
        return _class_name(cls)
    return f"{cls.__module__}.{cls.__qualname__}"


def _class_name(cls: type) -> str:
    if cls is errors.PyroxError:
        return _PYRO5_ROOT
    if cls.__module__ == errors.__name__:
        module = "Pyro5.errors" if cls.__name__ in _PYRO5_ERRORS else errors.__name__
        return f"{module}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__name__}"


def _known_to_pyro5(name: str) -> bool:
    if name == _PYRO5_ROOT:
        return True
    module, _, bare = name.rpartition(".")
    if module == "Pyro5.errors":
        return bare in _PYRO5_ERRORS
    return module != errors.__name__ and _exception_class(name) is not None


def _nearest_known(cls: type) -> str:
    for base in cls.__mro__:
        name = _class_name(base)
        if name in ("builtins.Exception", "builtins.BaseException"):
            break
        if _known_to_pyro5(name) and not issubclass(base, _PICKY):
            return name
    return _PYRO5_ROOT
