"""Reconnecting: after the server was started anew, the same proxy goes on."""

import sys

from Pyro5.api import Proxy
from Pyro5.errors import CommunicationError

with Proxy(sys.argv[1]) as service:
    print("generation", service.generation())
    service.restart()
    try:
        while service.generation() == 1:
            pass
        print("the connection was lost")
    except CommunicationError:
        print("the connection was lost")
    service._pyroReconnect(tries=10)
    print("generation", service.generation())
    print("connected:", service._pyroConnection is not None)
