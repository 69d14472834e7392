"""Shopping carts: objects that the server makes for a client, and forgets when it is done."""

from Pyro5.api import Daemon, behavior, expose


@expose
class Cart:
    """What somebody wants to buy."""

    def __init__(self):
        self.things = []

    def add(self, thing, price):
        self.things.append((thing, price))

    def content(self):
        return self.things

    def empty(self):
        self.things = []


@expose
@behavior(instance_mode="single")
class Shop:
    """Gives out carts."""

    def enter(self, name):
        cart = Cart()
        self._pyroDaemon.register(cart, f"cart.{name}")
        return cart

    def pay(self, cart):
        total = sum(price for _, price in cart.content())
        cart.empty()
        self._pyroDaemon.unregister(cart._pyroUri.object)
        return total

    def carts(self):
        return sorted(i for i in self._pyroDaemon.objectsById if i.startswith("cart."))


with Daemon() as daemon:
    print(daemon.register(Shop, "example.shop"), flush=True)
    daemon.requestLoop()
