"""Regular expressions from clients, which may be made to run for ever.

Python can neither interrupt a match nor let other threads run meanwhile. So a pattern is matched
in this process only if its form bounds the time it takes (no groups, at most two repetitions:
quadratic in the length of a name); any other is matched in a process of its own, that is ended
when it takes too long.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Collection

from pyrox import NamingError

from .checks import MAX_NAME

__all__ = ["MAX_PATTERN", "matching"]

MAX_PATTERN = 500
PATIENCE = 2.0
"""How long matching may take, in seconds."""

_processes = threading.BoundedSemaphore(2)
_PROGRAM = """
import json, re, sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (5, 5))  # if nobody is left to end this process
except (ImportError, ValueError, OSError):
    pass
pattern, names = json.load(sys.stdin)
match = re.compile(pattern).match
json.dump([name for name in names if match(name)], sys.stdout)
"""


def matching(pattern: str, names: Collection[str]) -> list[str]:
    """Return the names that ``pattern`` matches, from their beginning on.

    Raises NamingError for a pattern that is invalid, too long, or takes too long.
    """
    if not isinstance(pattern, str):
        raise TypeError("a regex is a str")
    if len(pattern) > MAX_PATTERN:
        raise NamingError(
            f"invalid regex: it has {len(pattern)} characters, and there may be {MAX_PATTERN}"
        )
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise NamingError(f"invalid regex: {error}") from error
    if _is_harmless(pattern) and max(map(len, names), default=0) <= MAX_NAME:
        return _matching_here(compiled, names)
    return _matching_apart(pattern, names)


def _is_harmless(pattern: str) -> bool:
    return "(" not in pattern and sum(map(pattern.count, "*+?{")) <= 2


def _matching_here(pattern: re.Pattern[str], names: Collection[str]) -> list[str]:
    ends = time.monotonic() + PATIENCE
    found = []
    for name in names:
        if pattern.match(name):
            found.append(name)
        if time.monotonic() > ends:
            raise _too_slow(pattern.pattern)
    return found


def _matching_apart(pattern: str, names: Collection[str]) -> list[str]:
    # Imported here: hardly any name server is ever asked for this.
    import json
    import subprocess

    if not sys.executable:
        raise NamingError(f"regex {pattern!r} is too complex to be matched here; use a prefix")
    if not _processes.acquire(timeout=PATIENCE):
        raise NamingError("the name server is busy matching other regexes; try again")
    try:
        done = subprocess.run(
            # -I and -S: without the user's environment and site-packages, which it does not need.
            [sys.executable, "-I", "-S", "-c", _PROGRAM],
            input=json.dumps([pattern, list(names)]).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
        found: list[str] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise _too_slow(pattern) from error
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise NamingError(f"regex {pattern!r} could not be matched: {error}") from error
    finally:
        _processes.release()
    return found


def _too_slow(pattern: str) -> NamingError:
    return NamingError(
        f"regex {pattern!r} takes longer than {PATIENCE:g} s to match: repeat less in it, "
        "or use a prefix"
    )
