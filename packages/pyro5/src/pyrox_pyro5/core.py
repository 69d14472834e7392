"""URIs and what they lead to, and the words that both sides of a call use (reference 3.1, 3.10)."""

from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING, Any

import pyrox

from .configure import global_config as config  # noqa: F401  (programs take it from here)
from .documented import module_named
from .locating import locate_ns
from .resolving import resolve
from .uri import URI

__all__ = ["DAEMON_NAME", "NAMESERVER_NAME", "URI", "locate_ns", "resolve", "type_meta"]

log = logging.getLogger("Pyro5.core")
DAEMON_NAME = pyrox.DAEMON_ID
"""The id of every daemon's own object."""
NAMESERVER_NAME = pyrox.NAMESERVER_ID
"""The id, and name, of a name server."""


class _ExceptionWrapper:
    """An exception as one of the results of a batch; raised where the result is read."""

    def __init__(self, exception: BaseException) -> None:
        self.exception = exception

    def raiseIt(self) -> None:
        """Raise the exception."""
        raise self.exception


_ExceptionWrapper.__module__ = "Pyro5.core"


def type_meta(class_or_object: Any, prefix: str = "class:") -> set[str]:
    """Return a tag for each class that an object is an instance of, builtin ones left out."""
    cls = class_or_object if inspect.isclass(class_or_object) else type(class_or_object)
    return {
        f"{prefix}{base.__module__}.{base.__name__}"
        for base in cls.__mro__
        if base.__module__ not in ("builtins", "__builtin__")
    }


if not TYPE_CHECKING:
    __getattr__ = module_named
