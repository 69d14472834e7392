"""Attributes: reading, writing, and what is refused."""

import sys

from Pyro5.api import Proxy

with Proxy(sys.argv[1]) as thermostat:
    print("target:", thermostat.target, "heating:", thermostat.heating)
    thermostat.target = 23.5
    print("target:", thermostat.target, "heating:", thermostat.heating)
    try:
        thermostat.target = 99
    except ValueError as error:
        print("refused by the setter:", error)
    try:
        thermostat.heating = False
    except AttributeError:
        print("heating is read-only")
    for name in ("password", "plain", "nothing"):
        print(name, "can be seen:", hasattr(thermostat, name))
        try:
            setattr(thermostat, name, 1)
        except AttributeError:
            print(name, "cannot be set")
    print("attributes:", sorted(thermostat._pyroAttrs))
