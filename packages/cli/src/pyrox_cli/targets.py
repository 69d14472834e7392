"""Finding what ``pyrox serve`` serves: ``MODULE:CLASS`` or ``MODULE:OBJECT``."""

from __future__ import annotations

import importlib
import inspect
import logging
import os
import sys
from operator import attrgetter
from types import ModuleType
from typing import Any, NamedTuple

import pyrox
from pyrox import UsageError
from pyrox.objects.exposure import members_of

__all__ = ["Target", "load_target"]

log = logging.getLogger("pyrox.cli")


class Target(NamedTuple):
    """Something to serve: what the user typed, and the class or object itself."""

    text: str
    value: Any

    @property
    def cls(self) -> type:
        """The class that says what is exposed."""
        return self.value if inspect.isclass(self.value) else type(self.value)


def load_target(text: str, *, mode: str | None = None, expose: bool = False) -> Target:
    """Import the target ``text``; its class gets ``mode`` and ``expose`` where they are asked for.

    Raises UsageError where it cannot be found, or offers nothing to callers.
    """
    module, colon, path = text.partition(":")
    if not (colon and module and path):
        raise UsageError(f"{text!r}: a target is written MODULE:CLASS or MODULE:OBJECT")
    target = Target(text, _attribute(_import(module), path, text))
    if mode is not None:
        _set_mode(target, mode)
    if expose:
        _expose_public(target.cls)
    _check_exposed(target, expose)
    return target


def _import(name: str) -> ModuleType:
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise UsageError(f"there is no module {name!r}; {here} is searched first") from error
        raise UsageError(_broken(name, error)) from error
    except Exception as error:
        raise UsageError(_broken(name, error)) from error


def _broken(name: str, error: Exception) -> str:
    return f"importing {name} failed with {type(error).__name__}: {error}; --debug shows where"


def _attribute(module: ModuleType, path: str, text: str) -> Any:
    try:
        return attrgetter(path)(module)
    except AttributeError as error:
        public = [name for name, value in vars(module).items() if inspect.isclass(value)]
        found = f"; its classes: {', '.join(sorted(public))}" if public else ""
        raise UsageError(f"{text}: {module.__name__} has no {path!r}{found}") from error


def _set_mode(target: Target, mode: Any) -> None:
    if not inspect.isclass(target.value):
        raise UsageError(f"--mode {mode} makes instances of a class, and {target.text} is no class")
    pyrox.behavior(mode)(target.value)


def _expose_public(cls: type) -> None:
    """Expose the public methods and properties of ``cls``, inherited ones included."""
    for name in dir(cls):
        if name.startswith("_"):
            continue
        value = inspect.getattr_static(cls, name)
        function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if inspect.isfunction(function) or isinstance(function, property):
            try:
                pyrox.expose(function)
            except AttributeError as error:
                log.warning("%s.%s stays unexposed: %s", cls.__name__, name, error)


def _check_exposed(target: Target, expose: bool) -> None:
    if members_of(target.cls):
        return
    if expose:
        raise UsageError(
            f"{target.text}: {target.cls.__name__} has no public methods written in Python"
        )
    raise UsageError(
        f"{target.text}: {target.cls.__name__} exposes nothing. Mark its methods with "
        "@pyrox.expose, or use --expose to expose all its public methods"
    )
