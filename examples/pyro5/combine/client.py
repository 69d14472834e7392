"""Both daemons answer, and their clients can be connected at the same time."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as first, Proxy(first.neighbour()) as second:
    for _ in range(3):
        print(first.who(), second.who())
    print("two places:", first._pyroUri.port != second._pyroUri.port)
    print("and back:", second.neighbour() == str(first._pyroUri))
