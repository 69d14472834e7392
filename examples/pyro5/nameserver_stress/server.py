"""Nothing is served here: this program only says that the name server is there."""

import threading

from Pyro5.api import locate_ns

with locate_ns() as ns:
    print("names:", ns.count(), flush=True)
try:
    threading.Event().wait()
except KeyboardInterrupt:
    pass
