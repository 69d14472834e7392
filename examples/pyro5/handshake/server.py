"""Handshakes: the daemon looks at what a client shows, and answers."""

from Pyro5.api import Daemon, expose


class GuardedDaemon(Daemon):
    """Lets in who knows the word, and counts."""

    came = left = 0

    def validateHandshake(self, conn, data):
        if not isinstance(data, dict) or data.get("word") != "sesame":
            raise ValueError("that is not the word")
        self.came += 1
        return ["welcome", data["user"], conn.sock.getpeername()[0]]

    def clientDisconnect(self, conn):
        self.left += 1


class Service:
    """Counts visitors."""

    @expose
    def visitors(self):
        return self._pyroDaemon.came

    @expose
    def gone(self):
        return self._pyroDaemon.left


with GuardedDaemon() as daemon:
    print(daemon.register(Service(), "example.guarded"), flush=True)
    daemon.requestLoop()
