"""Large values, there and back."""

from Pyro5.api import Daemon, expose


@expose
class Store:
    """Measures what it gets, gives what is asked for."""

    def measure(self, value):
        return type(value).__name__, len(value)

    def text(self, size):
        return "x" * size

    def parts(self, count, size):
        for _ in range(count):
            yield "y" * size


with Daemon() as daemon:
    print(daemon.register(Store(), "example.store"), flush=True)
    daemon.requestLoop()
