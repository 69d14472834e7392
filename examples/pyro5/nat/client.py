"""NAT: every URI that leaves the daemon says the address from outside."""

import sys

from Pyro5.api import Daemon, Proxy

with Proxy(sys.argv[1]) as service:
    nat, uri, own = service.places()
    print(nat.partition(":")[0], own.partition(":")[0], uri.partition("@")[2] == nat)
    other = service.other()
    print("proxies, too:", other._pyroUri.host, other.places()[0] == nat)

with Daemon(nathost="example.com", natport=4444) as daemon:
    print(daemon.uriFor("x"), daemon.uriFor("x", nat=False).host)
for wrong in ({"natport": 5}, {"nathost": "a", "unixsocket": "/tmp/nothing"}):
    try:
        Daemon(**wrong)
    except ValueError:
        print("refused", sorted(wrong))
