"""Disconnects: this server drops clients that are quiet (COMMTIMEOUT)."""

from Pyro5.api import Daemon, config, expose

config.COMMTIMEOUT = 0.3


@expose
class Service:
    """Answers."""

    def echo(self, value):
        return value


with Daemon() as daemon:
    print(daemon.register(Service(), "example.disconnects"), flush=True)
    daemon.requestLoop()
