"""What the program says, and its exit code, when something goes wrong.

::

    0    done
    1    it failed: what the remote method raised, a refusal, an error of the system
    2    the command line, a URI or a setting is wrong
    3    the daemon, or the name server, cannot be reached
    130  interrupted with ctrl-C        143  terminated
    141  nobody reads the output
"""

from __future__ import annotations

import os
import sys
import traceback

import click

from pyrox import (
    ConnectError,
    ConnectionClosedError,
    NoNameServerError,
    PyroxError,
    RemoteError,
    TimeoutError,
    UsageError,
    remote_traceback,
)

from .frame import UnknownCommand
from .output import OutputClosed
from .parameters import GUARD
from .settings import Settings
from .signals import Terminated
from .values import safe_text

__all__ = ["report"]

_UNREACHED = (ConnectError, ConnectionClosedError, TimeoutError, NoNameServerError)


def report(error: BaseException, settings: Settings) -> int:
    """Tell the user about ``error`` on stderr; return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return _exit_code(error, settings)
    if isinstance(error, OutputClosed):
        _discard_output()
        return 141
    if isinstance(error, Terminated):
        return 128 + error.number
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return 130
    if isinstance(error, click.ClickException):
        return _click_error(error, settings)
    if settings.debug or not _is_expected(error):
        _write("".join(traceback.format_exception(error)).rstrip())
    _write_error(_describe(error, settings), settings)
    return _code(error)


def _code(error: BaseException) -> int:
    if remote_traceback(error) is not None:  # somebody was reached, whatever happened there
        return 1
    if isinstance(error, UsageError):
        return 2
    return 3 if isinstance(error, _UNREACHED) else 1


def _is_expected(error: BaseException) -> bool:
    return isinstance(error, PyroxError | OSError) or remote_traceback(error) is not None


def _describe(error: BaseException, settings: Settings) -> str:
    name = type(error).__name__
    text = str(error) or name
    if remote_traceback(error) is not None and not isinstance(error, PyroxError):
        text = f"{name}: {error}" if str(error) else name
    if not _is_expected(error):
        return f"{name}: {error} (this is a bug in pyrox or in a plugin, shown above)"
    if remote_traceback(error) is not None or isinstance(error, RemoteError):
        hint = "" if settings.debug else "; --debug shows its traceback"
        return f"{text} (raised by the remote method{hint})"
    return text


def _exit_code(error: SystemExit, settings: Settings) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    _write_error(str(error.code), settings)
    return 1


def _click_error(error: click.ClickException, settings: Settings) -> int:
    context = getattr(error, "ctx", None)
    if context is not None and not isinstance(error, UnknownCommand):
        _write(context.get_usage())
        _write(f"`{context.command_path} --help` shows more.")
    _write_error(error.format_message().replace(GUARD, ""), settings)
    return error.exit_code


def _write_error(text: str, settings: Settings) -> None:
    label = "\x1b[1;31merror:\x1b[0m" if settings.colors(sys.stderr) else "error:"
    print(label, safe_text(text), file=sys.stderr)


def _write(text: str) -> None:
    print(safe_text(text), file=sys.stderr)


def _discard_output() -> None:
    """Keep Python from complaining, when it exits, that it cannot flush stdout."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, as under a test
        pass
