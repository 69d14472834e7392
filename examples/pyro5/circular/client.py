"""A ring of calls, started at A."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as first:
    for line in first.process(["hello"]):
        print(line)
