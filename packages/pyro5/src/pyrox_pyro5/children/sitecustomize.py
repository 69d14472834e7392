"""For every Python that starts with this folder in PYTHONPATH: ``import Pyro5`` means pyrox there.

Nothing is imported for it until then, for most programs that a program starts are none of Pyro5's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType

_HERE = os.path.dirname(os.path.abspath(__file__))


class _AtFirstImport:
    """Activates when ``Pyro5`` is imported."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "Pyro5":
            return None
        try:
            import_module("pyrox_pyro5.activate")
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "pyrox_pyro5":
                return None  # the Python of another environment, which has no pyrox
            raise
        return find_spec(name)


def _go_on() -> None:
    """Run the module of this name that would have been found without this folder."""
    sys.path[:] = [folder for folder in sys.path if folder != _HERE]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


sys.meta_path.insert(0, _AtFirstImport)
_go_on()
