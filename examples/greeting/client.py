"""Greet somebody: ``client.py URI``."""

import sys

import pyrox

with pyrox.Proxy(sys.argv[1]) as greeter:
    print(greeter.greet("Ada"))
    try:
        greeter.greet("")
    except ValueError as error:
        print(f"refused: {error}")
