"""Resources that are closed when their client goes away."""

from Pyro5.api import Daemon, behavior, current_context, expose


class Resource:
    """A file, say, or a lock."""

    def __init__(self, name, closed):
        self.name, self.closed = name, closed

    def close(self):
        self.closed.append(self.name)


@expose
@behavior(instance_mode="single")
class Service:
    """Gives out resources."""

    def __init__(self):
        self.open, self.closed = {}, []

    def allocate(self, name):
        self.open[name] = Resource(name, self.closed)
        current_context.track_resource(self.open[name])

    def free(self, name):
        resource = self.open.pop(name)
        current_context.untrack_resource(resource)

    def closed_ones(self):
        return sorted(self.closed)


with Daemon() as daemon:
    print(daemon.register(Service, "example.resources"), flush=True)
    daemon.requestLoop()
