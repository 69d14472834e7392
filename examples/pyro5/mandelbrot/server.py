"""A fractal, computed line by line."""

from Pyro5.api import Daemon, behavior, expose


@expose
@behavior(instance_mode="percall")
class Mandelbrot:
    """Computes lines of the picture."""

    def point(self, x, y):
        z = c = complex(x, y)
        for step in range(50):
            if abs(z) > 2:
                return step
            z = z * z + c
        return 50

    def line(self, y, width):
        return "".join(" .:-=+*#%@"[self.point(x / width * 3 - 2.2, y) // 6] for x in range(width))


with Daemon() as daemon:
    print(daemon.register(Mandelbrot, "example.mandelbrot"), flush=True)
    daemon.requestLoop()
