"""Completion in shells: the script that a shell reads, and names to complete."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from pyrox import UsageError, locate_ns

from .addresses import config_for

__all__ = ["names", "script"]

_SHELLS = ("bash", "zsh", "fish")
_PATIENCE = 0.5
"""Seconds that somebody who pressed Tab will wait for a name server."""


def script(shell: str) -> str:
    """Return what ``shell`` has to read to complete our commands."""
    completer = get_completion_class(shell) if shell in _SHELLS else None
    if completer is None:
        raise UsageError(f"cannot complete in {shell!r}: the shells are {', '.join(_SHELLS)}")
    return completer(click.Command("pyrox"), {}, "pyrox", "_PYROX_COMPLETE").source()


def names(beginning: str) -> list[str]:
    """Return the names at the name server that begin like that; none where there is none."""
    scheme, colon, prefix = beginning.rpartition(":")
    if colon and scheme.upper() != "PYRONAME":
        return []
    try:
        with locate_ns(broadcast=False, config=config_for(_PATIENCE)) as name_server:
            found = name_server.list(prefix=prefix)
    except Exception:  # whatever it is, a Tab key is no place for errors
        return []
    return [f"{scheme}{colon}{name}" for name in sorted(found)]
