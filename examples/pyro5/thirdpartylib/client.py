"""A foreign class, used both ways."""

import sys

from Pyro5.api import Proxy
from Pyro5.errors import SerializeError

with Proxy(sys.argv[1].replace("adapted", "exposed")) as exposed:
    print(exposed.method("call"))
    print(sorted(exposed._pyroMethods - {"_private"}))
    try:
        exposed.make()
    except SerializeError as error:
        print("cannot travel:", str(error).partition(":")[0])

with Proxy(sys.argv[1]) as adapted:
    print(adapted.method("adapter"))
    print(adapted.make().number())
