"""Calls of every wrong shape: the caller is told, in few words, and nothing runs."""

from typing import Any

import pytest

from tests.hostile.conftest import Served
from tests.hostile.raw import (
    BATCH,
    EXCEPTION,
    INVOKE,
    KEEP_SERIALIZED,
    ONEWAY,
    RESULT,
    SERIALIZERS,
    RawClient,
    call,
    dumps,
    message,
)

FEW_WORDS = 8000
"""No error may be longer than this on the wire, in bytes: it never carries the payload back."""
HUGE = "x" * 1_000_000


def refused(served: Served, client: RawClient, data: bytes) -> str:
    """Send a call that must fail; return the error's text, and see that nothing broke."""
    calls = list(served.target.calls)
    answer = client.ask(data)
    assert answer.kind == RESULT and answer.flags & EXCEPTION, answer
    assert len(answer.payload) < FEW_WORDS
    assert str(answer.error["__class__"]).split(".")[0] in ("builtins", "Pyro5")
    assert served.target.calls == calls
    assert len(served.log.about(client)) <= 1
    assert served.goes_on()
    served.target.calls[:] = calls
    return answer.error_text


SHAPES: dict[str, tuple[Any, ...]] = {
    "args that are a number": ("target", "echo", 5, {}),
    "args that are text": ("target", "echo", "ab", {}),
    "args that are a map": ("target", "echo", {"value": 1}, {}),
    "args that are nothing": ("target", "echo", None, {}),
    "kwargs that are a list": ("target", "keywords", [], ["a"]),
    "kwargs that are text": ("target", "keywords", [], "ab"),
    "kwargs that are a number": ("target", "keywords", [], 5),
    "a method that is a number": ("target", 5, [], {}),
    "a method that is a list": ("target", ["echo"], [], {}),
    "a method that is a map": ("target", {"echo": 1}, [], {}),
    "a method that is nothing": ("target", None, [], {}),
    "a method without letters": ("target", "", [], {}),
    "a huge method": ("target", HUGE, [], {}),
    "an object that is a number": (5, "echo", [], {}),
    "an object that is a list": (["target"], "echo", [], {}),
    "an object that is a map": ({"target": 1}, "echo", [], {}),
    "an object that is nothing": (None, "echo", [], {}),
    "an object that is nested": ([[[[["target"]]]]], "echo", [], {}),
    "an unknown object": ("nobody", "echo", [], {}),
    "a huge object": (HUGE, "echo", [], {}),
    "reading nothing": ("target", "__getattr__", [], None),
    "reading two attributes": ("target", "__getattr__", ["level", "level"], None),
    "reading a number": ("target", "__getattr__", [5], None),
    "reading a list": ("target", "__getattr__", [["level"]], None),
    "reading a huge name": ("target", "__getattr__", [HUGE], None),
    "reading a method": ("target", "__getattr__", ["echo"], None),
    "writing nothing": ("target", "__setattr__", ["level"], None),
    "writing a list": ("target", "__setattr__", [["level"], 1], None),
    "writing a method": ("target", "__setattr__", ["echo", 1], None),
    "writing what is read-only": ("target", "__setattr__", ["fixed", 1], None),
    "writing what is not there": ("target", "__setattr__", ["more", 1], None),
    "deleting": ("target", "__delattr__", ["level"], None),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_a_call_of_the_wrong_shape_is_refused(served: Served, serializer: str, kind: str) -> None:
    client = served.client()
    object_id, method, args, kwargs = SHAPES[kind]
    assert refused(served, client, call(serializer, object_id, method, args, kwargs))
    assert served.noted_once(client)
    assert client.call("echo", "still here", serializer=serializer).value == "still here"


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "too many arguments": ("target", "echo", [1, 2, 3], {}),
    "an unknown keyword": ("target", "echo", [], {"what": 1}),
    "a stream that is a list": ("Pyro.Daemon", "get_next_stream_item", [[1]], {}),
    "a stream that is nothing": ("Pyro.Daemon", "get_next_stream_item", [None], {}),
    "a stream that is not there": ("Pyro.Daemon", "get_next_stream_item", ["x"], {}),
    "metadata of a list": ("Pyro.Daemon", "get_metadata", [["target"]], {}),
    "metadata of what is huge": ("Pyro.Daemon", "get_metadata", [HUGE], {}),
    "an explanation of a number": ("Pyro.Daemon", "explain", ["target", 5], {}),
    "an explanation of nothing": ("Pyro.Daemon", "explain", [None, None], {}),
}


@pytest.mark.parametrize("kind", ARGUMENTS)
def test_arguments_that_a_method_does_not_take_are_refused(
    served: Served, serializer: str, kind: str
) -> None:
    client = served.client()
    object_id, method, args, kwargs = ARGUMENTS[kind]
    assert refused(served, client, call(serializer, object_id, method, args, kwargs))
    assert client.call("echo", "still here", serializer=serializer).value == "still here"


@pytest.mark.parametrize("kwargs", [{1: 2}, {None: 1}, {(1, 2): 3}, {b"x": 1}])
@pytest.mark.parametrize("serializer", ["serpent", "marshal"])
def test_keywords_that_are_no_text_are_refused(
    served: Served, serializer: str, kwargs: Any
) -> None:
    assert refused(served, served.client(), call(serializer, "target", "keywords", [], kwargs))


NO_CALLS: dict[str, Any] = {
    "nothing": None,
    "a number": 5,
    "text": "call",
    "an empty list": [],
    "three parts": ["target", "echo", []],
    "five parts": ["target", "echo", [], {}, 1],
    "an empty map": {},
    "a map without arguments": {"object": "target", "method": "echo", "kwargs": {}},
    "an unknown class": {"__class__": "os.system", "command": "true"},
}


@pytest.mark.parametrize("kind", NO_CALLS)
def test_a_payload_that_is_no_call_ends_the_connection_with_a_reason(
    served: Served, serializer: str, kind: str
) -> None:
    client = served.client()
    data = message(INVOKE, dumps(serializer, NO_CALLS[kind]), serializer=SERIALIZERS[serializer])
    assert refused(served, client, data)
    assert served.noted_once(client)
    assert client.is_closed()


BATCHES: dict[str, Any] = {
    "a number": 5,
    "text": "echo",
    "a map": {"echo": []},
    "nothing": None,
    "numbers": [1, 2],
    "texts": ["abc", "abc"],
    "nothings": [None],
    "calls of two parts": [["echo", []]],
    "calls of four parts": [["echo", [], {}, 1]],
    "methods that are numbers": [[1, [], {}]],
    "methods that are lists": [[["echo"], [], {}]],
    "unexposed methods": [["hidden", [], {}]],
    "attributes": [["level", [], {}]],
    "attribute access": [["__getattr__", ["level"], None]],
    "batches": [["<batch>", [["echo", [], {}]], None]],
    "arguments that are a number": [["echo", 5, {}]],
    "arguments that are text": [["echo", "a", {}]],
    "arguments that are a map": [["echo", {"a": 1}, {}]],
    "keywords that are a list": [["keywords", [], ["a"]]],
    "keywords that are text": [["keywords", [], "ab"]],
    "a huge method": [[HUGE, [], {}]],
}


@pytest.mark.parametrize("kind", BATCHES)
def test_a_malformed_batch_is_refused_before_any_of_it_runs(
    served: Served, serializer: str, kind: str
) -> None:
    items = BATCHES[kind]
    if isinstance(items, list) and isinstance(items[0], list):
        items = [["echo", ["first"], {}], *items]
    data = call(serializer, "target", "<batch>", items, flags=BATCH)
    assert refused(served, served.client(), data)


NAMES = [
    "hidden", "secret", "name", "_private", "_level", "__init__", "__class__", "__dict__",
    "__reduce__", "__reduce_ex__", "__getattribute__", "__setattr__x", "__subclasshook__",
    "__module__", "__doc__", "__call__", "__del__", "__eq__", "__init_subclass__", "echo.__func__",
    "echo.__globals__", "calls", "trap", "mro", "no such thing", "eco", "\x00", "\n", "é", "😀",
]  # fmt: skip


@pytest.mark.parametrize("access", ["call", "read", "write", "batch", "oneway"])
def test_what_is_not_exposed_cannot_be_used(served: Served, access: str) -> None:
    for name in NAMES:
        client = served.client()
        data = {
            "call": call("json", "target", name, []),
            "oneway": call("json", "target", name, [], flags=ONEWAY),
            "read": call("json", "target", "__getattr__", [name]),
            "write": call("json", "target", "__setattr__", [name, 1]),
            "batch": call("json", "target", "<batch>", [[name, [], {}]], flags=BATCH),
        }[access]
        if access == "oneway":
            client.send(data)
        else:
            assert client.ask(data).error["__class__"] == "builtins.AttributeError", name
        assert client.call("echo", name).value == name
        assert served.noted_once(client)
        client.close()
    assert served.target.calls == ["before", *NAMES]
    assert (served.target.secret, served.target.name) == ("unexposed", "unexposed too")


def test_a_serialized_blob_that_does_not_tell_what_it_is_is_refused(served: Served) -> None:
    client = served.client()
    data = call("json", "target", "echo", [1], flags=KEEP_SERIALIZED)
    assert "blob" in refused(served, client, data)


def test_a_private_property_getter_never_runs(served: Served) -> None:
    client = served.client()
    for data in (call("json", "target", "trap"), call("json", "target", "__getattr__", ["trap"])):
        assert "trap" in client.ask(data).error_text
    assert "trap" not in served.target.calls


def test_a_name_that_no_text_may_hold_is_refused(served: Served) -> None:
    client = served.client()
    payload = b'{"object": "\\ud800", "method": "\\ud800", "params": [], "kwargs": {}}'
    assert refused(served, client, message(INVOKE, payload))
    assert client.call("echo", 1).value == 1
