"""Stopping on request: the signals that end a program let it finish cleanly first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["Terminated", "stop_requested", "stop_signals"]

_requested = threading.Event()


class Terminated(KeyboardInterrupt):
    """Raised in the main thread when a signal asks the program to end.

    Being a KeyboardInterrupt, whoever stops cleanly on ctrl-C stops cleanly on this as well.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def stop_requested() -> bool:
    """Tell whether a signal asked the program to end.

    An exception raised by a signal can get lost, in a finalizer or inside ``threading``: a server
    asks here now and then as well.
    """
    return _requested.is_set()


@contextmanager
def stop_signals() -> Iterator[None]:
    """Raise Terminated for SIGINT, SIGTERM and SIGHUP inside the block."""
    _requested.clear()
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; somebody else's program runs us
        return
    previous: dict[int, Any] = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # An ignored signal stays ignored: that is what nohup asks for.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            previous[number] = signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _raise(number: int, frame: FrameType | None) -> None:
    _requested.set()
    raise Terminated(number)
