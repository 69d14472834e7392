"""Work with the instruments of a laboratory, several at a time: ``client.py URI``.

Shows ``asyncio.gather`` over one connection, a stream that is read during a slow call, and a call
that is cancelled: here, and therefore there.
"""

import asyncio
import sys

import pyrox.aio


async def main() -> None:
    async with pyrox.aio.Proxy(sys.argv[1]) as laboratory:
        names = await laboratory.names()
        readings = await asyncio.gather(*(laboratory.read(name) for name in names))
        for name, reading in zip(names, readings, strict=True):
            print(f"{name}: {reading}")

        temperature = await laboratory.instrument("temperature")
        voltage = await laboratory.instrument("voltage")
        async with temperature, voltage:
            calibration = asyncio.create_task(voltage.calibrate(3))
            first: list[float] = []
            async with await temperature.samples(100.0) as samples:
                async for sample in samples:
                    if len(first) < 3:
                        first.append(sample)
                    elif calibration.done():
                        break
            print("temperature meanwhile:", *first)
            print(await calibration)

            calibration = asyncio.create_task(voltage.calibrate(36_000))  # an hour
            await voltage.until("calibrating")
            try:
                await voltage.read()
            except RuntimeError as error:
                print(f"refused: {error}")
            calibration.cancel()
            await voltage.until("ready")
            print(
                f"cancelled: {await voltage.read()}, calibrated {await voltage.calibrations} time"
            )


asyncio.run(main())
