"""Unix sockets: one that is a file, and one in Linux's abstract name space."""

import os
import sys
import tempfile
import threading

from Pyro5.api import Daemon, expose


class Service:
    """Knows where it is."""

    @expose
    def where(self):
        return self._pyroDaemon.locationStr[:4]

    @expose
    def other(self):
        return self.other_uri


with tempfile.TemporaryDirectory() as folder:
    with Daemon(unixsocket=os.path.join(folder, "example.sock")) as daemon:
        service = Service()
        uri = daemon.register(service, "example.unix")
        service.other_uri = None
        if sys.platform == "linux":
            abstract = Daemon(unixsocket=f"\0pyro-example-{os.getpid()}")
            service.other_uri = abstract.register(Service(), "example.unix")
            threading.Thread(target=abstract.requestLoop, daemon=True).start()
        print(uri, flush=True)
        daemon.requestLoop()
    print("removed:", not os.path.exists(uri.sockname))
