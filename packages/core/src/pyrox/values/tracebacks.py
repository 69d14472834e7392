"""The text of a traceback that travels with an exception."""

from __future__ import annotations

import linecache
import os
import traceback
from types import FrameType, TracebackType

__all__ = ["detailed_lines", "traceback_lines"]

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_RULER = "-" * 52 + "\n"
_MAX_VALUE = 200


def traceback_lines(error: BaseException, detailed: bool = False) -> list[str]:
    """Return the lines of ``error``'s traceback, from the first frame that is not pyrox's own.

    ``detailed`` adds the source line and the local variables of every frame.
    """
    try:
        tb = _outside(error.__traceback__)
        if detailed:
            last = traceback.format_exception_only(type(error), error)
            return [*detailed_lines(error, tb), *last]
        return traceback.format_exception(type(error), error, tb)
    except Exception as problem:
        # An exception whose own __str__ or __repr__ fails must still reach the caller.
        return [f"{type(error).__name__} (its traceback cannot be shown: {problem!r})\n"]


def _outside(tb: TracebackType | None) -> TracebackType | None:
    first = tb
    while tb is not None and tb.tb_frame.f_code.co_filename.startswith(_HERE):
        tb = tb.tb_next
    return tb or first


def detailed_lines(error: BaseException, tb: TracebackType | None) -> list[str]:
    """Return ``error``, and the source line and local variables of every frame of ``tb``."""
    lines = [
        _RULER,
        f" EXCEPTION {type(error)}: {error}\n",
        " Extended stacktrace follows (most recent call last)\n",
    ]
    while tb is not None:
        lines.append(_RULER)
        lines += _frame(tb.tb_frame, tb.tb_lineno)
        tb = tb.tb_next
    lines.append(_RULER)
    return lines


def _frame(frame: FrameType, line: int) -> list[str]:
    code = frame.f_code
    owner = frame.f_locals.get("self")
    name = f"{type(owner).__name__}.{code.co_name}" if owner is not None else code.co_name
    source = linecache.getline(code.co_filename, line).strip()
    lines = [f'File "{code.co_filename}", line {line}, in {name}\n', "Source code:\n"]
    lines.append(f"    {source}\n")
    if frame.f_locals is frame.f_globals:  # a module's own: they would tell too much of too little
        return lines
    lines.append("Local values:\n")
    for key, value in sorted(frame.f_locals.items()):
        lines.append(f"    {key} = {_short(value)}\n")
        if key == "self" and hasattr(value, "__dict__"):
            lines += [f"        self.{k} = {_short(v)}\n" for k, v in sorted(vars(value).items())]
    return lines


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception as problem:
        return f"<its repr failed: {problem}>"
    return text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "..."
