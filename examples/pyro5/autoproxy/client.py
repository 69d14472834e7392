"""Autoproxy: the accounts stay at the bank, what the client holds are proxies for them."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as bank:
    ada, bob = bank.open("Ada"), bank.open("Bob")
    print("a proxy:", type(ada).__name__, ada._pyroUri.object.startswith("obj_"))
    print(ada.deposit(100))
    print(bob.deposit(30))
    print("richest:", bank.richest().deposit(1))
    print("the same object:", bank.richest() == ada)
    print("in a list:", [account.deposit(0) for account in bank.all_accounts()])
    print(bank.close(bob))
    bob._pyroRelease()
    try:
        bob.deposit(1)
    except Exception as error:
        print("gone:", type(error).__name__)
