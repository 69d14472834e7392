"""Waiting with an end: whatever a plugin does wrong, its author sees a failure and no hang."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["PATIENCE", "Background", "eventually"]

T = TypeVar("T")
PATIENCE = 20.0
"""How long to wait for what should happen at once, in seconds."""


class Background(Generic[T]):
    """A function that runs in a thread of its own, and what comes of it."""

    def __init__(self, function: Callable[..., T], *arguments: Any) -> None:
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self.what = getattr(function, "__qualname__", repr(function))
        self.thread = threading.Thread(target=self._run, args=(function, arguments), daemon=True)
        self.thread.start()

    def _run(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> None:
        try:
            self._outcome.append(function(*arguments))
        except BaseException as error:
            self._error = error

    @property
    def running(self) -> bool:
        """Whether it has not come to its end yet."""
        return self.thread.is_alive()

    def result(self, seconds: float = PATIENCE) -> T:
        """Return what it returned, or raise what it raised; AssertionError if it takes longer."""
        self.thread.join(seconds)
        if self.running:
            frame = sys._current_frames().get(self.thread.ident or 0)
            where = "".join(traceback.format_stack(frame)) if frame else ""
            raise AssertionError(f"{self.what} still runs after {seconds:g} s, here:\n{where}")
        if self._error is not None:
            raise self._error
        return self._outcome[0]


def eventually(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """Wait until ``condition`` holds and return what it returned; AssertionError says ``what``."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, what
        time.sleep(0.005)
    return found
