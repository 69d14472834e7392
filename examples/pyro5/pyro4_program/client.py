"""A Pyro4 program: the names that still work, and those that say that they do not."""

# isort: skip_file
import sys

from Pyro5.compatibility import Pyro4  # first: then the next lines find it, too
import Pyro4.errors
import Pyro4.util

print(Pyro4.constants.DAEMON_NAME, Pyro4.constants.PROTOCOL_VERSION)
print(Pyro4.socketutil.getIpVersion("127.0.0.1"), len(Pyro4.config.asDict()) > 30)
with Pyro4.Proxy(sys.argv[1]) as greeter:
    print(greeter.greet("Ada"))
    calls = Pyro4.batch(greeter)
    calls.greet("Bob")
    calls.greet("Eve")
    print(list(calls()))
    try:
        greeter.greet()
    except TypeError:
        print(any("greet" in line for line in Pyro4.util.getPyroTraceback()))
    try:
        greeter._pyroAsync()
    except NotImplementedError:
        print("no async")
for gone in (
    lambda: Pyro4.core.Proxy,
    lambda: Pyro4.Future(1),
    lambda: Pyro4.locateNS(hmac_key="k"),
):
    try:
        gone()
    except NotImplementedError as error:
        print("gone:", str(error)[:30])
try:
    Pyro4.resolve("PYRONAME:x@localhost:1")
except Pyro4.errors.NamingError as error:
    print(type(error).__name__)
