"""Importing this makes ``import Pyro5`` mean pyrox, in this process and from now on.

It does not matter whether Pyro5 itself is installed; only that it was not imported before.
``Pyro5`` and ``Pyro5.client`` are then other names of the modules ``pyrox_pyro5`` and
``pyrox_pyro5.client``, and so on.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, cast

from . import logs
from .documented import MODULES

if TYPE_CHECKING:
    from importlib.metadata import Distribution

__all__ = ["include_children"]

_THEIRS = "Pyro5"
_OURS = __name__.rpartition(".")[0]
_FOUND = MODULES | {""}
_CHILDREN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "children")


def include_children() -> None:
    """Let it hold for every Python program, too, that this one starts from now on.

    They find out through the environment (PYTHONPATH), so it reaches the children's children, and
    what ``multiprocessing`` starts. A Python without pyrox goes on with its own Pyro5.
    """
    folders = os.environ.get("PYTHONPATH", "")
    if _CHILDREN not in folders.split(os.pathsep):
        os.environ["PYTHONPATH"] = f"{_CHILDREN}{os.pathsep}{folders}" if folders else _CHILDREN


class _Aliases(MetaPathFinder):
    """Finds our modules under Pyro5's names, before anybody else finds those of Pyro5."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != _THEIRS:
            return None
        name = fullname[len(_THEIRS) + 1 :]
        ours = find_spec(f"{_OURS}.{name}" if name else _OURS) if name in _FOUND else None
        if ours is None:  # somebody else would look in our folder
            raise ModuleNotFoundError(
                f"No module named {fullname!r} (Pyro5 is pyrox-pyro5 here)", name=fullname
            )
        spec = ModuleSpec(fullname, _Alias(ours), origin=ours.origin)
        spec.submodule_search_locations = ours.submodule_search_locations
        spec.has_location = ours.has_location
        spec.cached = ours.cached
        return spec

    def find_distributions(self, context: Any) -> Iterable[Distribution]:
        """Tell the version of Pyro5 to who asks ``importlib.metadata`` for it."""
        if (context.name or "").lower() != _THEIRS.lower():
            return ()
        from .distribution import Pyro5Distribution

        return (Pyro5Distribution(),)


class _Alias(InspectLoader):
    """Loads a module of ours as a module of Pyro5."""

    def __init__(self, ours: ModuleSpec) -> None:
        self._ours = ours

    def exec_module(self, module: ModuleType) -> None:
        if self._ours.name == _OURS:
            # Pyro5 reads the environment, and sets its logging up, when it is imported.
            importlib.import_module(f"{_OURS}.configure")
        sys.modules[module.__name__] = importlib.import_module(self._ours.name)

    # What runs a module as a program asks for the following.

    def is_package(self, fullname: str) -> bool:
        return self._ours.submodule_search_locations is not None

    def get_code(self, fullname: str) -> CodeType | None:
        return self._loader.get_code(self._ours.name)

    def get_source(self, fullname: str) -> str | None:
        return self._loader.get_source(self._ours.name)

    def get_filename(self, fullname: str) -> str:
        return self._ours.origin or ""

    @property
    def _loader(self) -> InspectLoader:
        return cast(InspectLoader, self._ours.loader)


def _activate() -> None:
    loaded = sys.modules.get(_THEIRS)
    if loaded is not None and loaded is not sys.modules[_OURS]:
        raise ImportError(
            f"Pyro5 itself was imported already ({loaded.__file__}), and parts of the program use "
            "it: `import pyrox_pyro5.activate` must come before, or use `pyrox run`"
        )
    sys.meta_path.insert(0, _Aliases())
    logs.forward()


_activate()
