"""Who may make a call now: so many at once, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sized

__all__ = ["Turns"]


class Turns:
    """``most`` calls at once: those ``in_flight`` and the ``admitted``, which soon will be.

    ``waiting`` are those for whom there is no room. Who finds nobody waiting, and room, may go
    ahead without asking, which is quicker than a semaphore.
    """

    __slots__ = ("_in_flight", "_loop", "admitted", "most", "waiting")

    def __init__(self, in_flight: Sized, loop: asyncio.AbstractEventLoop) -> None:
        self._in_flight = in_flight
        self._loop = loop
        self.admitted = 0
        self.most = 1
        self.waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_free(self) -> bool:
        """Whether a call may be made now, without asking."""
        return len(self._in_flight) + self.admitted < self.most and not self.waiting

    @property
    def has_room(self) -> bool:
        """Whether one more call may be made, unless others wait for that."""
        return len(self._in_flight) + self.admitted < self.most

    def admit(self) -> bool:
        """Admit a call, if there is room and nobody else waits for it."""
        if not self.is_free:
            return False
        self.admitted += 1
        return True

    async def queue(self) -> None:
        """Wait until there is room, and be admitted."""
        waiter = self._loop.create_future()
        self.waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give_back()  # it came too late
            else:
                self.waiting.remove(waiter)
            raise

    def give_back(self) -> None:
        """Count a call as admitted no more: it is in flight now, or will not be."""
        self.admitted -= 1
        self.go_on()

    def go_on(self) -> None:
        """Admit those for whom there is room now."""
        while self.waiting and self.has_room:
            waiter = self.waiting.popleft()
            if not waiter.done():
                self.admitted += 1
                waiter.set_result(None)
