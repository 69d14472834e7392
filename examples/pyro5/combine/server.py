"""Two daemons combined: one loop serves both."""

from Pyro5.api import Daemon, config, expose

config.SERVERTYPE = "multiplex"


@expose
class Part:
    """Knows its name and its neighbour."""

    def __init__(self, name):
        self.name, self.other = name, None

    def who(self):
        return self.name

    def neighbour(self):
        return self.other


first, second = Daemon(), Daemon()
parts = Part("first"), Part("second")
uris = first.register(parts[0]), second.register(parts[1])
parts[0].other, parts[1].other = str(uris[1]), str(uris[0])
first.combine(second)
print(uris[0], flush=True)
first.requestLoop()
