"""Oneway calls in threads of their own: nobody waits for them, so they should hold up nobody."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

__all__ = ["Oneways"]

log = logging.getLogger("pyrox.server")

Work = Callable[[], Any]
LINGER = 1.0
"""How long, in seconds, a thread waits for another call before it ends: starting one is dear."""


class Oneways:
    """Runs oneway calls, each in a thread, up to ``limit`` at once; further ones wait their turn.

    Nobody would know of a call that was refused, so none is. Where more than ``queued`` are
    waiting, :meth:`run` returns False, and ``begun`` is called when the call got its turn: until
    then whoever sends so many should not be listened to.
    """

    def __init__(self, limit: int, queued: int) -> None:
        self._limit = limit
        self._room = queued
        self._waiting: deque[tuple[Work, Work | None]] = deque()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, work: Work, begun: Work) -> bool:
        """Run ``work`` soon; False where it has to wait, and its client with it."""
        context = copy_context()
        new: threading.Thread | None = None
        with self._lock:
            at_once = self._idle > 0 or len(self._threads) < self._limit
            goes_on = at_once or len(self._waiting) < self._room
            self._waiting.append((partial(context.run, work), None if goes_on else begun))
            if self._idle:
                self._idle -= 1
                self._tokens.put(None)
            elif at_once:
                new = threading.Thread(target=self._live, name="oneway-call", daemon=True)
                self._threads.add(new)
        if new is not None:
            self._start(new)
        return goes_on

    def _start(self, thread: threading.Thread) -> None:
        try:
            thread.start()
        except RuntimeError as error:
            with self._lock:
                self._threads.discard(thread)
            if isinstance(error.__context__, KeyboardInterrupt):
                raise error.__context__ from None  # it came while the thread was being started
            log.error("cannot start a thread for a oneway call: %s", error)

    def _live(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:
                log.exception("a oneway call failed")

    def _next(self) -> Work | None:
        """Return the next call; where none comes for a while, let the thread that asks go."""
        while True:
            with self._lock:
                if self._waiting:
                    work, begun = self._waiting.popleft()
                    break
                if self._stopped:
                    self._threads.discard(threading.current_thread())
                    return None
                self._idle += 1
            if not self._is_wanted():
                return None
        if begun is not None:
            begun()
        return work

    def _is_wanted(self) -> bool:
        with contextlib.suppress(queue.Empty):
            self._tokens.get(timeout=LINGER)
            return True
        with self._lock:
            # For each token one thread is counted as busy: it may be this one, too.
            with contextlib.suppress(queue.Empty):
                self._tokens.get_nowait()
                return True
            self._idle -= 1
            self._threads.discard(threading.current_thread())
            return False

    def stop(self) -> None:
        """Begin no more calls: those that wait are forgotten, and their clients let go."""
        with self._lock:
            self._stopped = True
            forgotten = list(self._waiting)
            self._waiting.clear()
            for _ in range(self._idle):
                self._tokens.put(None)
            self._idle = 0
        for _, begun in forgotten:
            if begun is not None:
                begun()

    def finish(self, ends: float) -> None:
        """Let the calls that are running finish until the instant ``ends``."""
        with self._lock:
            running = self._threads - {threading.current_thread()}
        for thread in running:
            with contextlib.suppress(RuntimeError):  # it could not be started
                thread.join(max(ends - time.monotonic(), 0.0))
