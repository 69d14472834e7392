"""The daemon's own object, with something added to it."""

from Pyro5.api import Daemon, DaemonObject, expose


class ExtendedDaemonObject(DaemonObject):
    """Can do more than others."""

    @expose
    def shout(self, text):
        return text.upper()

    @expose
    def ids(self):
        return sorted(self.daemon.objectsById)


class Nothing:
    """Exposes one method."""

    @expose
    def nothing(self):
        return None


with Daemon(interface=ExtendedDaemonObject) as daemon:
    print(daemon.register(Nothing(), "example.nothing"), flush=True)
    daemon.requestLoop()
