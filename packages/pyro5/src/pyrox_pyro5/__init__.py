"""Pyro5's own names on top of pyrox: what a program written for Pyro5 imports, and runs on.

``import pyrox_pyro5.api as Pyro5`` works as it is. To run a program that says ``import Pyro5``,
unmodified: ``pyrox run PROGRAM``, or ``import pyrox_pyro5.activate`` before anything else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .documented import MODULES
from .plugin import pyrox_register_command

if TYPE_CHECKING:
    from .configure import global_config as config

__all__ = ["__version__", "config", "pyrox_register_command"]

__version__ = "5.17"
"""The release of Pyro5 that this stands in for."""


def __getattr__(name: str) -> Any:
    # Every pyrox program imports this package, since it is a plugin: only those that use it may
    # fail for a mistake in a PYRO_* variable, or get Pyro5's logging.
    if name == "config":
        from .configure import global_config

        globals()["config"] = global_config
        return global_config
    if name in MODULES:  # Pyro5's modules import each other: some programs name one of them only
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
