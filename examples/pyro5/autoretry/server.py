"""Retrying: this server closes connections that are quiet for a moment (COMMTIMEOUT)."""

from Pyro5.api import Daemon, config, expose

config.COMMTIMEOUT = 0.3


@expose
class Adder:
    """Adds."""

    def add(self, a, b):
        return a + b


with Daemon() as daemon:
    print(daemon.register(Adder(), "example.retry"), flush=True)
    daemon.requestLoop()
