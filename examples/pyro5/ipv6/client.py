"""IPv6: the URI has brackets around the address."""

import sys

from Pyro5.api import URI, Proxy
from Pyro5.socketutil import get_ip_address

uri = URI(sys.argv[1])
print(uri.host, uri.location == f"[::1]:{uri.port}", str(uri) == sys.argv[1])
with Proxy(uri) as service:
    print(service.echo("six"), service._pyroConnection.family())
print(get_ip_address("127.0.0.1", version=4), get_ip_address("::1", version=6))
