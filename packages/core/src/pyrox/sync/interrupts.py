"""Ctrl-C, or SIGTERM, while a daemon serves: it ends the daemon, not the call that is running."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

__all__ = ["Interrupts"]

T = TypeVar("T")
_USUAL: dict[int, Any] = {
    signal.SIGINT: signal.default_int_handler,
    signal.SIGTERM: signal.SIG_DFL,
}
"""What these do where nobody says otherwise."""


class Interrupts:
    """Catches SIGINT and SIGTERM for the length of a ``with`` block, in the main thread.

    The first one is noted in ``came`` and calls ``wake``; where the thread is in :meth:`waiting`,
    it raises KeyboardInterrupt there. The second one does what it does to any program. A program
    that has a handler of its own keeps it.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.came = False
        self._wake = wake
        self._is_waiting = False
        self._previous: dict[int, Any] = {}

    def waiting(self, wait: Callable[[float], T], seconds: float) -> T:
        """Return ``wait(seconds)``, which may be interrupted."""
        self._is_waiting = True
        try:
            return wait(seconds)
        finally:
            self._is_waiting = False

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number, usual in _USUAL.items():
                if signal.getsignal(number) is usual:
                    self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, previous in self._previous.items():
            signal.signal(number, previous)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            signal.signal(number, _USUAL[number])
            signal.raise_signal(number)
        self.came = True
        if self._is_waiting:
            raise KeyboardInterrupt
        self._wake()
