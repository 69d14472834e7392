"""Banks: the same customer at every bank that the name server knows."""

from Pyro5.api import Proxy, locate_ns

with locate_ns() as ns:
    banks = ns.list(prefix="example.bank.")

for name in sorted(banks):
    print(name)
    with Proxy(banks[name]) as bank:
        bank.create_account("Irmen")
        bank.deposit("Irmen", 100)
        for amount in (60, 60, 2000):
            try:
                print("  withdrew", amount, "left", bank.withdraw("Irmen", amount))
            except ValueError as error:
                print("  refused", amount, error)
        try:
            bank.create_account("Irmen")
        except ValueError as error:
            print(" ", error)
        try:
            bank.deposit("Nobody", 1)
        except KeyError as error:
            print("  no account:", error)
        print("  balances", bank.balances())
