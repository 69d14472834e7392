"""Timeouts: of one proxy, of all new ones, and while connecting."""

import socket
import sys

from Pyro5.api import Proxy, config
from Pyro5.errors import CommunicationError, TimeoutError

with Proxy(sys.argv[1]) as slow:
    print("no limit:", slow._pyroTimeout, slow.wait(0.1))
    slow._pyroTimeout = 0.2
    try:
        slow.wait(1)
    except TimeoutError:
        print("time is over; connected:", slow._pyroConnection is not None)
    print("again:", slow.wait(0.01))
    slow._pyroTimeout = 5
    print("longer:", slow.wait(0.3), "calls:", slow.calls())

config.COMMTIMEOUT = 0.2
with Proxy(sys.argv[1]) as slow:
    print("from the settings:", slow._pyroTimeout)
    try:
        slow.wait(1)
    except TimeoutError:
        print("time is over")

with socket.create_server(("localhost", 0)) as silent:
    try:
        Proxy(f"PYRO:nobody@localhost:{silent.getsockname()[1]}")._pyroBind()
    except CommunicationError as error:
        print("nobody answers:", isinstance(error, TimeoutError))
