"""Times with a time zone."""

from datetime import datetime, timedelta, timezone

from Pyro5.api import Daemon, expose


@expose
class Clock:
    """Tells and takes times."""

    def when(self, hours):
        return datetime(2024, 2, 29, 12, 30, tzinfo=timezone(timedelta(hours=hours)))

    def kind(self, value):
        return type(value).__name__, value


with Daemon() as daemon:
    print(daemon.register(Clock(), "example.clock"), flush=True)
    daemon.requestLoop()
