"""A warehouse, found by its name."""

import sys

import Pyro5.errors
from Pyro5.api import Proxy

sys.excepthook = Pyro5.errors.excepthook


class Person:
    """Visits the warehouse."""

    def __init__(self, name):
        self.name = name

    def visit(self, warehouse, brings, takes):
        print(f"This is {self.name}.")
        print("  contents:", warehouse.list_contents())
        warehouse.store(self.name, brings)
        try:
            warehouse.take(self.name, takes)
        except ValueError as error:
            print("  no", takes, "-", error)
        print("  thank you,", warehouse.list_contents()[-1])


with Proxy("PYRONAME:example.warehouse") as warehouse:
    Person("Janet").visit(warehouse, "television", "couch")
    Person("Henry").visit(warehouse, "piano", "couch")
    print("uri:", warehouse._pyroUri)
