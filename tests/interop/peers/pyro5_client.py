"""A client of the real Pyro5, run as a program by the tests.

It reads lines ``[function, [arguments]]`` in JSON, calls that function of this module, and
answers each with a line ``[true, result]`` or ``[false, error]``.
"""

import json
import sys
import threading
import traceback
import uuid

import Pyro5.api
import Pyro5.client
import Pyro5.errors
import Pyro5.protocol

context = Pyro5.api.current_context


def connect(uri, serializer="serpent", handshake="hello"):
    proxy = Pyro5.api.Proxy(uri)
    proxy._pyroSerializer = serializer
    proxy._pyroHandshake = handshake
    proxy._pyroTimeout = 20
    return proxy


def told(action):
    """What somebody learns from an exception: class, text, and the remote method's name."""
    try:
        action()
    except BaseException as error:
        remote = "".join(getattr(error, "_pyroTraceback", None) or [])
        kind = type(error)
        return [f"{kind.__module__}.{kind.__name__}", str(error), "in fail" in remote]
    return None


def calls(uri, serializer):
    with connect(uri, serializer) as thing:
        args, kwargs = thing.collect(1, "two", None, x=[1], y={"z": True})
        return [thing.add(2, 3), thing.add(b=3, a=2), thing.echo("grüße 你好"), list(args), kwargs]


def echo(uri, serializer, value):
    with connect(uri, serializer) as thing:
        return thing.echo(value)


def attributes(uri, serializer):
    with connect(uri, serializer) as thing:
        before = thing.value
        thing.value = 22
        after = thing.value
        thing.value = before
        return [before, after, thing.constant]


def attribute_errors(uri, serializer):
    with connect(uri, serializer) as thing:
        return [
            told(lambda: setattr(thing, "constant", 1)),
            told(lambda: thing.nonsense),
            told(lambda: thing._pyroInvoke("unexposed", (), {})),
            told(lambda: thing._pyroInvoke("_private", (), {})),
            told(lambda: thing._pyroInvoke("__getattr__", ("unexposed",), None)),
            thing.add(1, 1),
        ]


def failure(uri, serializer, kind):
    with connect(uri, serializer) as thing:
        seen = told(lambda: thing.fail(kind))
        return [*seen, thing.add(1, 1)]


def failure_attributes(uri, serializer):
    with connect(uri, serializer) as thing:
        try:
            thing.fail("value")
        except ValueError as error:
            return [list(error.args), error.field]  # type: ignore[attr-defined]
    return None


def hidden_result(uri, serializer):
    with connect(uri, serializer) as thing:
        return [told(thing.hidden_result), thing.add(1, 1)]


def traceback_text(uri):
    with connect(uri) as thing:
        try:
            thing.fail("value")
        except ValueError:
            return "".join(Pyro5.errors.get_pyro_traceback())
    return None


def batch(uri, serializer):
    with connect(uri, serializer) as thing:
        calls = Pyro5.api.BatchProxy(thing)
        calls.add(1, 2)
        calls.echo("x")
        calls.add(5, b=7)
        return list(calls())


def failing_batch(uri, serializer):
    with connect(uri, serializer) as thing:
        calls = Pyro5.api.BatchProxy(thing)
        calls.add(1, 2)
        calls.fail("value")
        calls.add(3, 4)
        results = calls()
        return [next(results), told(lambda: next(results)), list(results)]


def oneway_batch(uri, serializer):
    with connect(uri, serializer) as thing:
        calls = Pyro5.api.BatchProxy(thing)
        calls.note("one")
        calls.note("two")
        return [calls(oneway=True), thing.notes(2)]


def oneway(uri, serializer):
    with connect(uri, serializer) as thing:
        return [thing.note("noted"), thing.notes(1)]


def streams(uri, serializer):
    with connect(uri, serializer) as thing:
        one, two = thing.items(3), thing.items(3)
        woven = [[a, b, thing.add(a, b)] for a, b in zip(one, two, strict=True)]
        failing = thing.failing_items()
        return [woven, list(thing.items(0)), next(failing), told(lambda: next(failing))]


def close_stream(uri, serializer):
    with connect(uri, serializer) as thing:
        endless = thing.endless()
        first = next(endless)
        endless.close()
        return [first, thing.notes(1)]


def beside(uri, serializer, correlation_id):
    context.correlation_id = uuid.UUID(correlation_id)
    context.annotations = {"USER": b"ada"}
    try:
        with connect(uri, serializer) as thing:
            correlation, annotations = thing.context()
            back = {key: bytes(data).decode() for key, data in context.response_annotations.items()}
            return [correlation, annotations, back]
    finally:
        context.correlation_id = None
        context.annotations = {}


def metadata(uri, serializer):
    with connect(uri, serializer) as thing:
        thing._pyroBind()
        return [sorted(thing._pyroMethods), sorted(thing._pyroAttrs), sorted(thing._pyroOneway)]


def about_daemon(location):
    with connect(f"PYRO:Pyro.Daemon@{location}") as daemon:
        meta = daemon.get_metadata("thing")
        return [sorted(daemon.registered()), daemon.ping(), daemon.info(), sorted(meta["oneway"])]


def ping(uri):
    with connect(uri) as thing:
        thing._pyroBind()
        Pyro5.protocol.SendingMessage.ping(thing._pyroConnection)
        return thing.add(1, 1)


def large(uri, serializer, size, compression):
    Pyro5.api.config.COMPRESSION = compression
    try:
        with connect(uri, serializer) as thing:
            text = "0123456789" * (size // 10)
            return [thing.echo(text) == text, thing.echo("short")]
    finally:
        Pyro5.api.config.COMPRESSION = False


def autoproxy(uri, serializer):
    with connect(uri, serializer) as thing, thing.make() as made:
        return [type(made).__name__, made.add(1, 2), thing.kind_of(made), str(thing.uri())]


def call_back(uri, serializer):
    @Pyro5.api.expose
    class Mine:
        def add(self, a, b):
            return ["mine", a, b]

    with Pyro5.api.Daemon(host="localhost") as daemon, connect(uri, serializer) as thing:
        mine = Mine()
        daemon.register(mine)
        thread = threading.Thread(target=daemon.requestLoop)
        thread.start()
        try:
            return thing.use(mine, 5)
        finally:
            daemon.shutdown()
            thread.join()


def container(uri, serializer):
    with connect(uri, serializer) as thing:
        return [len(thing), thing[1], list(thing)]


def rejections(location, serializer):
    return [
        told(connect(f"PYRO:nobody@{location}", serializer)._pyroBind),
        told(connect(f"PYRO:thing@{location}", serializer, handshake="wrong")._pyroBind),
    ]


def blob(uri, serializer):
    with connect(uri, serializer) as thing:
        blob = Pyro5.client.SerializedBlob("info", [1, 2])
        seen = thing.read(blob)
        context.annotations = {}
        thing._pyroRelease()
        return [seen, thing.add(1, 1)]


def session(uri, serializer):
    with connect(uri, serializer) as one, connect(uri, serializer) as two:
        one.value = 10
        two.value = 20
        return [one.value, two.value]


def many_threads(uri, clients, count):
    wrong = []

    def hammer(number):
        with connect(uri, "msgpack") as thing:
            for each in range(count):
                if thing.add(number, each) != number + each:
                    wrong.append([number, each])

    running = [threading.Thread(target=hammer, args=(n,)) for n in range(clients)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return wrong


def greet(uri, name):
    with connect(uri) as greeter:
        return greeter.greet(name)


def main():
    for line in sys.stdin:
        function, args = json.loads(line)
        try:
            answer = [True, globals()[function](*args)]
        except BaseException:
            answer = [False, traceback.format_exc()]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
