"""A message bus: topics, and consumers that are called or that ask."""

from collections import defaultdict, deque

from Pyro5.api import Daemon, behavior, expose
from Pyro5.errors import CommunicationError


@expose
@behavior(instance_mode="single")
class MessageBus:
    """Passes messages on to the consumers of a topic."""

    def __init__(self):
        self.consumers = defaultdict(list)
        self.stored = defaultdict(deque)

    def add_topic(self, topic):
        self.stored[topic]

    def topics(self):
        return sorted(self.stored)

    def subscribe(self, topic, consumer):
        if topic not in self.stored:
            raise ValueError(f"no topic {topic}")
        self.consumers[topic].append(consumer)

    def send(self, topic, message):
        self.stored[topic].append(message)
        for consumer in list(self.consumers[topic]):
            consumer._pyroClaimOwnership()
            try:
                consumer.incoming(topic, message)
            except CommunicationError:
                self.consumers[topic].remove(consumer)

    def fetch(self, topic):
        messages = list(self.stored[topic])
        self.stored[topic].clear()
        return messages

    def consumers_of(self, topic):
        return len(self.consumers[topic])


with Daemon() as daemon:
    print(daemon.register(MessageBus, "example.messagebus"), flush=True)
    daemon.requestLoop()
