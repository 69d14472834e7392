"""Oneway calls: the caller does not wait."""

import threading

from Pyro5.api import Daemon, expose, oneway


@expose
class Slow:
    """Takes its time, until it is let go."""

    def __init__(self):
        self.go = threading.Event()
        self.done = threading.Semaphore(0)
        self.started = 0

    @oneway
    def slow(self, value):
        self.started += 1
        self.go.wait(10)
        self.done.release()

    def let_go(self):
        self.go.set()

    def wait_for(self, count):
        return sum(self.done.acquire(timeout=10) for _ in range(count))

    def quick(self):
        return "quick"

    @oneway
    def failing(self):
        raise ValueError("nobody hears of it")


with Daemon() as daemon:
    print(daemon.register(Slow(), "example.oneway"), flush=True)
    daemon.requestLoop()
