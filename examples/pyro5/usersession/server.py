"""User sessions: who calls is told beside the arguments, each connection has its own database."""

from Pyro5.api import Daemon, behavior, current_context, expose

DATABASE = {}


def user():
    return bytes(current_context.annotations["USER"]).decode()


@expose
@behavior(instance_mode="session")
class UserSession:
    """One user's session."""

    def __init__(self):
        self.written = 0

    def store(self, key, value):
        self.written += 1
        DATABASE.setdefault(user(), {})[key] = value
        return f"{user()} stored {key}, the {self.written}. time in this session"

    def read(self):
        return DATABASE.get(user(), {})


class UserDaemon(Daemon):
    """Lets in users that it knows."""

    def validateHandshake(self, conn, data):
        if data not in ("ada", "bob"):
            raise PermissionError("unknown user")
        return f"hello {data}"


with UserDaemon() as daemon:
    print(daemon.register(UserSession, "example.users"), flush=True)
    daemon.requestLoop()
