"""Timeouts: this server takes longer than its clients want to wait."""

import threading

from Pyro5.api import Daemon, expose


@expose
class Slow:
    """Waits."""

    def __init__(self):
        self.called = 0

    def wait(self, seconds):
        self.called += 1
        threading.Event().wait(seconds)
        return "waited"

    def calls(self):
        return self.called


with Daemon() as daemon:
    print(daemon.register(Slow(), "example.timeout"), flush=True)
    daemon.requestLoop()
