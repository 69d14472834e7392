"""Writes into the window, and looks at it."""

import sys
import time

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as window:
    for text in ("hello", "world"):
        window.message(text)
    while len(window.shown()) < 2:
        time.sleep(0.01)
    print(window.shown())
