"""Unix sockets: the same calls, over a path."""

import sys

from Pyro5.api import URI, Proxy

uri = URI(sys.argv[1])
print(uri.protocol, uri.object, uri.host, uri.port, uri.sockname.rpartition("/")[2])
with Proxy(uri) as service:
    print(service.where(), service._pyroConnection.family())
    if (other := service.other()) is not None:
        with Proxy(other) as abstract:
            print("abstract:", abstract.where(), repr(other.sockname[:1]))
