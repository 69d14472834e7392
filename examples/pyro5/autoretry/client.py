"""Retrying: a proxy that may try again does not notice that its connection was closed."""

import sys
import time

from Pyro5.api import Proxy, config
from Pyro5.errors import CommunicationError

config.MAX_RETRIES = 2
with Proxy(sys.argv[1]) as adder:
    print("tries:", adder._pyroMaxRetries)
    print(adder.add(1, 2))
    time.sleep(0.8)
    print(adder.add(3, 4))

nobody = Proxy("PYRO:nobody@localhost:1")
try:
    nobody.add(1, 2)
except CommunicationError as error:
    print("nobody there is not tried again:", type(error).__name__)
