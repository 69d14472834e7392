"""Ask a sensor many things at once: ``client.py URI``.

Shows calls of many tasks on one connection, ``async for`` over a stream, and a call that is
cancelled here, and therefore there.
"""

import asyncio
import sys
import time

import pyrox.aio


async def main() -> None:
    async with pyrox.aio.Proxy(sys.argv[1]) as sensor:
        began = time.monotonic()
        await asyncio.gather(*(sensor.measure(0.2) for _ in range(20)))
        print("20 readings at once:", time.monotonic() - began < 2.0)

        print(*[reading async for reading in sensor.follow(3)])

        try:
            await asyncio.wait_for(sensor.measure(60.0), 0.1)
        except asyncio.TimeoutError:
            while not await sensor.cancelled():
                await asyncio.sleep(0.01)
            print("given up, and cancelled there:", await sensor.cancelled() == 1)


asyncio.run(main())
