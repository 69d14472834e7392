"""Serving with one call."""

from Pyro5.api import Daemon, behavior, expose, serve


@expose
class One:
    """An object."""

    def name(self):
        return "one"


@expose
@behavior(instance_mode="single")
class Two:
    """A class."""

    def name(self):
        return "two"


serve({One(): "example.one", Two: "example.two"}, daemon=Daemon(), use_ns=False)
