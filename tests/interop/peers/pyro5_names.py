"""A name server of the real Pyro5, and an object registered with it, run as a program by the tests.

It prints the location of the name server and serves until its standard input ends.
"""

import os
import sys
import threading

import Pyro5.api
import Pyro5.nameserver


@Pyro5.api.expose
class Greeter:
    def greet(self, name):
        return f"Pyro5 greets {name}"


def main():
    uri, names, _ = Pyro5.nameserver.start_ns("localhost", 0, enableBroadcast=False)
    daemon = Pyro5.api.Daemon(host="localhost")
    names.nameserver.register("pyro5.greeter", daemon.register(Greeter()), metadata={"greets"})
    for each in (names, daemon):
        threading.Thread(target=each.requestLoop, daemon=True).start()
    print(uri.location, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
