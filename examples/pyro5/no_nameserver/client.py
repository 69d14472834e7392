"""Without a name server: the user types the URI."""

import sys

from Pyro5.api import URI, Proxy
from Pyro5.errors import CommunicationError, PyroError

uri = URI(sys.argv[1])
print(
    uri.protocol, uri.host, uri.object.startswith("obj_"), uri.location == f"127.0.0.1:{uri.port}"
)
with Proxy(uri) as quotes:
    print(quotes.quote(1))
    try:
        quotes.quote(2)
    except IndexError as error:
        print("no such quote:", error)

for mistyped in ("PYRO:object", "PYRO:object@host", "HTTP:object@host:80", "PYRO:o b@host:80"):
    try:
        Proxy(mistyped)
    except PyroError as error:
        print(mistyped, "->", str(error).partition(";")[0])
try:
    Proxy(f"PYRO:nobody@{uri.location}")._pyroBind()
except CommunicationError as error:
    print("unknown object" in str(error))
