"""Workers that are found by what they can do: tags in the name server, PYROMETA URIs."""

from Pyro5.api import Daemon, expose, locate_ns, type_meta


@expose
class Adder:
    """Adds."""

    def work(self, a, b):
        return "sum", a + b


@expose
class Multiplier:
    """Multiplies."""

    def work(self, a, b):
        return "product", a * b


with Daemon() as daemon, locate_ns() as ns:
    for number, kind in enumerate((Adder, Adder, Multiplier)):
        tags = {"example", kind.__name__.lower(), "fast" if number else "slow"}
        ns.register(f"worker.{number}", daemon.register(kind()), metadata=tags | type_meta(kind))
    print("workers are ready", flush=True)
    daemon.requestLoop()
