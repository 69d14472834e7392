"""A worker, who computes rows of the Mandelbrot set: start several, while a name server runs.

Shows how workers offer themselves: each publishes a name of its own, and all the same tag, which
is what clients look for. A worker may come at any time; when it ends, its name goes with it.
"""

import os
import socket

import pyrox

PATIENCE = 255


def escape(c: complex) -> int:
    """Return the step at which a point leaves for infinity; 0 if it seems to stay."""
    z = 0j
    for step in range(1, PATIENCE + 1):
        z = z * z + c
        if z.real * z.real + z.imag * z.imag > 4.0:
            return step
    return 0


@pyrox.expose
class Worker:
    """Computes, and keeps nothing."""

    def row(self, left: float, y: float, step: float, count: int) -> bytes:
        """Return a byte for each of ``count`` points at height ``y``."""
        return bytes(escape(complex(left + number * step, y)) for number in range(count))


with pyrox.Daemon() as daemon:
    name = f"example.mandelbrot.{socket.gethostname()}.{os.getpid()}"
    daemon.publish(Worker, name, metadata=["mandelbrot"])
    print(f"{name} is ready", flush=True)
    daemon.serve_forever()
