"""A daemon of the real Pyro5, run as a program by the tests.

It prints the URIs of its objects as JSON and serves until its standard input ends.
"""

import json
import os
import sys
import threading

import Pyro5.api
import Pyro5.errors


class StockError(Exception):
    """An exception that only this program knows."""


class Hidden:
    pass


def failure(kind):
    if kind == "value":
        error = ValueError("bad value", 42)
        error.field = "age"  # type: ignore[attr-defined]
        return error
    if kind == "naming":
        return Pyro5.errors.NamingError("unknown name: x")
    if kind == "custom":
        return StockError("sold out", 3)
    if kind == "stop":
        return StopIteration("early")
    return {"key": KeyError("missing"), "zero": ZeroDivisionError("division by zero")}[kind]


@Pyro5.api.expose
class Thing:
    def __init__(self):
        self._value = 1
        self._notes = []
        self._noted = threading.Condition()
        self._gate = threading.Event()

    def add(self, a, b=0):
        return a + b

    def echo(self, value):
        return value

    def read(self, blob):
        return [blob.info, list(blob.deserialized())]

    def collect(self, *args, **kwargs):
        return [list(args), kwargs]

    def fail(self, kind):
        raise failure(kind)

    def hidden_result(self):
        return Hidden()

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        self._value = value

    @property
    def constant(self):
        return "constant"

    @Pyro5.api.oneway
    def note(self, value):
        with self._noted:
            self._notes.append(value)
            self._noted.notify_all()

    def notes(self, count):
        """Wait until there are so many notes."""
        with self._noted:
            self._noted.wait_for(lambda: len(self._notes) >= count, 20)
            notes, self._notes = self._notes, []
            return notes

    def items(self, count):
        yield from range(count)

    def failing_items(self):
        yield "first"
        raise LookupError("no second")

    def endless(self):
        try:
            while True:
                yield "item"
        finally:
            self.note("closed")

    def context(self):
        context = Pyro5.api.current_context
        context.response_annotations = {"BACK": b"from pyro5"}
        annotations = {key: bytes(data).decode() for key, data in context.annotations.items()}
        return [str(context.correlation_id), annotations]

    def make(self):
        thing = Thing()
        self._pyroDaemon.register(thing)  # type: ignore[attr-defined]
        return thing

    def use(self, other, a):
        other._pyroClaimOwnership()
        return other.add(a, a)

    def kind_of(self, value):
        return type(value).__name__

    def uri(self):
        return Pyro5.api.URI("PYRO:there@localhost:9")

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return ["a", "b", "c"][index]

    def block(self):
        self._gate.clear()
        self._gate.wait(20)

    def unblock(self):
        self._gate.set()


def unexposed(self):
    return "hidden"


Thing.unexposed = unexposed  # type: ignore[attr-defined]


class Daemon(Pyro5.api.Daemon):  # type: ignore[misc]
    def validateHandshake(self, conn, data):
        if data == "wrong":
            raise ValueError("that is not the word")
        return data


def main():
    daemon = Daemon(host="localhost")
    daemon.register(Thing(), "thing")
    daemon.register(Pyro5.api.behavior("session")(type("Session", (Thing,), {})), "session")
    print(json.dumps({name: str(daemon.uriFor(name)) for name in ("thing", "session")}), flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    daemon.requestLoop()


if __name__ == "__main__":
    main()
