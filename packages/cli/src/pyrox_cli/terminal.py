"""Values for a person to look at; the one module that uses rich."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.pretty import Pretty
from rich.table import Table as RichTable
from rich.text import Text

from pyrox import Table

from .values import plain_value, safe_text

__all__ = ["terminal_writer"]

_CELL_COLORS = {bool: "magenta", int: "cyan", float: "cyan"}


def terminal_writer(stream: IO[str], color: bool) -> Callable[[Any], None]:
    """Return a function that shows values on the terminal ``stream``."""
    console = Console(
        file=stream,
        force_terminal=True,
        color_system="auto" if color else None,
        highlight=False,
    )

    def write(value: Any) -> None:
        if isinstance(value, Table):
            _show_table(console, value)
        elif hasattr(value, "__rich__"):
            console.print(value)
        elif isinstance(value, str):
            console.print(Text(safe_text(value)), soft_wrap=True)
        elif value is not None:
            console.print(Pretty(value))

    return write


def _show_table(console: Console, table: Table) -> None:
    if table.title:
        console.print(Text(safe_text(table.title), style="bold"))
    if table.rows:
        console.print(_rich_table(table))
    else:
        console.print(Text(table.empty, style="dim"))
    if table.note:
        console.print(Text(safe_text(table.note), style="dim"))


def _rich_table(table: Table) -> RichTable:
    rich = RichTable(box=SIMPLE_HEAD, header_style="bold", show_edge=False, pad_edge=False)
    for number, column in enumerate(table.columns):
        numeric = all(_is_number(row[number]) for row in table.rows)
        rich.add_column(
            Text(column),
            justify="right" if numeric else "left",
            overflow="fold",
            style="green" if number == 0 else "",
        )
    for row in table.rows:
        rich.add_row(*(_cell(value) for value in row))
    return rich


def _cell(value: Any) -> Text:
    return Text(safe_text(plain_value(value)), style=_CELL_COLORS.get(type(value), ""))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
