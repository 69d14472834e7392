"""The ``pyrox`` program: options in, exit code out."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import TextIOWrapper

from pyrox import Command, PluginError, installed_plugins

from .declarations import pyrox_register_command
from .failures import report
from .settings import Settings, logging_to_stderr
from .signals import stop_signals
from .tree import TakingOver, build_program

__all__ = ["main", "run"]

log = logging.getLogger("pyrox.cli")

COMPLETION_VARIABLE = "_PYROX_COMPLETE"


def main() -> None:
    """Run the program and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], commands: Mapping[str, Command] | None = None) -> int:
    """Run one command line; return the exit code. ``commands`` replaces the installed ones."""
    settings = Settings()
    try:
        with _any_text(), logging_to_stderr(), stop_signals():
            program = build_program(_installed() if commands is None else commands)
            if COMPLETION_VARIABLE in os.environ:
                program.main(list(arguments), "pyrox", complete_var=COMPLETION_VARIABLE)
            with program.make_context("pyrox", list(arguments), obj=settings) as context:
                program.invoke(context)
    except TakingOver as other:
        start = other.start
    except BaseException as error:
        return report(error, settings)
    else:
        return 0
    return start()


def _installed() -> Mapping[str, Command]:
    try:
        return installed_plugins().commands
    except PluginError as error:
        # `pyrox plugins` must be there to find out more.
        log.warning("no commands of plugins: %s", error)
        return {command.path: command for command in pyrox_register_command()}


@contextmanager
def _any_text() -> Iterator[None]:
    """Print what the terminal's encoding lacks in escaped form, rather than fail."""
    before = [(stream, stream.errors) for stream in _texts(sys.stdout, sys.stderr)]
    for stream, _ in before:
        stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream, errors in before:
            stream.reconfigure(errors=errors)


def _texts(*streams: object) -> Iterator[TextIOWrapper]:
    yield from (stream for stream in streams if isinstance(stream, TextIOWrapper))
