"""IPv6: a daemon at an address, and one at a name that may mean either."""

from Pyro5.api import Daemon, config, expose


@expose
class Service:
    """Answers."""

    def echo(self, value):
        return value


config.PREFER_IP_VERSION = 6
with Daemon(host="::1") as daemon:
    print(daemon.register(Service(), "example.ipv6"), flush=True)
    daemon.requestLoop()
