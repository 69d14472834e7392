"""Autoproxy: an object that a method makes and registers arrives at the client as a proxy."""

from Pyro5.api import Daemon, expose


@expose
class Account:
    """One account, made by the bank."""

    def __init__(self, owner):
        self.owner = owner
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount
        return f"{self.owner} has {self.balance}"


@expose
class Bank:
    """Opens accounts."""

    def __init__(self):
        self.accounts = []

    def open(self, owner):
        account = Account(owner)
        self._pyroDaemon.register(account)
        self.accounts.append(account)
        return account

    def richest(self):
        return max(self.accounts, key=lambda account: account.balance)

    def all_accounts(self):
        return self.accounts

    def close(self, account):
        owner = account.deposit(0)
        for own in self.accounts:
            if own._pyroId == account._pyroUri.object:
                self._pyroDaemon.unregister(own)
                self.accounts.remove(own)
                return f"closed: {owner}"


with Daemon() as daemon:
    print(daemon.register(Bank(), "example.bank"), flush=True)
    daemon.requestLoop()
