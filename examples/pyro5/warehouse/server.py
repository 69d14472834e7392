"""A warehouse, which people bring things to and take things from."""

from Pyro5.api import Daemon, behavior, expose, serve


@expose
@behavior(instance_mode="single")
class Warehouse:
    """Keeps what people store."""

    def __init__(self):
        self.contents = ["chair", "bike", "flashlight", "laptop", "couch"]

    def list_contents(self):
        return self.contents

    def take(self, name, item):
        self.contents.remove(item)
        print(f"{name} took the {item}.", flush=True)

    def store(self, name, item):
        self.contents.append(item)
        print(f"{name} stored the {item}.", flush=True)


serve({Warehouse: "example.warehouse"}, daemon=Daemon(), use_ns=True)
