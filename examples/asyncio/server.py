"""A sensor that takes its time, served by asyncio.

Shows ``async def`` methods side by side, an asynchronous generator as a stream, a method that is
cancelled when its caller gives up, and a quick one that runs within the event loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pyrox
import pyrox.aio


@pyrox.expose
class Sensor:
    """Measures, slowly, for as many as ask."""

    def __init__(self) -> None:
        self._cancelled = 0

    async def measure(self, seconds: float) -> float:
        """Return a reading after a while."""
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self._cancelled += 1
            raise
        return 20.0

    async def follow(self, count: int) -> AsyncIterator[float]:
        """Give so many readings."""
        for number in range(count):
            await asyncio.sleep(0.01)
            yield 20.0 + number / 2

    @pyrox.expose(inline=True)
    def cancelled(self) -> int:
        """Return how many measurements were cancelled."""
        return self._cancelled


async def main() -> None:
    async with pyrox.aio.Daemon() as daemon:
        print(daemon.register(Sensor(), "sensor"), flush=True)
        await daemon.serve_forever()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
