"""Proxies of the real Pyro5 and pyrox daemons."""

import uuid
from typing import Any

import pytest

import pyrox
from tests.interop.conftest import Pyro5Client

no_batches_over_marshal = pytest.mark.parametrize("serializer", ["serpent", "json", "msgpack"])


def test_calls_and_their_results(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("calls", uri, serializer) == [
        5,
        5,
        "grüße 你好",
        [1, "two", None],
        {"x": [1], "y": {"z": True}},
    ]


@pytest.mark.parametrize("value", [None, True, -1, 2**70, 1.5, "", [], [1, [2]], {"k": [None]}])
def test_values_come_back_as_they_were(
    pyro5_client: Pyro5Client, uri: str, serializer: str, value: Any
) -> None:
    assert pyro5_client("echo", uri, serializer, value) == value


@no_batches_over_marshal
def test_attributes(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("attributes", uri, serializer) == [1, 22, "constant"]


@no_batches_over_marshal
def test_refused_names(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    *refused, after = pyro5_client("attribute_errors", uri, serializer)
    assert [kind for kind, _, _ in refused] == ["builtins.AttributeError"] * 5
    texts = [text for _, text, _ in refused]
    assert "constant" in texts[0]
    assert "nonsense" in texts[1]
    assert "attempt to access unexposed attribute 'unexposed'" in texts[2]
    assert texts[3] == "attempt to access private attribute '_private'"
    assert "unexposed" in texts[4]
    assert after == 2


@pytest.mark.parametrize(
    ("kind", "cls", "text"),
    [
        ("value", "builtins.ValueError", "('bad value', 42)"),
        ("key", "builtins.KeyError", "'missing'"),
        ("zero", "builtins.ZeroDivisionError", "division by zero"),
        ("stop", "builtins.StopIteration", "early"),
        ("naming", "Pyro5.errors.NamingError", "unknown name: x"),
    ],
)
def test_exceptions_that_pyro5_knows(
    pyro5_client: Pyro5Client, uri: str, serializer: str, kind: str, cls: str, text: str
) -> None:
    assert pyro5_client("failure", uri, serializer, kind) == [cls, text, True, 2]


@pytest.mark.parametrize(
    ("kind", "cls", "text"),
    [
        ("custom", "Pyro5.errors.PyroError", "tests.interop.thing.StockError: ('sold out', 3)"),
        ("overload", "Pyro5.errors.CommunicationError", "too much to do"),
        ("connect", "Pyro5.errors.CommunicationError", "cannot connect to there"),
        ("timeout", "Pyro5.errors.TimeoutError", "too late"),
        ("remote", "Pyro5.errors.PyroError", "far.Error: far away"),
        ("exit", "Pyro5.errors.PyroError", "remote method raised SystemExit: 3"),
    ],
)
def test_exceptions_that_pyro5_does_not_know_keep_their_text(
    pyro5_client: Pyro5Client, uri: str, serializer: str, kind: str, cls: str, text: str
) -> None:
    seen, told, has_traceback, after = pyro5_client("failure", uri, serializer, kind)
    assert seen == cls
    assert text in told
    assert has_traceback
    assert after == 2


def test_an_exception_that_no_serializer_restores_keeps_its_text(
    pyro5_client: Pyro5Client, uri: str, serializer: str
) -> None:
    _, told, _, after = pyro5_client("failure", uri, serializer, "unicode")
    assert "ascii" in told
    assert after == 2


def test_arguments_and_attributes_of_exceptions_arrive(
    pyro5_client: Pyro5Client, uri: str, serializer: str
) -> None:
    assert pyro5_client("failure_attributes", uri, serializer) == [["bad value", 42], "age"]


def test_pyro5_shows_the_remote_traceback(pyro5_client: Pyro5Client, uri: str) -> None:
    text = pyro5_client("traceback_text", uri)
    assert "--- Remote traceback:" in text or "Remote traceback" in text
    assert "in fail" in text
    assert "ValueError: ('bad value', 42)" in text


def test_a_result_that_cannot_travel_is_an_error_with_the_reason(
    pyro5_client: Pyro5Client, uri: str, serializer: str
) -> None:
    (kind, told, _), after = pyro5_client("hidden_result", uri, serializer)
    assert kind in ("Pyro5.errors.SerializeError", "Pyro5.errors.SecurityError")
    assert "Hidden" in told
    assert after == 2


@no_batches_over_marshal
def test_batches(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("batch", uri, serializer) == [3, "x", 12]


@no_batches_over_marshal
def test_a_failure_in_a_batch_shows_in_its_place(
    pyro5_client: Pyro5Client, uri: str, serializer: str
) -> None:
    first, failure, rest = pyro5_client("failing_batch", uri, serializer)
    assert first == 3
    assert failure == ["builtins.ValueError", "('bad value', 42)", True]
    assert rest == []


@no_batches_over_marshal
def test_oneway_batches(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("oneway_batch", uri, serializer) == [None, ["one", "two"]]


def test_oneway_calls(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("oneway", uri, serializer) == [None, ["noted"]]


def test_item_streams(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    woven, empty, first, failure = pyro5_client("streams", uri, serializer)
    assert woven == [[0, 0, 0], [1, 1, 2], [2, 2, 4]]
    assert empty == []
    assert first == "first"
    assert failure[:2] == ["builtins.LookupError", "no second"]


def test_a_closed_item_stream_is_closed_here(
    pyro5_client: Pyro5Client, pyrox_daemon: pyrox.Daemon, uri: str, serializer: str
) -> None:
    assert pyro5_client("close_stream", uri, serializer) == ["item", ["closed"]]
    assert len(pyrox_daemon.streams) == 0


def test_annotations_and_correlation_ids_go_both_ways(
    pyro5_client: Pyro5Client, uri: str, serializer: str
) -> None:
    mine = str(uuid.uuid4())
    correlation, annotations, back = pyro5_client("beside", uri, serializer, mine)
    assert correlation == mine
    assert annotations == {"USER": "ada"}
    assert back == {"BACK": "from pyrox"}


def test_metadata(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    methods, attributes, oneway = pyro5_client("metadata", uri, serializer)
    assert {"add", "echo", "fail", "items", "__len__"} <= set(methods)
    assert not {"unexposed", "_private", "__init__"} & set(methods)
    assert attributes == ["constant", "value"]
    assert oneway == ["note"]


def test_the_daemon_answers_about_itself(
    pyro5_client: Pyro5Client, pyrox_daemon: pyrox.Daemon
) -> None:
    registered, ping, info, oneway = pyro5_client("about_daemon", pyrox_daemon.location)
    assert {"Pyro.Daemon", "session", "thing"} <= set(registered)
    assert ping is None
    assert pyrox_daemon.location in info
    assert oneway == ["note"]


def test_pings(pyro5_client: Pyro5Client, uri: str) -> None:
    assert pyro5_client("ping", uri) == 2


@pytest.mark.parametrize("compression", [False, True])
def test_large_messages(
    pyro5_client: Pyro5Client, uri: str, serializer: str, compression: bool
) -> None:
    size = 3_000_000
    assert pyro5_client("large", uri, serializer, size, compression) == [True, "short"]


def test_compressed_answers(pyro5_client: Pyro5Client, serializer: str) -> None:
    from tests.interop.thing import Thing

    with pyrox.Daemon(config=pyrox.Config(compression=True)) as daemon:
        uri = str(daemon.register(Thing()))
        daemon.start()
        assert pyro5_client("large", uri, serializer, 300_000, True) == [True, "short"]
        assert pyro5_client("large", uri, serializer, 300_000, False) == [True, "short"]


def test_objects_arrive_as_proxies(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("autoproxy", uri, serializer) == [
        "Proxy",
        3,
        "Proxy",
        "PYRO:there@localhost:9",
    ]


@no_batches_over_marshal
def test_a_pyrox_method_calls_back_a_pyro5_object(
    pyro5_client: Pyro5Client, uri: str, serializer: str
) -> None:
    assert pyro5_client("call_back", uri, serializer) == ["mine", 5, 5]


def test_special_methods(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    assert pyro5_client("container", uri, serializer) == [3, "b", ["a", "b", "c"]]


def test_refused_handshakes_tell_why(
    pyro5_client: Pyro5Client, pyrox_daemon: pyrox.Daemon, serializer: str
) -> None:
    unknown, wrong = pyro5_client("rejections", pyrox_daemon.location, serializer)
    assert unknown[0] == wrong[0] == "Pyro5.errors.CommunicationError"
    assert unknown[1].endswith("rejected: unknown object")
    assert wrong[1].endswith("rejected: that is not the word")


def test_serialized_blobs_arrive(pyro5_client: Pyro5Client, uri: str, serializer: str) -> None:
    seen, after = pyro5_client("blob", uri, serializer)
    assert seen == ["info", [1, 2]]
    assert after == 2


@no_batches_over_marshal
def test_each_connection_has_a_session(
    pyro5_client: Pyro5Client, pyrox_daemon: pyrox.Daemon, serializer: str
) -> None:
    uri = str(pyrox_daemon.uri_for("session"))
    assert pyro5_client("session", uri, serializer) == [10, 20]


def test_many_clients_at_once_get_their_own_answers(pyro5_client: Pyro5Client, uri: str) -> None:
    assert pyro5_client("many_threads", uri, 12, 40) == []
