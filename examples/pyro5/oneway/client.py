"""Oneway calls return at once, and other calls do not wait for them."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as slow:
    print([slow.slow(number) for number in range(5)])
    print(slow.quick())
    print(slow.failing())
    slow.let_go()
    print("ended:", slow.wait_for(5))
    print("known to be oneway:", sorted(slow._pyroOneway))
    slow._pyroOneway.add("quick")
    print(slow.quick())
    slow._pyroOneway.discard("quick")
    print(slow.quick())
