"""Which event loop a process has: uvloop, or the standard library's."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import resource

__all__ = ["has_uvloop", "many_files", "new_loop"]


def has_uvloop() -> bool:
    """Return whether uvloop is installed."""
    return importlib.util.find_spec("uvloop") is not None


def new_loop(kind: str) -> asyncio.AbstractEventLoop:
    """Return a loop that is set as the current one; ``kind`` is uvloop or stock."""
    if kind == "uvloop":
        loop: asyncio.AbstractEventLoop = importlib.import_module("uvloop").new_event_loop()
    else:
        loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop


def many_files() -> None:
    """Let this process have as many connections as the system allows it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
