"""What a plugin says about a subcommand of the ``pyrox`` program.

A command is a plain function: it takes its parameters as keyword arguments, returns a value, and
knows nothing of terminals. The program turns the declaration into options and help, imports the
function when the command is used, and shows what it returns: a :class:`Table` as a table, as
tab-separated lines in a pipe, or as JSON; text as it is; a generator's items as they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

__all__ = ["Command", "Option", "Argument", "Table"]


class Argument(NamedTuple):
    """A parameter given by position. ``many`` takes all that is left, as a tuple.

    ``verbatim`` does, too, from the first word that is no option on: what follows is for another
    program, options included.
    """

    name: str
    help: str = ""
    type: type = str
    many: bool = False
    required: bool = True
    verbatim: bool = False


class Option(NamedTuple):
    """A parameter given by name, ``--like-this``; a bool is a switch."""

    name: str
    help: str = ""
    type: type = str
    default: Any = None
    short: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()
    metavar: str = ""


class Command(NamedTuple):
    """One subcommand.

    ``path`` is what the user types, such as ``"nsc list"``; ``target`` is the function as
    ``"module:function"``; ``help`` begins with one line that stands in the overview. One without a
    target does nothing itself: it says what the commands below it (``"nsc"``) are for.

    One that ``takes_over`` runs another program in this process: it is called when all that the
    ``pyrox`` program has set up is put back (logging, signals, and so on), and it returns the exit
    code.
    """

    path: str
    target: str
    help: str
    parameters: tuple[Argument | Option, ...] = ()
    examples: tuple[str, ...] = ()
    hidden: bool = False
    takes_over: bool = False


class Table(NamedTuple):
    """Rows to show. ``title`` and ``note`` stand around it in a terminal only."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    note: str = ""
    empty: str = "nothing found"
    data: Any = None
    """What ``--json`` prints instead of one object a row."""
