"""Showing what a command returns: for a person, for another program, or as JSON.

Data goes to stdout and nothing else does. A person (a terminal) gets tables and colours; a pipe
gets one line a row with tabs between the values; ``--json`` gives JSON anywhere, one document a
line for what comes item by item.
"""

from __future__ import annotations

import json
import os
import pprint
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any

from pyrox import Table

from .settings import Settings, is_terminal
from .values import plain_value, safe_text, to_jsonable

__all__ = ["OutputClosed", "note", "show"]

Writer = Callable[[Any], None]


class OutputClosed(Exception):
    """Nobody reads our output any more, as when it goes to ``head``."""


def show(value: Any, settings: Settings) -> None:
    """Write what a command returned to stdout; the items of an iterator as they come."""
    if isinstance(value, Iterator):
        _show_items(value, _guarded(_writer(settings, several=True)))
    else:
        _guarded(_writer(settings, several=False))(value)


def note(text: str) -> None:
    """Tell a person how things go, on stderr; a script is told nothing."""
    if is_terminal(sys.stderr):
        print(safe_text(text), file=sys.stderr, flush=True)


def _show_items(items: Iterator[Any], write: Writer) -> None:
    interrupt: KeyboardInterrupt | None = None
    while True:
        try:
            item = next(items) if interrupt is None else _interrupted(items, interrupt)
        except StopIteration:
            return
        try:
            interrupt = None
            write(item)
        except KeyboardInterrupt as error:
            interrupt = error


def _interrupted(items: Iterator[Any], interrupt: KeyboardInterrupt) -> Any:
    """Let the command decide what an interrupt means that came while its item was shown."""
    if isinstance(items, Generator):
        return items.throw(interrupt)
    raise interrupt


def _guarded(write: Writer) -> Writer:
    def guarded(value: Any) -> None:
        try:
            write(value)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise OutputClosed from error

    return guarded


def _writer(settings: Settings, several: bool) -> Writer:
    if settings.json:
        return _json_line if several else _json_document
    if is_terminal(sys.stdout):
        from .terminal import terminal_writer  # rich takes time to import, and pipes need none

        return terminal_writer(sys.stdout, settings.colors(sys.stdout))
    return _plain


def _json_document(value: Any) -> None:
    print(json.dumps(to_jsonable(value), indent=2, ensure_ascii=False))


def _json_line(value: Any) -> None:
    print(json.dumps(to_jsonable(value), ensure_ascii=False))


def _plain(value: Any) -> None:
    if isinstance(value, Table):
        for row in value.rows:
            print("\t".join(plain_value(cell) for cell in row))
    elif isinstance(value, dict | list | tuple | set | frozenset):
        print(pprint.pformat(value, width=_columns(), sort_dicts=False))
    elif value is not None:
        print(repr(value) if isinstance(value, bytes | bytearray) else value)


def _columns() -> int:
    width = os.environ.get("COLUMNS", "")
    return int(width) if width.isdigit() and int(width) else 80
