"""Batches: many calls in one message."""

from Pyro5.api import Daemon, expose


@expose
class Calculator:
    """Calculates, and remembers how often it was asked."""

    def __init__(self):
        self.calls = 0

    def add(self, a, b=0):
        self.calls += 1
        return a + b

    def divide(self, a, b):
        self.calls += 1
        return a // b

    def count(self):
        return self.calls


with Daemon() as daemon:
    print(daemon.register(Calculator(), "example.batch"), flush=True)
    daemon.requestLoop()
