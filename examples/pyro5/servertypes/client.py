"""Two callers at once: with a thread server they meet, with a multiplexing one they cannot."""

import sys
from concurrent.futures import ThreadPoolExecutor

from Pyro5.api import Proxy


def meet(uri, patience):
    with Proxy(uri) as meeting:
        return meeting.meet(patience)


with Proxy(sys.argv[1]) as meeting:
    uris = {"thread": sys.argv[1], "multiplex": meeting.other()}
for kind, uri in uris.items():
    with ThreadPoolExecutor() as pool:
        print(kind, list(pool.map(meet, [uri] * 2, [5 if kind == "thread" else 0.2] * 2)))
