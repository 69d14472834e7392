"""The daemon that serves what a program lends by reference while it serves nothing itself."""

from __future__ import annotations

import threading

from ..logic.lending import set_background
from .daemon import Daemon

__all__ = ["background_daemon"]

_lock = threading.Lock()
_daemons: list[Daemon] = []


def background_daemon() -> Daemon:
    """Return it, started if it is not there (yet, or any more: in a forked process, say)."""
    with _lock:
        if not _daemons or _daemons[0].is_closed:
            _daemons[:] = [Daemon().start()]
        return _daemons[0]


set_background(background_daemon)
