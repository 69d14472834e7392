"""A limit for the size of messages."""

from Pyro5.api import Daemon, config, expose

config.MAX_MESSAGE_SIZE = 5000


@expose
class Small:
    """Takes and gives little."""

    def size(self, text):
        return len(text)

    def text(self, size):
        return "x" * size


with Daemon() as daemon:
    print(daemon.register(Small(), "example.maxsize"), flush=True)
    daemon.requestLoop()
