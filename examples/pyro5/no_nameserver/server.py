"""Without a name server: the user is told the URI."""

from Pyro5.api import Daemon, expose


@expose
class Quotes:
    """Has something to say."""

    def quote(self, number):
        return ["Beautiful is better than ugly.", "Simple is better than complex."][number]


with Daemon(host="127.0.0.1") as daemon:
    print("type this:", daemon.register(Quotes), flush=True)
    daemon.requestLoop()
