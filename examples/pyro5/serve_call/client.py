"""What was served by one call: the names are the objects' ids."""

import sys

from Pyro5.api import Proxy

for name in ("one", "two"):
    uri = f"PYRO:example.{name}@{sys.argv[1].partition('@')[2]}"
    with Proxy(uri) as proxy:
        print(uri.partition("@")[0], proxy.name())
