"""Resources: one client frees some of its own, and goes."""

import sys
import time

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as staying:
    staying.allocate("kept")
    with Proxy(sys.argv[1]) as leaving:
        for name in ("one", "two", "three"):
            leaving.allocate(name)
        leaving.free("two")
        print("while both are here:", staying.closed_ones())
    while len(staying.closed_ones()) < 2:
        time.sleep(0.01)
    print("after one has gone:", staying.closed_ones())
