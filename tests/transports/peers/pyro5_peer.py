"""A program of Pyro5's: ``serve SETTINGS [UNIXSOCKET]`` or ``call SETTINGS URI``, by SSL or not.

SETTINGS are config items in JSON. A server prints its URI and ends with its standard input; a
client prints what came of its calls.
"""

import json
import sys
import threading
from typing import Any

import Pyro5.api
import Pyro5.errors


@Pyro5.api.expose
class Thing:
    def echo(self, value: Any) -> Any:
        return value

    def count(self, end: int) -> Any:
        yield from range(end)

    def caller(self) -> Any:
        connection = Pyro5.api.current_context.client
        certificate = connection.getpeercert()
        return certificate and certificate["subject"][0][0][1]


def serve(unixsocket: str | None = None) -> None:
    daemon = Pyro5.api.Daemon(host="localhost", unixsocket=unixsocket)
    print(daemon.register(Thing, "thing"), flush=True)
    threading.Thread(target=daemon.requestLoop, daemon=True).start()
    sys.stdin.read()
    daemon.shutdown()


def call(uri: str) -> None:
    try:
        with Pyro5.api.Proxy(uri) as proxy:
            large = "x" * 3_000_000
            told: Any = {
                "echo": proxy.echo("grüße"),
                "large": proxy.echo(large) == large,
                "items": list(proxy.count(5)),
                "caller": proxy.caller(),
            }
            batch = Pyro5.api.BatchProxy(proxy)
            batch.echo(1)
            batch.echo(2)
            told["batch"] = list(batch())
    except Exception as error:
        told = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    role, settings, *rest = sys.argv[1:]
    for name, value in json.loads(settings).items():
        setattr(Pyro5.config, name, value)
    words = [text.replace("<NUL>", "\0") for text in rest]
    if role == "serve":
        serve(*words)
    else:
        call(*words)
