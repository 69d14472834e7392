"""A thermometer in a laboratory.

Shows one object for all clients, with a setting that they can read and write, a stream of
readings, and a method that is marked as safe to repeat.
"""

import itertools
from collections.abc import Iterator

import pyrox


@pyrox.expose
@pyrox.behavior(instance_mode="single")
class Thermometer:
    """Measures the temperature of a bath."""

    def __init__(self) -> None:
        self._unit = "C"

    @property
    def unit(self) -> str:
        """C or K."""
        return self._unit

    @unit.setter
    def unit(self, unit: str) -> None:
        if unit not in ("C", "K"):
            raise ValueError(f"no such unit: {unit}")
        self._unit = unit

    @pyrox.expose(idempotent=True)
    def read(self) -> float:
        """Return the temperature now."""
        return 20.5 if self._unit == "C" else 293.65

    def readings(self) -> Iterator[float]:
        """Go on measuring, for as long as somebody reads."""
        for step in itertools.count():
            yield self.read() + step / 2


with pyrox.Daemon() as daemon:
    print(daemon.register(Thermometer, "thermometer"), flush=True)
    daemon.serve_forever()
