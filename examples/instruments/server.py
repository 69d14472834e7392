"""A laboratory with several instruments, each of which takes its time; served by asyncio.

Shows several objects in one daemon, an object that hands out the others, an asynchronous generator
without end, a slow method that is cancelled and leaves all as it was, and one that waits for
something to happen, so that nobody has to ask again and again.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pyrox
import pyrox.aio


@pyrox.expose
class Instrument:
    """Measures something: what it gives is simulated, and the same each time."""

    def __init__(self, name: str, unit: str, value: float) -> None:
        self._name = name
        self._unit = unit
        self._value = value
        self._calibrations = 0
        self._state = "ready"
        self._changed = asyncio.Condition()

    @property
    def calibrations(self) -> int:
        """How many calibrations came to their end."""
        return self._calibrations

    async def read(self) -> str:
        """Measure once."""
        if self._state != "ready":
            raise RuntimeError(f"{self._name} is {self._state}")
        await asyncio.sleep(0.05)
        return f"{self._value} {self._unit}"

    async def samples(self, rate: float) -> AsyncIterator[float]:
        """Measure so many times a second, for as long as somebody reads."""
        for number in itertools.count():
            yield self._value + number / 4
            await asyncio.sleep(1 / rate)

    async def calibrate(self, points: int) -> str:
        """Compare with a standard at so many points, which takes a second for each ten."""
        if self._state != "ready":
            raise RuntimeError(f"{self._name} is {self._state}")
        try:
            await self._be("calibrating")
            await asyncio.sleep(points / 10)
            self._calibrations += 1
        finally:  # also when the caller gives up
            await self._be("ready")
        return f"{self._name} is calibrated at {points} points"

    async def until(self, state: str) -> None:
        """Return when the instrument is "ready", or "calibrating"."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._state == state)

    async def _be(self, state: str) -> None:
        self._state = state  # at once: nobody else may begin in between
        async with self._changed:
            self._changed.notify_all()


@pyrox.expose
class Laboratory:
    """Knows the instruments."""

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        self._instruments = instruments

    @pyrox.expose(inline=True)
    def names(self) -> list[str]:
        """Return what the instruments are called."""
        return list(self._instruments)

    async def read(self, name: str) -> str:
        """Read one of them: over one connection, whichever it is."""
        return await self._instruments[name].read()

    @pyrox.expose(inline=True)
    def instrument(self, name: str) -> Instrument:
        """Hand out one of them, which arrives as a proxy, since the daemon serves it, too."""
        return self._instruments[name]


async def main() -> None:
    instruments = {
        "temperature": Instrument("temperature", "C", 20.5),
        "voltage": Instrument("voltage", "V", 5.0),
        "pressure": Instrument("pressure", "hPa", 1013.25),
    }
    async with pyrox.aio.Daemon() as daemon:
        for name, instrument in instruments.items():
            daemon.register(instrument, name)
        print(daemon.register(Laboratory(instruments), "laboratory"), flush=True)
        await daemon.serve_forever()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
