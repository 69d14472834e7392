"""Names with tags."""

from Pyro5.api import Daemon, expose, locate_ns


@expose
class Printer:
    """Prints."""

    def __init__(self, name):
        self.own_name = name

    @property
    def name(self):
        return self.own_name


with Daemon() as daemon, locate_ns() as ns:
    for name, tags in {
        "hall": {"printer", "colour", "floor:0"},
        "office": {"printer", "floor:1"},
        "attic": {"printer", "broken", "floor:2"},
    }.items():
        ns.register(f"printer.{name}", daemon.register(Printer(name)), metadata=tags)
    print("printers are registered", flush=True)
    daemon.requestLoop()
