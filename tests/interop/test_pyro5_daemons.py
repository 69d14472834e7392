"""pyrox proxies and the daemons of the real Pyro5."""

import threading
import uuid
from typing import Any

import pytest

import pyrox
from tests.interop.thing import Thing


def test_the_peer_is_seen_to_be_pyro5(thing: pyrox.Proxy) -> None:
    thing._pyro.bind()
    peer = thing._pyro.peer
    assert peer is not None
    assert not peer.is_pyrox
    assert peer.serializers == ()


def test_without_a_choice_pyro5_is_called_with_its_own_default(
    pyro5_uris: dict[str, str],
) -> None:
    with pyrox.Proxy(pyro5_uris["thing"]) as thing:
        assert thing.echo((1, {2})) == (1, {2})  # serpent alone keeps both
        assert thing._pyro.serializer == "auto"


def test_calls_and_their_results(thing: pyrox.Proxy) -> None:
    assert thing.add(2, 3) == 5
    assert thing.add(b=3, a=2) == 5
    assert thing.echo("grüße 你好") == "grüße 你好"
    args, kwargs = thing.collect(1, "two", None, x=[1], y={"z": True})
    assert (list(args), kwargs) == ([1, "two", None], {"x": [1], "y": {"z": True}})


@pytest.mark.parametrize("value", [None, True, -1, 2**70, 1.5, "", [], [1, [2]], {"k": [None]}])
def test_values_come_back_as_they_were(thing: pyrox.Proxy, value: Any) -> None:
    assert thing.echo(value) == value


def test_attributes(thing: pyrox.Proxy) -> None:
    # Over marshal, too, though Pyro5 itself cannot write what asks for them.
    thing.value = 22
    assert thing.value == 22
    thing.value = 1
    assert thing.constant == "constant"
    with pytest.raises(AttributeError, match="constant"):
        thing.constant = "other"


def test_names_that_are_not_exposed(thing: pyrox.Proxy) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = thing.nonsense
    with pytest.raises(AttributeError, match="unexposed"):
        thing._pyro.call("unexposed", (), {})
    assert thing.add(1, 1) == 2


def test_a_builtin_exception_keeps_class_arguments_attributes_and_traceback(
    thing: pyrox.Proxy,
) -> None:
    with pytest.raises(ValueError, match="bad value") as caught:
        thing.fail("value")
    assert caught.value.args == ("bad value", 42)
    assert caught.value.field == "age"  # type: ignore[attr-defined]
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    assert thing.add(1, 1) == 2


def test_an_exception_of_pyro5_arrives_as_pyroxs(thing: pyrox.Proxy) -> None:
    with pytest.raises(pyrox.NamingError, match="unknown name: x"):
        thing.fail("naming")
    assert thing.add(1, 1) == 2


def test_an_unknown_exception_keeps_name_text_and_traceback(thing: pyrox.Proxy) -> None:
    with pytest.raises(pyrox.RemoteError, match=r"StockError: .*sold out") as caught:
        thing.fail("custom")
    assert caught.value.remote_class == "__main__.StockError"
    assert caught.value.args == ("sold out", 3)
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    assert thing.add(1, 1) == 2


def test_a_result_that_cannot_travel_leaves_the_proxy_usable(thing: pyrox.Proxy) -> None:
    with pytest.raises((pyrox.SerializeError, pyrox.SecurityError, TypeError)):
        thing.hidden_result()
    assert thing.add(1, 1) == 2


def test_an_argument_that_pyro5_does_not_know_leaves_the_proxy_usable(thing: pyrox.Proxy) -> None:
    class Unknown:
        pass

    with pytest.raises((pyrox.SerializeError, pyrox.SecurityError)):
        thing.echo(Unknown())
    assert thing.add(1, 1) == 2


def test_batches(thing: pyrox.Proxy) -> None:
    batch = thing._pyro.batch()
    batch.add(1, 2)
    batch.echo("x")
    batch.add(5, b=7)
    assert list(batch()) == [3, "x", 12]


def test_a_failure_in_a_batch_shows_in_its_place(thing: pyrox.Proxy, serializer: str) -> None:
    if serializer == "marshal":
        pytest.skip("Pyro5 itself cannot write a failed batch with marshal")
    batch = thing._pyro.batch()
    batch.add(1, 2)
    batch.fail("value")
    batch.add(3, 4)
    results = batch()
    assert next(results) == 3
    with pytest.raises(ValueError, match="bad value") as caught:
        next(results)
    assert caught.value.field == "age"  # type: ignore[attr-defined]
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    assert list(results) == []


def test_oneway_calls_and_batches(thing: pyrox.Proxy) -> None:
    assert thing._pyro.oneway == {"note"}
    assert thing.note("noted") is None
    assert thing.notes(1) == ["noted"]
    batch = thing._pyro.batch()
    batch.note("one")
    batch.note("two")
    assert batch(oneway=True) is None
    assert sorted(thing.notes(2)) == ["one", "two"]


def test_item_streams_beside_each_other_and_calls(thing: pyrox.Proxy) -> None:
    one, two = thing.items(3), thing.items(3)
    assert [(a, b, thing.add(a, b)) for a, b in zip(one, two, strict=True)] == [
        (0, 0, 0),
        (1, 1, 2),
        (2, 2, 4),
    ]
    assert list(thing.items(0)) == []


def test_an_error_in_an_item_stream(thing: pyrox.Proxy) -> None:
    stream = thing.failing_items()
    assert next(stream) == "first"
    with pytest.raises(LookupError, match="no second"):
        next(stream)
    assert list(stream) == []


@pytest.mark.parametrize("how", ["close", "forget"])
def test_an_item_stream_that_ends_early_is_closed_there(thing: pyrox.Proxy, how: str) -> None:
    stream = thing.endless()
    assert next(stream) == "item"
    if how == "close":
        stream.close()
    del stream
    assert thing.notes(1) == ["closed"]


def test_an_item_stream_goes_on_over_a_new_connection(thing: pyrox.Proxy) -> None:
    stream = thing.items(3)
    assert next(stream) == 0
    thing._pyro.release()
    assert list(stream) == [1, 2]


def test_annotations_and_correlation_ids_go_both_ways(thing: pyrox.Proxy) -> None:
    mine = uuid.uuid4()
    with pyrox.call_options(annotations={"USER": b"ada"}, correlation_id=mine):
        correlation, annotations = thing.context()
    assert correlation == str(mine)
    assert annotations == {"USER": "ada"}
    back = {key: bytes(data) for key, data in pyrox.current_context.response_annotations.items()}
    assert back == {"BACK": b"from pyro5"}
    thing.add(1, 1)
    assert not pyrox.current_context.response_annotations


def test_metadata_arrive_whatever_form_they_have(thing: pyrox.Proxy) -> None:
    assert {"add", "echo", "fail", "items", "__len__"} <= thing._pyro.methods
    assert thing._pyro.attributes == {"value", "constant"}
    assert thing._pyro.oneway == {"note"}


def test_the_daemon_answers_about_itself(pyro5_uris: dict[str, str], serializer: str) -> None:
    location = pyro5_uris["thing"].partition("@")[2]
    with pyrox.Proxy(f"PYRO:{pyrox.DAEMON_ID}@{location}", serializer=serializer) as daemon:
        assert daemon.ping() is None
        assert {"thing", "session", pyrox.DAEMON_ID} <= set(daemon.registered())
        assert daemon.info().startswith("Pyro.Daemon bound on")
        assert set(daemon.get_metadata("thing")["attrs"]) == {"value", "constant"}


@pytest.mark.parametrize("compression", [False, True])
def test_large_messages(pyro5_uris: dict[str, str], serializer: str, compression: bool) -> None:
    config = pyrox.Config(compression=compression)
    with pyrox.Proxy(pyro5_uris["thing"], serializer=serializer, config=config) as thing:
        text = "0123456789" * 300_000
        assert thing.echo(text) == text
        assert thing.echo("short") == "short"


def test_objects_arrive_as_proxies(thing: pyrox.Proxy, serializer: str) -> None:
    if serializer == "marshal":
        pytest.skip("Pyro5 makes no proxies of objects with marshal")
    made = thing.make()
    assert isinstance(made, pyrox.Proxy)
    with made:
        assert made.add(1, 2) == 3
        assert thing.kind_of(made) == "Proxy"
    assert str(thing.uri()) == "PYRO:there@localhost:9"


def test_a_pyro5_method_calls_back_a_pyrox_object(thing: pyrox.Proxy) -> None:
    with pyrox.Daemon() as daemon:
        mine = Thing()
        daemon.register(mine)
        daemon.start()
        assert thing.use(mine, 5) == 10


def test_special_methods(thing: pyrox.Proxy) -> None:
    assert len(thing) == 3
    assert thing[1] == "b"
    assert list(thing) == ["a", "b", "c"]
    assert "c" in thing


def test_handshake_data_go_there_and_back(pyro5_uris: dict[str, str], serializer: str) -> None:
    uri, data = pyro5_uris["thing"], {"user": "ada"}
    with pyrox.Proxy(uri, serializer=serializer, handshake=data) as thing:
        thing._pyro.bind()
        assert thing._pyro.handshake_answer == data


def test_refused_handshakes_tell_why(pyro5_uris: dict[str, str], serializer: str) -> None:
    uri = pyro5_uris["thing"]
    with pytest.raises(pyrox.ConnectError, match="rejected: that is not the word"):
        pyrox.connect(uri, serializer=serializer, handshake="wrong")
    with pytest.raises(pyrox.ConnectError, match="rejected: unknown object"):
        pyrox.connect(uri.replace("thing", "nobody"), serializer=serializer)


def test_each_connection_has_a_session(pyro5_uris: dict[str, str]) -> None:
    with pyrox.Proxy(pyro5_uris["session"]) as one, pyrox.Proxy(pyro5_uris["session"]) as two:
        one.value, two.value = 10, 20
        assert (one.value, two.value) == (10, 20)


def test_threads_share_a_proxy(thing: pyrox.Proxy) -> None:
    wrong: list[Any] = []

    def hammer(number: int) -> None:
        for each in range(40):
            if thing.add(number, each) != number + each:
                wrong.append((number, each))

    running = [threading.Thread(target=hammer, args=(number,)) for number in range(5)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert wrong == []


def test_a_timeout_leaves_the_proxy_usable(thing: pyrox.Proxy) -> None:
    thing._pyro.timeout = 0.2
    with pytest.raises(pyrox.TimeoutError):
        thing.block()
    thing._pyro.timeout = 20
    assert thing.add(1, 1) == 2
    thing.unblock()


def test_serialized_blobs_arrive(thing: pyrox.Proxy) -> None:
    if thing._pyro.serializer == "json":
        pytest.skip("Pyro5 cannot read a blob that json wrote")
    info, data = thing.read(pyrox.SerializedBlob({"topic": 5}, [1, "two"]))
    assert (info, list(data)) == ({"topic": 5}, [1, "two"])
