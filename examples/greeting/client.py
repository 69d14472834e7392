"""Greet somebody: ``client.py URI``.

Shows a proxy, whose methods are those of the object at the other end, and an exception that is
raised there and caught here.
"""

import sys

import pyrox

with pyrox.Proxy(sys.argv[1]) as greeter:
    print(greeter.greet("Ada"))
    try:
        greeter.greet("")
    except ValueError as error:
        print(f"refused: {error}")
