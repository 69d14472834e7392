"""Values that claim to be something: nothing is made, looked into or connected to because of them.

A proxy that arrives may point anywhere. Whatever a stranger puts it into, pyrox itself never
touches it, since touching it is a call to an address that the stranger chose.
"""

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.conftest import Served
from tests.hostile.raw import (
    BATCH,
    CONNECT,
    CONNECTFAIL,
    INVOKE,
    RESULT,
    SERIALIZERS,
    call,
    dumps,
    message,
)


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """Return a listener that nobody may connect to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener
        with pytest.raises(BlockingIOError):
            listener.accept()


def proxy_to(trap: socket.socket, *, members: Any = ()) -> dict[str, Any]:
    """Return the plain form of a proxy for an object at the trap."""
    uri = f"PYRO:bait@127.0.0.1:{trap.getsockname()[1]}"
    state = [uri, members, members, members, "hello", None]
    return {"__class__": "Pyro5.client.Proxy", "state": state}


def exception(name: str, /, *args: Any, **attributes: Any) -> dict[str, Any]:
    """Return the plain form of an exception."""
    return {"__class__": name, "__exception__": True, "args": args, "attributes": attributes}


PLACES = [
    "the whole call", "the object", "the method", "the arguments", "the keywords", "an argument",
    "a keyword's value", "members", "a batch", "a batched call", "batched arguments",
    "batched keywords", "a batched method", "an attribute's name", "an attribute's value",
    "a stream id", "an explained name", "an explained object", "an exception's args",
    "an exception's attributes", "an exception's traceback", "a wrapped exception", "a URI",
]  # fmt: skip


def bait(place: str, proxy: dict[str, Any], trap: socket.socket) -> tuple[Any, ...]:
    """Return the four parts of a call that has a proxy in ``place``."""
    text = {"__class__": "Pyro5.core.URI", "state": ["PYRO", proxy, None, proxy, proxy]}
    syntax = [exception(f"builtins.{name}", "text", proxy) for name in ("SyntaxError", "TabError")]
    groups = [exception("builtins.ExceptionGroup", "text", value) for value in (proxy, [proxy])]
    replaced = exception("builtins.AttributeError", "x", args=proxy, obj=proxy, name=proxy)
    wrapper = {"__class__": "Pyro5.core._ExceptionWrapper", "exception": proxy}
    echo = ("target", "echo")
    daemon = "Pyro.Daemon"
    return {
        "the object": (proxy, "echo", [], {}),
        "the method": ("target", proxy, [], {}),
        "the arguments": (*echo, proxy, {}),
        "the keywords": (*echo, [], proxy),
        "an argument": (*echo, [proxy], {}),
        "a keyword's value": (*echo, [], {"value": proxy}),
        "members": (*echo, [proxy_to(trap, members=proxy)], {}),
        "a batch": ("target", "<batch>", proxy, None),
        "a batched call": ("target", "<batch>", [proxy], None),
        "batched arguments": ("target", "<batch>", [["echo", proxy, {}]], None),
        "batched keywords": ("target", "<batch>", [["keywords", [], proxy]], None),
        "a batched method": ("target", "<batch>", [[proxy, [], {}]], None),
        "an attribute's name": ("target", "__getattr__", [proxy], None),
        "an attribute's value": ("target", "__setattr__", ["level", proxy], None),
        "a stream id": (daemon, "get_next_stream_item", [proxy], {}),
        "an explained name": (daemon, "explain", ["target", proxy], {}),
        "an explained object": (daemon, "describe", [proxy], {}),
        "an exception's args": (*echo, [[*syntax, *groups]], {}),
        "an exception's attributes": (*echo, [replaced], {}),
        "an exception's traceback": (*echo, [exception("X", _pyroTraceback=proxy)], {}),
        "a wrapped exception": (*echo, [wrapper], {}),
        "a URI": (*echo, [text], {}),
    }[place]


@pytest.mark.parametrize("place", PLACES)
def test_a_proxy_is_not_touched_wherever_it_stands_in_a_call(
    served: Served, serializer: str, trap: socket.socket, place: str
) -> None:
    client = served.client()
    proxy = proxy_to(trap)
    number = SERIALIZERS[serializer]
    if place == "the whole call":
        data = message(INVOKE, dumps(serializer, proxy), serializer=number)
    else:
        flags = BATCH if "batch" in place else 0
        data = call(serializer, *bait(place, proxy, trap), flags=flags)
    answer = client.ask(data)
    assert answer.kind == RESULT
    assert served.goes_on()


@pytest.mark.parametrize("place", ["all of it", "the object", "the data", "members"])
def test_a_proxy_is_not_touched_wherever_it_stands_in_a_handshake(
    served: Served, serializer: str, trap: socket.socket, place: str
) -> None:
    client = served.raw()
    proxy = proxy_to(trap)
    hello = {
        "all of it": proxy,
        "the object": {"handshake": "hello", "object": proxy},
        "the data": {"handshake": proxy, "object": "target"},
        "members": {"handshake": proxy_to(trap, members=proxy), "object": "target"},
    }[place]
    payload = dumps(serializer, hello)
    client.ask(message(CONNECT, payload, serializer=SERIALIZERS[serializer]))
    assert served.goes_on()


FORGED: dict[str, Any] = {
    "a class of the system": {"__class__": "os.system", "args": ["true"]},
    "a class of the main program": {"__class__": "__main__.X"},
    "a dunder class": {"__class__": "builtins.__import__"},
    "an exception class that is none": exception("builtins.eval", "1"),
    "a module as an exception": exception("os", "1"),
    "an import as an exception": exception("importlib.import_module", "antigravity"),
    "an exit": exception("builtins.SystemExit", 3),
    "an interrupt": exception("builtins.KeyboardInterrupt"),
    "a generator's exit": exception("builtins.GeneratorExit"),
    "an error of pyrox that is none": exception("Pyro5.errors.Outcome", "unknown"),
    "a function of pyrox": {"__class__": "Pyro5.errors.remote_traceback", "args": []},
    "exception args that are text": {"__class__": "x", "__exception__": True, "args": "abc"},
    "exception attributes in a list": {"__class__": "x", "__exception__": True, "attributes": [1]},
    "an exception without anything": {"__class__": "x", "__exception__": True},
    "a proxy without state": {"__class__": "Pyro5.client.Proxy"},
    "a proxy with a short state": {"__class__": "Pyro5.client.Proxy", "state": ["PYRO:a@b:1"]},
    "a proxy with an ill URI": {"__class__": "Pyro5.client.Proxy", "state": ["x"] * 6},
    "a proxy with numbers": {"__class__": "Pyro5.client.Proxy", "state": [1, 2, 3, 4, 5, 6]},
    "a URI without state": {"__class__": "Pyro5.core.URI"},
    "a URI with numbers": {"__class__": "Pyro5.core.URI", "state": [1, 2, 3, 4, 5]},
    "a daemon": {"__class__": "Pyro5.server.Daemon", "state": []},
    "a class that is a number": {"__class__": 5},
    "a class that is a list": {"__class__": ["os.system"]},
    "a class that is nothing": {"__class__": None},
    "a class with a huge name": {"__class__": "x" * 1_000_000},
    "a class with lines in its name": {"__class__": "x\nERROR pyrox all is lost"},
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_value_is_refused_or_stays_what_it_is(
    served: Served, serializer: str, kind: str
) -> None:
    client = served.client()
    answer = client.call("echo", FORGED[kind], serializer=serializer)
    assert answer.kind == RESULT
    assert len(answer.payload) < 10_000
    for line in served.log.about(client):
        assert "\n" not in line
        assert len(line) < 1000
    assert served.goes_on()


NO_LONGER_THEMSELVES = [
    ("builtins.UnicodeDecodeError", ["utf-8", "x", 0, 1, "why"]),
    ("builtins.UnicodeEncodeError", ["utf-8", "x", -5, 10**9, "why"]),
    ("builtins.SyntaxError", ["x", ["f", 1, 2, "text", 5, 6]]),
    ("builtins.OSError", [10**30, "x", "y"]),
    ("builtins.BlockingIOError", [1, "x", 10**30]),
    ("builtins.ImportError", [[], {}]),
    ("builtins.StopIteration", []),
    ("builtins.KeyError", [[[[]]]]),
    ("sqlite3.OperationalError", [1, 2, 3]),
    ("struct.error", []),
]
ATTRIBUTES = {
    "args": 5, "start": 10**30, "end": -1, "object": 5, "characters_written": 10**30, "errno": [],
    "lineno": "x", "text": 5, "msg": 5, "value": 5, "obj": 5, "__class__": "int",
    "__traceback__": 5, "__cause__": 5, "__notes__": 5, "_pyroTraceback": 5, "outcome": [],
    "remote_class": 5, "attributes": 5, "with_traceback": 5, "add_note": 5, "": 5,
}  # fmt: skip


@pytest.mark.parametrize(("name", "args"), NO_LONGER_THEMSELVES)
def test_an_exception_with_absurd_contents_does_no_harm(
    served: Served, serializer: str, name: str, args: list[Any]
) -> None:
    attributes = {key: value for key, value in ATTRIBUTES.items() if key != "__class__"}
    if serializer == "msgpack":
        attributes = {k: v if v != 10**30 else 2**63 for k, v in attributes.items()}
        args = [arg if arg != 10**30 else 2**63 for arg in args]
    client = served.client()
    value = {"__class__": name, "__exception__": True, "args": args, "attributes": attributes}
    assert client.call("echo", value, serializer=serializer).kind == RESULT
    assert client.call("echo", "after").value == "after"


def test_a_refused_object_is_not_looked_into_by_its_reason(served: Served) -> None:
    client = served.raw()
    value = {"__class__": "__main__.X", "__exception__": False}
    payload = dumps("json", {"handshake": value, "object": "target"})
    answer = client.ask(message(CONNECT, payload))
    assert answer.kind == CONNECTFAIL
    assert "__main__.X" in answer.value


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exception groups are new in 3.11")
def test_an_exception_group_arrives_only_as_text(served: Served) -> None:
    client = served.client()
    value = exception("builtins.ExceptionGroup", "many", [exception("builtins.ValueError", "x")])
    assert client.call("echo", value, serializer="msgpack").kind == RESULT
