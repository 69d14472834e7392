"""Requests that cannot be read, and any request at all."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrox import RemoteProtocolError
from pyrox.logic.invocation import RequestError
from pyrox.wire.message import Flags
from tests.core.dispatch.objects import Guarded
from tests.core.dispatch.server import Answer, Server, parsed
from tests.hostile.raw import INVOKE, message


def test_a_serialized_blob_that_does_not_tell_what_it_is_is_refused(server: Server) -> None:
    answer = server.send("guarded", "work", [], {}, flags=Flags.KEEP_SERIALIZED)
    assert answer is not None
    assert answer.error == (
        "Pyro5.errors.SerializeError",
        "malformed call: a serialized blob without annotation BLBI",
    )


@pytest.mark.parametrize("serializer_id", [0, 1, 2, 4, 42, 255])
def test_an_unknown_serializer_leaves_nothing_to_answer_with(
    server: Server, serializer_id: int
) -> None:
    with pytest.raises(RemoteProtocolError, match=rf"{serializer_id} \(this daemon reads 3 json\)"):
        server.answer(parsed(message(INVOKE, b"{}", serializer=serializer_id)))


def problem_with(server: Server, payload: bytes, flags: int = 0) -> RequestError:
    with pytest.raises(RequestError) as caught:
        server.dispatcher.begin(server.link, parsed(message(INVOKE, payload, flags=flags)))
    return caught.value


UNREADABLE = [b"", b"{", b"[]", b"5", b"null", b"{}", b'{"object": "guarded"}', b"\xff", b"{}{}"]


@pytest.mark.parametrize("payload", UNREADABLE)
def test_a_request_that_cannot_be_read_ends_the_connection(server: Server, payload: bytes) -> None:
    problem = problem_with(server, payload)
    assert problem.fatal
    buffers = server.dispatcher.refuse(server.link, parsed(message(INVOKE, payload)), problem)
    assert buffers is not None
    assert Answer(buffers).error_map["__class__"] == "Pyro5.errors.SerializeError"
    assert Answer(buffers).error_map["attributes"]["outcome"] == "not_sent"


@pytest.mark.parametrize("payload", UNREADABLE)
def test_a_oneway_request_that_cannot_be_read_is_passed_over(
    server: Server, payload: bytes
) -> None:
    problem = problem_with(server, payload, Flags.ONEWAY)
    assert not problem.fatal
    request = parsed(message(INVOKE, payload, flags=Flags.ONEWAY))
    assert server.dispatcher.refuse(server.link, request, problem) is None


@pytest.mark.parametrize(
    ("value", "cls", "fatal"),
    [
        ({"__class__": "__main__.Evil"}, "Pyro5.errors.SecurityError", False),
        ({"__class__": "shop.Unknown"}, "Pyro5.errors.SerializeError", True),
        ({"__class__": ["x"]}, "Pyro5.errors.SerializeError", True),
    ],
)
def test_an_argument_of_an_unknown_class_is_refused(
    server: Server, guarded: Guarded, value: Any, cls: str, fatal: bool
) -> None:
    call = {"object": "guarded", "method": "work", "params": [value], "kwargs": {}}
    assert problem_with(server, json.dumps(call).encode()).fatal is fatal
    assert server.call("guarded", "work", value).error[0] == cls
    assert guarded.ran == []


@pytest.mark.parametrize("flags", [Flags.ONEWAY, Flags.ONEWAY | Flags.BATCH])
@pytest.mark.parametrize(
    ("object_id", "method"), [("nobody", "work"), ("guarded", "unexposed"), ("guarded", 5)]
)
def test_a_oneway_call_that_is_refused_is_not_answered(
    server: Server, guarded: Guarded, object_id: str, method: Any, flags: int
) -> None:
    assert server.send(object_id, method, [5], {}, flags=flags) is None
    assert guarded.ran == []


def test_an_overloaded_daemon_says_that_the_call_was_not_started(server: Server) -> None:
    buffers = server.dispatcher.overloaded(server.link, parsed(message(INVOKE, b"anything")))
    assert buffers is not None
    error = Answer(buffers).error_map
    assert error["__class__"] == "pyrox.errors.OverloadedError"
    assert error["attributes"]["outcome"] == "not_sent"
    assert "try again later" in error["args"][0]


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(
    st.sampled_from(["guarded", "Pyro.Daemon"]) | VALUES,
    st.sampled_from(["work", "__getattr__", "info", "get_next_stream_item"]) | VALUES,
    VALUES,
    VALUES,
    st.sampled_from([0, Flags.BATCH, Flags.ONEWAY, Flags.KEEP_SERIALIZED, Flags.EXCEPTION]),
)
def test_any_request_is_answered_unless_it_is_oneway(
    object_id: Any, method: Any, args: Any, kwargs: Any, flags: int
) -> None:
    answer = Server({"guarded": Guarded()}).send(object_id, method, args, kwargs, flags=flags)
    assert (answer is None) is (flags == Flags.ONEWAY)
