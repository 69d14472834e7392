"""How long an instance lives: two clients, two calls each."""

import sys

from Pyro5.api import Proxy

for kind in ("session", "single", "percall", "created"):
    uri = sys.argv[1].replace("example.session", f"example.{kind}")
    with Proxy(uri) as one, Proxy(uri) as two:
        print(one.who(), "|", one.who(), "|", two.who(), "|", two.who())
