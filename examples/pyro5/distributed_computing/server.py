"""A dispatcher: clients put work in, workers take it out and bring the results."""

import queue

from Pyro5.api import Daemon, behavior, expose


@expose
@behavior(instance_mode="single")
class Dispatcher:
    """A queue of work and one of results."""

    def __init__(self):
        self.work, self.results = queue.Queue(), queue.Queue()

    def put_work(self, item):
        self.work.put(item)

    def get_work(self, timeout=5):
        try:
            return self.work.get(timeout=timeout)
        except queue.Empty:
            raise ValueError("no items in queue") from None

    def put_result(self, item):
        self.results.put(item)

    def get_result(self, timeout=5):
        return self.results.get(timeout=timeout)

    def waiting(self):
        return self.work.qsize(), self.results.qsize()


with Daemon() as daemon:
    print(daemon.register(Dispatcher, "example.dispatcher"), flush=True)
    daemon.requestLoop()
