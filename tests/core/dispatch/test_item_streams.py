"""Methods that return iterators, and the daemon's own object that hands out their items."""

from collections.abc import Iterator
from typing import Any

import pytest

from pyrox import DAEMON_ID, expose
from pyrox.wire.message import Flags
from tests.core.dispatch.server import Answer, Server

STARTED = Flags.ITEM_STREAM | Flags.EXCEPTION


class OwnIterator:
    def __init__(self) -> None:
        self.left = 2

    def __iter__(self) -> "OwnIterator":
        return self

    def __next__(self) -> int:
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left


@expose
class Source:
    def generate(self, count: int) -> Iterator[int]:
        yield from range(count)

    def give(self, kind: str) -> Any:
        return {
            "iterator": iter([1]),
            "map": map(str, [1]),
            "own": OwnIterator(),
            "list": [1],
            "range": list(range(2)),
            "dict": {"a": 1},
        }[kind]

    def fail(self) -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    @staticmethod
    def version(digits: int = 2) -> str:
        """Tell the version."""
        return "1.0"

    @classmethod
    def of_class(cls, a: int, *rest: int) -> None: ...

    @property
    def numbers(self) -> Iterator[int]:
        """Count, as a property."""
        return iter([1, 2])


@pytest.fixture
def server() -> Server:
    return Server({"source": Source()})


def stream_id(answer: Answer) -> str:
    assert answer.annotations is not None
    return answer.annotations["STRM"].decode()


def next_item(server: Server, stream: str) -> Answer:
    return server.call(DAEMON_ID, "get_next_stream_item", stream)


def test_an_iterator_starts_a_stream_as_in_pyro5(server: Server) -> None:
    answer = server.call("source", "generate", 3)
    assert answer.flags == STARTED
    assert answer.payload == {
        "__class__": "Pyro5.errors.ProtocolError",
        "__exception__": True,
        "args": ["result of call is an iterator"],
        "attributes": {"_pyroTraceback": None},
    }
    assert len(stream_id(answer)) == 36


def test_the_daemon_hands_out_the_items_and_then_the_end(server: Server) -> None:
    stream = stream_id(server.call("source", "generate", 2))
    assert [next_item(server, stream).value for _ in range(2)] == [0, 1]
    assert next_item(server, stream).error_map["__class__"] == "builtins.StopIteration"
    assert next_item(server, stream).error == (
        "Pyro5.errors.DaemonError", "item stream terminated",
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["iterator", "map", "own"])
def test_every_iterator_is_streamed(server: Server, kind: str) -> None:
    assert server.call("source", "give", kind).flags == STARTED


@pytest.mark.parametrize("kind", ["list", "range", "dict"])
def test_a_container_is_a_value(server: Server, kind: str) -> None:
    assert server.call("source", "give", kind).flags == 0


def test_a_property_may_be_streamed(server: Server) -> None:
    stream = stream_id(server.get("source", "numbers"))
    assert next_item(server, stream).value == 1


def test_an_error_in_a_generator_is_answered_and_ends_the_stream(server: Server) -> None:
    stream = stream_id(server.call("source", "fail"))
    assert next_item(server, stream).value == 1
    assert next_item(server, stream).error == ("builtins.ValueError", "no more")
    assert len(server.streams) == 0


def test_a_stream_may_be_closed_before_its_end(server: Server) -> None:
    stream = stream_id(server.call("source", "generate", 9))
    assert server.send(DAEMON_ID, "close_stream", [stream], {}, flags=Flags.ONEWAY) is None
    assert len(server.streams) == 0


def test_an_iterator_in_a_batch_is_an_error_of_that_call(server: Server) -> None:
    calls = [["give", ["list"], {}], ["generate", [3], {}]]
    first, second = server.batch("source", *calls).value
    assert first == [1]
    assert second["exception"]["__class__"] == "Pyro5.errors.ProtocolError"
    assert len(server.streams) == 0


def test_a_oneway_call_starts_no_stream(server: Server) -> None:
    assert server.send("source", "generate", [3], {}, flags=Flags.ONEWAY) is None
    assert len(server.streams) == 0


def test_a_daemon_without_item_streaming_says_so_as_pyro5_does() -> None:
    server = Server({"source": Source()}, item_streaming=False)
    answer = server.call("source", "generate", 3)
    assert answer.flags == STARTED
    assert answer.annotations is None
    assert len(server.streams) == 0


def test_streams_beyond_the_limit_are_an_error_of_the_call() -> None:
    server = Server({"source": Source()}, max_streams=1)
    server.call("source", "generate", 3)
    name, text = server.call("source", "generate", 3).error
    assert name == "Pyro5.errors.DaemonError"
    assert "max_streams" in text


def test_a_stream_belongs_to_the_connection_that_fetches_from_it(server: Server) -> None:
    server.streams.linger = 0.0
    stream = stream_id(server.call("source", "generate", 3))
    other = server.connected()
    answer = server.call_over(other, DAEMON_ID, "get_next_stream_item", stream)
    assert answer.value == 0
    server.streams.disconnected(server.link, 0.0)
    assert len(server.streams) == 1
    server.streams.disconnected(other, 0.0)
    assert len(server.streams) == 0


# The daemon about itself


def test_the_daemon_lists_what_is_registered(server: Server) -> None:
    assert server.call(DAEMON_ID, "registered").value == [DAEMON_ID, "source"]


def test_the_daemon_answers_a_ping(server: Server) -> None:
    assert server.call(DAEMON_ID, "ping").value is None


def test_what_the_daemon_tells_may_be_asked_again(server: Server) -> None:
    names = server.registry.find(DAEMON_ID).names
    assert names.idempotent == {"ping", "info", "get_metadata", "describe", "explain"}
    assert names.oneway == {"close_stream"}


def test_the_daemon_says_where_it_is(server: Server) -> None:
    assert server.call(DAEMON_ID, "info").value == (
        "Pyro.Daemon bound on here:1, NAT None, 2 objects registered. Servertype: test"
    )


def test_the_daemon_tells_the_members_of_an_object(server: Server) -> None:
    told = server.call(DAEMON_ID, "get_metadata", "source").value
    assert set(told["methods"]) == {"generate", "give", "fail", "version", "of_class"}
    assert told["attrs"] == ["numbers"]


def test_the_daemon_describes_an_object(server: Server) -> None:
    told = server.call(DAEMON_ID, "describe", "source").value
    signatures = {name: method["signature"] for name, method in told["methods"].items()}
    assert signatures["generate"].startswith("(count: int) -> ")
    assert signatures["version"].startswith("(digits: int = 2) -> ")
    assert signatures["of_class"].startswith("(a: int, *rest: int) -> ")
    assert told["methods"]["version"]["doc"] == "Tell the version."
    assert told["methods"]["version"]["oneway"] is False
    assert told["attributes"]["numbers"] == {
        "doc": "Count, as a property.",
        "writable": False,
        "annotation": "collections.abc.Iterator[int]",
    }


def test_the_daemon_explains_why_a_name_cannot_be_used(server: Server) -> None:
    assert "did you mean 'give'" in server.call(DAEMON_ID, "explain", "source", "gvie").value
    assert server.call(DAEMON_ID, "explain", "source", 5).error[0] == "builtins.TypeError"


@pytest.mark.parametrize("method", ["get_metadata", "describe"])
@pytest.mark.parametrize("object_id", ["nobody", "", "x" * 1000])
def test_the_daemon_knows_no_other_object(server: Server, method: str, object_id: str) -> None:
    assert server.call(DAEMON_ID, method, object_id).error[0] == "Pyro5.errors.DaemonError"


@pytest.mark.parametrize("method", ["_host", "_registry", "__init__", "__class__", "__dict__"])
def test_nothing_else_of_the_daemon_can_be_reached(server: Server, method: str) -> None:
    assert server.call(DAEMON_ID, method).error[0] == "builtins.AttributeError"
    assert server.get(DAEMON_ID, method).error[0] == "builtins.AttributeError"
