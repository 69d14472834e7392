"""A program that was written for Pyro4, and now imports Pyro5's stand-in for it."""

from Pyro5.compatibility import Pyro4


@Pyro4.expose
@Pyro4.behavior(instance_mode="single")
class Greeter:
    """Greets, and remembers."""

    def __init__(self):
        self.greeted = []

    def greet(self, name):
        self.greeted.append(name)
        return f"hello {name}, number {len(self.greeted)}"


daemon = Pyro4.Daemon()
print(daemon.register(Greeter, "example.pyro4"), flush=True)
daemon.requestLoop()
