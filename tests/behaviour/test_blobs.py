"""Blobs: values that pass through a program without being read."""

from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker


class Reader:
    """Reads the blobs that it gets."""

    @pyrox.expose
    def read(self, blob: pyrox.SerializedBlob) -> Any:
        return [blob.info, blob.deserialized()]

    @pyrox.expose
    def kind(self, value: Any) -> str:
        return type(value).__name__


class Dispatcher:
    """Passes blobs on, which it could not read: it knows no class that is in them."""

    def __init__(self, target: pyrox.Proxy) -> None:
        self._target = target

    @pyrox.expose
    def pass_on(self, blob: pyrox.SerializedBlob) -> Any:
        return [blob.info, self._target.read(blob)]

    @pyrox.expose
    def annotations(self) -> list[str]:
        return sorted(pyrox.current_context.annotations)


DATA = [1, "two", [3.5, None], {"four": True}]


def test_a_blob_is_read_when_somebody_asks(serve: ObjectServer, serializer: str) -> None:
    proxy = serve(Reader(), serializer=serializer)
    assert list(proxy.read(pyrox.SerializedBlob("topic", DATA))) == ["topic", DATA]


def test_a_blob_passes_through_a_program_unread(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, serializer: str
) -> None:
    reader = make_proxy(make_daemon().register(Reader()), serializer=serializer)
    dispatcher = make_proxy(make_daemon().register(Dispatcher(reader)), serializer=serializer)
    info = {"topic": "weather", "number": 7}
    passed, read = dispatcher.pass_on(pyrox.SerializedBlob(info, DATA))
    assert passed == info
    assert list(read) == [info, DATA]


def test_classes_in_a_blob_need_not_be_known_on_the_way(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    ends = pyrox.Converters()
    ends.register(Point, lambda point: {"x": point.x}, lambda values: values["x"])
    reader = make_proxy(make_daemon(converters=ends).register(Reader()), serializer="msgpack")
    dispatcher = make_proxy(
        make_daemon().register(Dispatcher(reader)), serializer="msgpack", converters=ends
    )
    assert dispatcher.pass_on(pyrox.SerializedBlob("i", [Point(5)])) == ["i", ["i", [5]]]


def test_a_blob_that_was_made_here_gives_its_data() -> None:
    blob = pyrox.SerializedBlob("info", DATA)
    assert blob.deserialized() is DATA
    assert repr(blob) == "<SerializedBlob 'info'>"


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((pyrox.SerializedBlob("i", []), 1), {}), ((pyrox.SerializedBlob("i", []),), {"more": 1})],
)
def test_a_blob_is_the_only_argument(serve: ObjectServer, args: Any, kwargs: Any) -> None:
    with pytest.raises(pyrox.SerializeError, match="must be the only argument") as caught:
        serve(Reader()).kind(*args, **kwargs)
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT


def test_the_info_is_made_of_plain_values(serve: ObjectServer) -> None:
    proxy = serve(Reader())
    with pytest.raises(pyrox.SerializeError, match="plain values") as caught:
        proxy.read(pyrox.SerializedBlob(object(), []))
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    assert proxy.kind(1) == "int"


def test_nothing_of_a_blob_goes_with_later_calls(serve: ObjectServer) -> None:
    # Pyro 5 sent its annotation with every call that the thread made from then on.
    proxy = serve(Dispatcher(None))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        proxy.pass_on(pyrox.SerializedBlob("i", []))
    assert proxy.annotations() == []


def test_a_large_blob_arrives_whole_and_compressed_too(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, serializer: str
) -> None:
    uri = make_daemon(compression=True).register(Reader())
    config = pyrox.current_config().replace(compression=True)
    proxy = make_proxy(uri, serializer=serializer, config=config)
    _, data = proxy.read(pyrox.SerializedBlob("i", ["x" * 200_000]))
    assert data == ["x" * 200_000]
