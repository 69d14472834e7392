"""Privilege separation: a little daemon with more rights does the few things that need them."""

import os
import threading

from Pyro5.api import Daemon, Proxy, expose


class Privileged:
    """All that the rest of the program may have done for it. Think of it as running as root."""

    ALLOWED = {"hostname": "example", "uptime": "3 days"}

    @expose
    def read(self, what):
        if what not in self.ALLOWED:
            raise PermissionError(f"{what} is none of your business")
        return self.ALLOWED[what]


class LocalDaemon(Daemon):
    """Listens to this process alone."""

    def validateHandshake(self, conn, data):
        if data != os.getpid():
            raise ConnectionRefusedError("you are not me")
        return super().validateHandshake(conn, data)


class Service:
    """What clients see; it has no rights of its own."""

    def __init__(self, privileged):
        self.privileged = privileged

    @expose
    def report(self, *what):
        with Proxy(self.privileged) as privileged:
            privileged._pyroHandshake = os.getpid()
            return [privileged.read(item) for item in what]

    @expose
    def where(self):
        return str(self.privileged)


little = LocalDaemon(host="127.0.0.1")
privileged_uri = little.register(Privileged())
threading.Thread(target=little.requestLoop, daemon=True).start()
with Daemon() as daemon:
    print(daemon.register(Service(privileged_uri), "example.service"), flush=True)
    daemon.requestLoop()
