"""A daemon and a name server in one event loop of the program's own."""

import select

from Pyro5.api import Daemon, config, expose, start_ns

config.SERVERTYPE = "multiplex"


@expose
class Clock:
    """Counts the turns of the loop."""

    turns = 0

    def turned(self):
        return self.turns > 0


ns_uri, ns_daemon, _ = start_ns(host="localhost", port=0, enableBroadcast=False)
clock = Clock()
with Daemon() as daemon:
    uri = daemon.register(clock, "example.clock")
    ns_daemon.nameserver.register("example.clock", uri)
    print(ns_uri, flush=True)
    try:
        while True:
            clock.turns += 1
            sockets = set(daemon.sockets) | set(ns_daemon.sockets)
            ready, _, _ = select.select(sockets, [], [], 3)
            own = [sock for sock in ready if sock in daemon.sockets]
            names = [sock for sock in ready if sock in ns_daemon.sockets]
            if names:
                ns_daemon.events(names)
            if own:
                daemon.events(own)
    except KeyboardInterrupt:
        ns_daemon.close()
