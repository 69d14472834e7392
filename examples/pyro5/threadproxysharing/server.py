"""Proxies and threads: nothing special here."""

from Pyro5.api import Daemon, expose


@expose
class Service:
    """Answers."""

    def echo(self, value):
        return value


with Daemon() as daemon:
    print(daemon.register(Service(), "example.sharing"), flush=True)
    daemon.requestLoop()
