"""A message bus: one consumer is called, one fetches, one goes away without a word."""

import sys
import threading

from Pyro5.api import Daemon, Proxy, expose


class Consumer:
    """Notes what comes."""

    def __init__(self):
        self.got = []

    @expose
    def incoming(self, topic, message):
        self.got.append((topic, message["text"]))


def serve(daemon):
    thread = threading.Thread(target=daemon.requestLoop)
    thread.start()
    return thread


with Proxy(sys.argv[1]) as bus, Daemon() as daemon, Daemon() as leaving:
    threads = serve(daemon), serve(leaving)
    consumer, deserter = Consumer(), Consumer()
    daemon.register(consumer)
    leaving.register(deserter)
    bus.add_topic("weather")
    bus.add_topic("sports")
    print(bus.topics())
    bus.subscribe("weather", consumer)
    bus.subscribe("weather", deserter)
    try:
        bus.subscribe("politics", consumer)
    except ValueError as error:
        print(error)
    bus.send("weather", {"text": "sunny"})
    leaving.shutdown()
    threads[1].join()
    leaving.close()
    bus.send("weather", {"text": "rain"})
    bus.send("sports", {"text": "1:0"})
    print("consumers left:", bus.consumers_of("weather") <= 2)
    print(consumer.got)
    print(deserter.got[:1])
    print([message["text"] for message in bus.fetch("weather")], bus.fetch("weather"))
    daemon.shutdown()
    threads[0].join()
