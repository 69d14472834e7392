"""A foreign class: exposed by a call, and behind an adapter that returns what can be sent."""

from awesome import AwesomeClass
from Pyro5.api import Daemon, expose


class Adapter:
    """Offers the parts by proxy, which the library itself does not."""

    def __init__(self):
        self.library = AwesomeClass()

    @expose
    def method(self, value):
        return self.library.method(value)

    @expose
    def make(self):
        part = self.library.make()
        expose(type(part))
        self._pyroDaemon.register(part)
        return part


with Daemon() as daemon:
    daemon.register(expose(AwesomeClass), "example.exposed")
    print(daemon.register(Adapter(), "example.adapted"), flush=True)
    daemon.requestLoop()
