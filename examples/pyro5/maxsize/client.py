"""Messages that are too large: for this side, for the other, and on the way back."""

import sys

from Pyro5.api import Proxy, config
from Pyro5.errors import CommunicationError, ProtocolError

with Proxy(sys.argv[1]) as small:
    print(small.size("a" * 4000))
    try:
        small.size("a" * 10_000)
    except CommunicationError:
        print("too large for the server")
    print(small.size("a" * 4000))
    try:
        small.text(10_000)
    except CommunicationError:
        print("too large for the way back")
    print(len(small.text(1000)))

config.MAX_MESSAGE_SIZE = 3000
with Proxy(sys.argv[1]) as small:
    print(small.size("a" * 2000))
    try:
        small.size("a" * 4000)
    except ProtocolError as error:
        print(str(error)[:17])
    print(small.size("a" * 2000))
