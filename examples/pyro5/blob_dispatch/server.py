"""A dispatcher that passes messages on to listeners by their topic, without reading them."""

from Pyro5.api import Daemon, behavior, expose


@expose
@behavior(instance_mode="single")
class Dispatcher:
    """Knows who listens to which topic; of the messages, only the topic."""

    def __init__(self):
        self.listeners = {}

    def register(self, topic, listener):
        self.listeners.setdefault(topic, []).append(listener)

    def process(self, blob):
        told = 0
        for listener in self.listeners.get(blob.info, []):
            listener._pyroClaimOwnership()
            listener.process(blob)
            told += 1
        return told


with Daemon() as daemon:
    print(daemon.register(Dispatcher, "example.dispatcher"), flush=True)
    daemon.requestLoop()
