"""NAT: a daemon whose clients know it by another address than its own."""

from Pyro5.api import Daemon, expose


@expose
class Service:
    """Knows its daemon."""

    def places(self):
        daemon = self._pyroDaemon
        return [daemon.natLocationStr, str(daemon.uriFor(self)), daemon.locationStr]

    def other(self):
        service = Service()
        self._pyroDaemon.register(service, force=True)
        return service


# The address from outside is a real one here, so that the client can use it.
with Daemon(host="127.0.0.1", nathost="localhost", natport=0) as daemon:
    uri = daemon.register(Service(), "example.nat")
    print(uri, flush=True)
    daemon.requestLoop()
