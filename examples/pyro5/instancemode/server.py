"""How long an instance lives: as long as a session, the daemon, or a call."""

from Pyro5.api import Daemon, behavior, expose


class Numbered:
    """Says which instance it is, and how often it was asked."""

    made = 0

    def __init__(self):
        type(self).made += 1
        self.number, self.asked = type(self).made, 0

    @expose
    def who(self):
        self.asked += 1
        return f"{type(self).__name__} {self.number}, asked {self.asked} times"


@behavior(instance_mode="session")
class Session(Numbered):
    """One for each connection."""

    made = 0


@behavior(instance_mode="single")
class Single(Numbered):
    """One for all."""

    made = 0


@behavior(instance_mode="percall")
class PerCall(Numbered):
    """One for each call."""

    made = 0


def create(cls):
    instance = cls()
    instance.number = "made by hand"
    return instance


@behavior(instance_mode="single", instance_creator=create)
class Created(Numbered):
    """Made by a function."""


with Daemon() as daemon:
    for cls in (Single, PerCall, Created):
        daemon.register(cls, f"example.{cls.__name__.lower()}")
    print(daemon.register(Session, "example.session"), flush=True)
    daemon.requestLoop()
