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
        with _any_text(), logging_to_stderr(), _telling_once(arguments), stop_signals():
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
def _telling_once(arguments: Sequence[str]) -> Iterator[None]:
    """Log nothing of broken plugins where the command that was typed is the one to show them."""
    logger = logging.getLogger("pyrox.plugins")
    level = logger.level
    typed = [argument for argument in arguments if not argument.startswith("-")]
    if typed[:1] == ["plugins"]:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


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
