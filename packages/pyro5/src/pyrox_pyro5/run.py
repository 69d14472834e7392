"""Running a Pyro5 program on pyrox: as ``python PROGRAM`` would, in this process."""

from __future__ import annotations

import builtins
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader, SourcelessFileLoader
from importlib.util import find_spec
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple, cast

from .activate import include_children

__all__ = ["run"]


class _Program(NamedTuple):
    """What is to be run: its code, and what its ``__main__`` module says about it."""

    code: CodeType
    loader: Any
    file: str | None
    spec: ModuleSpec | None = None


class _CannotStart(Exception):
    """There is no such program; the exit code is the second argument."""


_STARTING = (__file__, "<frozen importlib")
"""Where code comes from that runs before the program's own does."""


def run(program: str, arguments: Sequence[str] = (), module: bool = False) -> int:
    """Run a file (or, with ``module``, an importable module) and return the exit code.

    ``import Pyro5`` is pyrox there, and in the Python programs that it starts. SystemExit and
    KeyboardInterrupt are raised, since they end this process as they would end that program's.
    """
    include_children()
    try:
        found = _importable(program, arguments) if module else _file(program, arguments)
    except _CannotStart as problem:
        text, code = problem.args
        print(f"pyrox run: {text}", file=sys.stderr)
        return cast(int, code)
    except BaseException as error:  # a syntax error, or one in the package of the module
        return _report(error)
    main = ModuleType("__main__")
    vars(main).update(
        __builtins__=builtins,
        __file__=found.file,
        __cached__=found.spec.cached if found.spec else None,
        __loader__=found.loader,
        __package__=found.spec.parent if found.spec else None,
        __spec__=found.spec,
    )
    if found.file is None:
        del main.__file__
    # For good: what the program leaves running, or to be pickled, belongs to it.
    sys.modules["__main__"] = main
    try:
        exec(found.code, vars(main))
    except SystemExit:
        raise
    except BaseException as error:
        return _report(error)
    return 0


def _file(program: str, arguments: Sequence[str]) -> _Program:
    sys.argv[:] = [program, *arguments]
    path = os.path.abspath(program)
    if pkgutil.get_importer(path) is not None:  # a folder or an archive with a __main__ in it
        _set_first_path(path)
        return _code_of("__main__", path)
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    try:
        return _Program(*_code_in(path), path)
    except OSError as error:
        raise _CannotStart(f"can't open file {path!r}: {error.strerror}", 2) from error


def _code_in(path: str) -> tuple[CodeType, Any]:
    if path.endswith(".pyc"):
        compiled = SourcelessFileLoader("__main__", path)
        return cast(CodeType, compiled.get_code("__main__")), compiled
    loader = SourceFileLoader("__main__", path)
    # Not get_code: Python keeps no compiled form of a program.
    return loader.source_to_code(loader.get_data(path), path), loader


def _importable(name: str, arguments: Sequence[str]) -> _Program:
    sys.argv[:] = ["-m", *arguments]
    _set_first_path(os.getcwd())
    found = _code_of(name, name)
    sys.argv[0] = found.file or name
    return found


def _code_of(name: str, shown: str) -> _Program:
    """Return a module, or the ``__main__`` of a package, as a program."""
    known = sys.modules.pop("__main__", None) if name == "__main__" else None
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name += ".__main__"
            spec = find_spec(name)
    except ModuleNotFoundError as error:
        if not f"{name}.".startswith(f"{error.name}."):
            raise  # it is there, and lacks something itself
        spec = None
    finally:
        if known is not None:
            sys.modules["__main__"] = known
    if spec is None or spec.loader is None:
        why = f"; {shown!r} cannot be executed" if name.endswith("__main__") else ""
        raise _CannotStart(f"No module named {name}{why}", 1)
    code = spec.loader.get_code(name)  # type: ignore[attr-defined]
    if code is None:
        raise _CannotStart(f"No code object available for {name}", 1)
    return _Program(code, spec.loader, spec.origin if spec.has_location else None, spec)


def _set_first_path(folder: str) -> None:
    """Let modules be found where Python looks for those of a program first."""
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        sys.path[0:1] = [folder]


def _report(error: BaseException) -> int:
    """Show what ended the program, without the frames in which it was started."""
    tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_STARTING):
        tb = tb.tb_next
    sys.excepthook(type(error), error.with_traceback(tb), tb)
    if isinstance(error, KeyboardInterrupt):
        sys.excepthook = _say_nothing
        raise error  # Python then ends as a program does that was interrupted
    return 1


def _say_nothing(kind: type[BaseException], error: BaseException, tb: TracebackType | None) -> None:
    """Be the excepthook for what was shown already."""
