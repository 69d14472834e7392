"""The daemon's own object: what all have, and what this one has."""

import sys

from Pyro5 import protocol
from Pyro5.api import Proxy
from Pyro5.core import DAEMON_NAME

with Proxy(sys.argv[1].replace("example.nothing", DAEMON_NAME)) as daemon:
    print(daemon.ping(), sorted(daemon.registered()))
    print(daemon.info().partition(" bound on ")[0], "2 objects registered" in daemon.info())
    print({kind: sorted(names) for kind, names in daemon.get_metadata("example.nothing").items()})
    print(daemon.shout("hello"), daemon.ids())
    protocol.SendingMessage.ping(daemon._pyroConnection)
    print("answered a ping of the protocol, too")
    daemon._pyroRawWireResponse = True
    daemon._pyroSerializer = "json"
    answer = daemon.shout("raw")
    print(answer.type == protocol.MSG_RESULT, answer.serializer_id, bytes(answer.data))
