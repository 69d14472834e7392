"""What clients did wrong, in the log: any number of them may, and each could do so all the time.

Of those that did the same soon after each other a few are named, and the others counted.
"""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager
from typing import Any

__all__ = ["Complaints"]

log = logging.getLogger("pyrox.server")

FEW = 5
"""How many of a kind are named within a period."""
PERIOD = 10.0
"""After how many seconds those that were not are told of."""
_KINDS = 32
_VARIOUS = "various reasons"


class Complaints:
    """Warnings of one daemon; a message has two ``%s``, for a client and for what it did.

    ``lock`` is held for the bookkeeping.
    """

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self._lock = lock
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}

    def add(self, message: str, client: object, reason: object) -> None:
        """Log a message now, or count it."""
        text = str(reason)
        with self._lock:
            kind = message, text
            if kind not in self._kinds and len(self._kinds) >= _KINDS:
                kind = message, _VARIOUS  # or clients could make up ever more of them
            since, count = self._kinds.get(kind) or (time.monotonic(), 0)
            self._kinds[kind] = since, count + 1
        if count < FEW:
            log.warning(message, client, text)

    def sum_up(self, now: float, *, at_end: bool = False) -> None:
        """Log how many more there were, where a period is over by ``now`` (monotonic seconds)."""
        if not self._kinds:
            return
        with self._lock:
            over = [
                (kind, since, count)
                for kind, (since, count) in self._kinds.items()
                if at_end or now - since >= PERIOD
            ]
            for kind, _, _ in over:
                del self._kinds[kind]
        for (message, text), since, count in over:
            if count > FEW:
                lasted = max(round(now - since), 1)
                log.warning(message, f"{count - FEW} more clients in the last {lasted} s", text)
