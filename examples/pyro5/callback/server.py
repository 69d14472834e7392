"""Callbacks: the server calls an object that lives in the client, over a proxy it was given."""

from Pyro5.api import Daemon, behavior, expose, oneway


@expose
@behavior(instance_mode="single")
class Worker:
    """Works, and tells how far it is."""

    def __init__(self):
        self.kept = []

    def work(self, steps, listener):
        for step in range(1, steps + 1):
            listener.progress(step, steps)
        return "worked"

    @oneway
    def work_alone(self, steps, listener):
        listener._pyroClaimOwnership()
        for step in range(1, steps + 1):
            listener.progress(step, steps)
        listener.done("worked alone")

    def provoke(self, listener):
        try:
            listener.fail()
        except ZeroDivisionError as error:
            return f"the listener failed: {error}"

    def keep(self, listener):
        self.kept.append(listener)

    def tell_kept(self, text):
        for listener in self.kept:
            listener._pyroClaimOwnership()
            listener.done(text)
        return len(self.kept)


with Daemon() as daemon:
    print(daemon.register(Worker, "example.callback"), flush=True)
    daemon.requestLoop()
