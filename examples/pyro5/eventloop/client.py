"""Both daemons answer, in whatever order they are asked."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as names:
    for _ in range(3):
        with Proxy(names.lookup("example.clock")) as clock:
            print("turned:", clock.turned(), "names:", names.count())
    names.register("another", "PYRO:a@localhost:1")
    print(sorted(names.list()))
