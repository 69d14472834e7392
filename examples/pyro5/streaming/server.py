"""Item streams: what a method yields arrives at the client one by one."""

from Pyro5.api import Daemon, config, expose

config.ITER_STREAM_LINGER = 5.0


@expose
class Streamer:
    """Yields."""

    def __init__(self):
        self.ended = []

    def list(self):
        return [1, 2, 3]

    def iterator(self):
        return iter([1, 2, 3])

    def generator(self, name):
        try:
            number = 0
            while True:
                yield number
                number += 1
        finally:
            self.ended.append(name)

    def failing(self):
        yield 1
        raise LookupError("nothing more")

    @property
    def lines(self):
        yield "first"
        yield "second"

    def ended_ones(self):
        return self.ended


with Daemon() as daemon:
    print(daemon.register(Streamer(), "example.streaming"), flush=True)
    daemon.requestLoop()
