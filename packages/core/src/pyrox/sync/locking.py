"""Holding a lock for as long as a function runs, waiting for it no longer than there is time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["locked"]

T = TypeVar("T")
_AT_ONCE = (False,)


def locked(
    lock: Any, deadline: float, too_busy: Callable[[], Exception], function: Callable[[], T]
) -> T:
    """Return ``function()``, called while ``lock`` is held.

    Raises ``too_busy()`` where the instant ``deadline`` (0 for never) comes before the lock is had.
    """
    if not deadline:
        with lock:
            return function()
    # Ctrl-C may come between any two steps of Python: taking the lock and noting that it is
    # taken have to be a single one, and an interrupted release is made again.
    taken = [False]
    try:
        try:
            taken[:] = map(lock.acquire, _AT_ONCE)
            if not taken[0]:
                wait = max(deadline - time.monotonic(), 0.0)
                taken[:] = map(lock.acquire, (True,), (wait,))
                if not taken[0]:
                    raise too_busy()
            return function()
        finally:
            if taken[0]:
                lock.release()
                taken[0] = False
    except BaseException:
        if taken[0]:
            with contextlib.suppress(RuntimeError):  # it was released already
                lock.release()
        raise
