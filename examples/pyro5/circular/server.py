"""A ring of calls: A calls B, B calls C, C calls A again, which notices."""

import threading

from Pyro5.api import Daemon, Proxy, expose


@expose
class Chain:
    """One link of the ring, in a daemon of its own."""

    def __init__(self, name):
        self.name, self.next = name, None

    def process(self, message):
        if self.name in message:
            return [f"complete at {self.name}"]
        with Proxy(self.next) as other:
            return [f"passed on from {self.name}", *other.process([*message, self.name])]


links = [Chain(name) for name in "ABC"]
daemons = [Daemon() for _ in links]
uris = [daemon.register(link) for daemon, link in zip(daemons, links, strict=True)]
for number, link in enumerate(links):
    link.next = uris[(number + 1) % len(uris)]
print(uris[0], flush=True)
for daemon in daemons[1:]:
    threading.Thread(target=daemon.requestLoop, daemon=True).start()
daemons[0].requestLoop()
