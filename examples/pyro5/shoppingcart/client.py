"""Shopping carts: two customers."""

import sys

from Pyro5.api import Proxy
from Pyro5.errors import DaemonError

with Proxy(sys.argv[1]) as shop:
    ada, bob = shop.enter("ada"), shop.enter("bob")
    print(shop.carts())
    ada.add("pears", 3)
    ada.add("bread", 4.5)
    bob.add("wine", 12)
    print([list(thing) for thing in ada.content()])
    try:
        shop.enter("ada")
    except DaemonError as error:
        print(str(error)[:48])
    print("ada pays", shop.pay(ada))
    print(shop.carts())
    try:
        ada.content()
    except DaemonError as error:
        print(str(error)[:14])
    print("bob pays", shop.pay(bob))
