"""Reconnecting: this server can be told to start anew, at the same place with the same objects."""

from Pyro5.api import Daemon, expose


class Restarting:
    """Counts how often it was started."""

    started = 0

    def __init__(self):
        Restarting.started += 1
        self.again = False

    @expose
    def generation(self):
        return Restarting.started

    @expose
    def restart(self):
        self.again = True
        self._pyroDaemon.shutdown()


port = 0
while True:
    with Daemon(port=port) as daemon:
        port = int(daemon.locationStr.rpartition(":")[2])
        service = Restarting()
        uri = daemon.register(service, "example.reconnect")
        if Restarting.started == 1:
            print(uri, flush=True)
        daemon.requestLoop()
    if not service.again:
        break
