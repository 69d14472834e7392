"""The client's side of a call, against a daemon without a network."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from pyrox import (
    DAEMON_ID,
    Config,
    ConnectError,
    Converters,
    DaemonError,
    Members,
    Outcome,
    Peer,
    PluginError,
    Plugins,
    PyroxError,
    RemoteError,
    RemoteProtocolError,
    SerializeError,
    call_options,
    current_context,
    expose,
    remote_traceback,
)
from pyrox.logic.remote import BatchCalls, Caller, StreamId, batch_results, members_from
from pyrox.protocol.wire_log import new_mux_connection
from pyrox.values.context import reply_annotations
from pyrox.wire.message import Flags
from tests.core.client import Client, Unsendable
from tests.core.dispatch.server import parsed
from tests.core.fakes import FakeSerializer, Offering
from tests.hostile.raw import CONNECTFAIL, CONNECTOK, RESULT, dumps, message

ID = UUID("00112233-4455-6677-8899-aabbccddeeff")


@pytest.fixture
def client() -> Client:
    client = Client()
    client.connect()
    return client


@pytest.fixture(autouse=True)
def _no_annotations_yet() -> Iterator[None]:
    token = reply_annotations.set(None)
    yield
    reply_annotations.reset(token)


# The handshake


@pytest.mark.parametrize("is_pyrox", [True, False])
def test_a_handshake_tells_the_members_and_who_is_there(is_pyrox: bool) -> None:
    client = Client(is_pyrox=is_pyrox)
    answer, members = client.connect()
    assert answer == "hello"
    assert members.methods == {"add", "fail", "fail_unknown", "count", "about"}
    assert client.caller.peer.is_pyrox is is_pyrox
    assert client.link.peer.is_pyrox is is_pyrox
    assert client.caller.serializer == "json"


def test_a_refused_handshake_says_where_and_why() -> None:
    with pytest.raises(ConnectError) as caught:
        Client().connect("thong")
    assert str(caught.value) == (
        "connection to here:1 rejected: unknown object: 'thong'; did you mean 'thing'?"
    )
    assert caught.value.outcome is Outcome.NOT_SENT


def test_a_refusal_in_marshal_is_read_without_that_serializer() -> None:
    refusal = message(CONNECTFAIL, dumps("marshal", "no free workers"), serializer=2)
    with pytest.raises(ConnectError, match="here:1 rejected: no free workers"):
        Client().caller.finish_handshake(parsed(refusal), "thing")


@pytest.mark.filterwarnings("ignore:.*doesn't expose any")
def test_an_object_without_members_is_probably_a_mistake() -> None:
    client = Client()
    client.server.registry.register(object(), "bare")
    with pytest.raises(DaemonError, match="Did you forget setting @expose"):
        client.connect("bare")


@pytest.mark.parametrize("answer", [None, 5, "hello", ["handshake"]])
def test_an_answer_that_is_no_map_is_refused(answer: Any) -> None:
    welcome = parsed(message(CONNECTOK, json.dumps(answer).encode()))
    with pytest.raises(RemoteProtocolError, match="malformed answer to the handshake"):
        Client().caller.finish_handshake(welcome, "thing")


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_names_arrive_in_any_collection(kind: type) -> None:
    meta = {"methods": kind(["a", "b"]), "attrs": kind(["c"]), "oneway": kind(())}
    assert members_from(meta) == Members.of(["a", "b"], ["c"], [])


@pytest.mark.parametrize("names", ["abc", 5, {"a": 1}, [5], [["a"]]])
def test_names_that_are_none_are_refused(names: Any) -> None:
    with pytest.raises(RemoteProtocolError, match="malformed metadata"):
        members_from({"methods": names})


# Calls


def test_a_call_gives_the_result(client: Client) -> None:
    assert client.call("add", 5, b=7) == 12


def test_a_remote_exception_is_raised_with_its_traceback(client: Client) -> None:
    with pytest.raises(ValueError, match=r"^bad$") as caught:
        client.call("fail")
    traceback = remote_traceback(caught.value)
    assert traceback is not None
    assert "in fail" in traceback


def test_a_remote_exception_of_an_unknown_class_is_named(client: Client) -> None:
    with pytest.raises(RemoteError, match=r"OwnError: .*bad") as caught:
        client.call("fail_unknown")
    assert caught.value.args == ("bad", 1)
    assert caught.value.remote_class.endswith(".OwnError")


def test_arguments_that_cannot_be_sent_are_not_sent(client: Client) -> None:
    sequence = client.caller.protocol.sequence
    with pytest.raises(SerializeError) as caught:
        client.call("add", Unsendable())
    assert caught.value.outcome is Outcome.NOT_SENT
    assert client.caller.protocol.sequence == sequence
    assert client.call("add", 1) == 1


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b'{"__class__": "shop.Unknown"}'])
def test_an_answer_that_cannot_be_read_means_that_the_call_ran(
    client: Client, payload: bytes
) -> None:
    with pytest.raises(SerializeError) as caught:
        client.caller.finish_call(parsed(message(RESULT, payload)))
    assert caught.value.outcome is Outcome.EXECUTED


def test_an_exception_that_is_none_is_an_error_of_its_own(client: Client) -> None:
    answer = parsed(message(RESULT, b'"text"', flags=Flags.EXCEPTION))
    with pytest.raises(SerializeError, match="an exception was expected from here:1, not a str"):
        client.caller.finish_call(answer)


def test_an_exception_as_a_result_is_a_value(client: Client) -> None:
    plain = {"__class__": "builtins.ValueError", "__exception__": True, "args": ["bad"]}
    found = client.caller.finish_call(parsed(message(RESULT, json.dumps(plain).encode())))
    assert type(found) is ValueError


def test_handshake_data_that_cannot_be_sent_is_not_sent() -> None:
    with pytest.raises(SerializeError) as caught:
        Client().caller.begin_handshake("thing", Unsendable())
    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("problem", [RuntimeError("no"), PyroxError("no")])
def test_a_serializer_that_fails_in_its_own_way_is_named(problem: Exception) -> None:
    class Failing(FakeSerializer):
        def dumps(self, value: Any, converters: Converters) -> bytes:
            raise problem

        def loads(self, data: Any, converters: Converters) -> Any:
            raise problem

    plugins = Plugins([])
    plugins.register(Offering(serializer=Failing("tea", 3)))
    protocol = new_mux_connection(Peer(), Config(), 0)
    caller = Caller("here:1", Config(), Converters(), plugins, "tea", protocol)
    expected = PyroxError if type(problem) is PyroxError else SerializeError
    for action in (
        lambda: caller.begin_handshake("thing", "hello"),
        lambda: caller.begin_call("thing", "add", (), {}),
        lambda: caller.finish_call(parsed(message(RESULT, b"x"))),
    ):
        with pytest.raises(expected, match="no"):
            action()


def test_an_answer_in_a_serializer_that_is_not_here_cannot_be_read(client: Client) -> None:
    with pytest.raises(SerializeError, match="invalid serializer in response: 99") as caught:
        client.caller.finish_call(parsed(message(RESULT, b"x", serializer=99)))
    assert caught.value.outcome is Outcome.EXECUTED


def test_the_serializer_may_be_changed_between_calls(client: Client) -> None:
    client.caller.use("json")
    assert client.caller.serializer == "json"
    client.caller.use("tea")
    with pytest.raises(PluginError, match="no serializer 'tea'"):
        client.call("add", 1)
    client.caller.use("auto")
    assert client.call("add", 1) == 1


# Streams


def test_an_iterator_gives_the_id_of_a_stream(client: Client) -> None:
    stream = client.call("count")
    assert type(stream) is StreamId
    fetched = [
        client.call_object(DAEMON_ID, "get_next_stream_item", [stream], {}, 0) for _ in range(3)
    ]
    assert fetched == [0, 1, 2]
    with pytest.raises(StopIteration):
        client.call_object(DAEMON_ID, "get_next_stream_item", [stream], {}, 0)


def test_a_stream_without_an_id_is_a_daemon_that_does_not_stream(client: Client) -> None:
    answer = parsed(message(RESULT, b"{}", flags=Flags.ITEM_STREAM | Flags.EXCEPTION))
    with pytest.raises(PyroxError, match="not configured to allow streaming"):
        client.caller.finish_call(answer)


# Batches


def test_the_results_of_a_batch_come_in_order_up_to_the_failure(client: Client) -> None:
    calls = BatchCalls()
    calls.add("add", 1, b=2)
    calls.add("fail")
    calls.add("add", 3)
    assert len(calls) == 3
    values = client.call_object("thing", "<batch>", calls.take(), None, Flags.BATCH)
    assert len(calls) == 0
    results = batch_results(values)
    assert next(results) == 3
    with pytest.raises(ValueError, match="bad"):
        next(results)


def test_the_results_of_a_batch_without_failures_come_to_an_end() -> None:
    assert list(batch_results((1, None, "x"))) == [1, None, "x"]


@pytest.mark.parametrize("values", [None, 5, "text", {"a": 1}])
def test_results_of_a_batch_that_are_no_list_are_refused(values: Any) -> None:
    with pytest.raises(SerializeError, match="the answer to a batch is no list"):
        list(batch_results(values))


# Beside the call


def test_annotations_and_correlation_id_travel_along(client: Client) -> None:
    with call_options(annotations={"USER": b"ada"}, correlation_id=ID):
        assert client.call("about") == [{"USER": "ada"}, str(ID)]
    found, correlation_id = client.call("about")
    assert found == {}
    assert correlation_id != str(ID)


def test_annotations_of_the_answer_are_known_until_the_next(client: Client) -> None:
    client.call("about")
    assert current_context.response_annotations == {"BACK": b"x"}
    client.call("add", 1)
    assert current_context.response_annotations == {}


def test_the_correlation_id_of_a_call_that_is_served_is_passed_on() -> None:
    inner = Client()
    inner.connect()

    @expose
    class Relay:
        def relay(self) -> Any:
            return inner.call("about")

        def marked(self) -> Any:
            with call_options(annotations={"MARK": b"x"}):
                return inner.call("about")

    outer = Client()
    outer.server.registry.register(Relay(), "relay")
    outer.connect()
    with call_options(correlation_id=ID):
        assert outer.call_object("relay", "relay", [], {}, 0) == [{}, str(ID)]
        assert outer.call_object("relay", "marked", [], {}, 0) == [{"MARK": "x"}, str(ID)]
    assert outer.call_object("relay", "relay", [], {}, 0) != [{}, str(ID)]


def test_a_reconnected_caller_goes_on_counting() -> None:
    client = Client(sequence=65535)
    client.connect()
    assert client.call("add", 1) == 1
    assert client.caller.protocol.sequence == 0
