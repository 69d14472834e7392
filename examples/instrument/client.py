"""Read a thermometer: ``client.py URI``.

Shows properties of a remote object, the first items of a stream, a limit to the time that a call
may take, calls that are tried again, and what a failed call tells.
"""

import sys
from itertools import islice

import pyrox

# A reading that got lost may be asked for again: read() is marked as idempotent.
config = pyrox.Config(timeout=5.0, max_retries=2)

with pyrox.Proxy(sys.argv[1], config=config) as thermometer:
    print(thermometer.read(), thermometer.unit)
    thermometer.unit = "K"
    print(thermometer.read(), thermometer.unit)
    print(*islice(thermometer.readings(), 4))
    try:
        thermometer.unit = "F"
    except ValueError as error:
        print(f"refused: {error}")

try:
    pyrox.Proxy("PYRO:thermometer@localhost:1").read()
except pyrox.ConnectError as error:
    print(f"nobody there, and {error.outcome}")
