"""Privilege separation: what the service does for us, and what it cannot be made to do."""

import sys

from Pyro5.api import Proxy
from Pyro5.errors import CommunicationError

with Proxy(sys.argv[1]) as service:
    print(service.report("hostname", "uptime"))
    try:
        service.report("passwords")
    except PermissionError as error:
        print(error)
    with Proxy(service.where()) as privileged:
        try:
            privileged.read("hostname")
        except CommunicationError as error:
            print(str(error).rpartition(": ")[2])
