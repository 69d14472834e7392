"""Banks: two services with the same methods and different rules, found through the name server."""

from Pyro5.api import Daemon, behavior, expose, locate_ns


class Account:
    """What a customer has, and how far it may go below zero."""

    def __init__(self, limit):
        self.balance, self.limit = 0, limit


@expose
@behavior(instance_mode="single")
class StrictBank:
    """Lends nothing."""

    limit = 0

    def __init__(self):
        self.accounts = {}

    def create_account(self, name):
        if name in self.accounts:
            raise ValueError(f"{name} has an account already")
        self.accounts[name] = Account(self.limit)

    def deposit(self, name, amount):
        self.accounts[name].balance += amount

    def withdraw(self, name, amount):
        account = self.accounts[name]
        if account.balance - amount < -account.limit:
            raise ValueError("insufficient balance")
        account.balance -= amount
        return account.balance

    def balances(self):
        return {name: account.balance for name, account in self.accounts.items()}


@expose
@behavior(instance_mode="single")
class GenerousBank(StrictBank):
    """Lends a thousand."""

    limit = 1000


with Daemon() as daemon, locate_ns() as ns:
    ns.register("example.bank.strict", daemon.register(StrictBank))
    ns.register("example.bank.generous", daemon.register(GenerousBank))
    print("the banks are open", flush=True)
    daemon.requestLoop()
