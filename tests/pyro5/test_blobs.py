"""Blobs: data that those in between pass on unread. Reference 1.17, 9.2-5 and 9.3-3."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, SerializedBlob, config, current_context, expose

Connect = Callable[..., Proxy]
Run = Callable[[Daemon], Daemon]


@expose
class Reader:
    def __init__(self) -> None:
        self.received: list[tuple[Any, Any]] = []

    def read(self, blob: SerializedBlob, *_: Any) -> str:
        self.received.append((blob.info, blob.deserialized()))
        return "read"

    def annotated(self) -> list[str]:
        return sorted(current_context.annotations)


@expose
class PassingOn:
    """Passes blobs on without looking at them."""

    def __init__(self, uri: Any) -> None:
        self.uri = uri

    def read(self, blob: SerializedBlob) -> Any:
        with Proxy(self.uri) as proxy:
            return proxy.read(blob)


DATA = [1, "two", {"three": [3.5]}]


def test_a_blob_arrives_with_its_info(connect: Connect, serializer: str) -> None:
    reader = Reader()
    assert connect(reader).read(SerializedBlob("about it", DATA)) == "read"
    assert reader.received == [("about it", DATA)]


def test_a_blob_is_passed_on_as_it_came(connect: Connect, run: Run, serializer: str) -> None:
    reader = Reader()
    behind = run(Daemon()).register(reader)
    assert connect(PassingOn(behind)).read(SerializedBlob("topic", DATA)) == "read"
    assert reader.received == [("topic", DATA)]


def test_a_blob_is_the_only_argument(connect: Connect) -> None:
    with pytest.raises(errors.SerializeError, match="must be the only argument"):
        connect(Reader()).read(SerializedBlob("info", DATA), 2)


def test_calls_after_a_blob_say_nothing_of_it(connect: Connect) -> None:
    # Pyro5 annotates all further calls of the thread with it.
    proxy = connect(Reader())
    proxy.read(SerializedBlob("secret", DATA))
    assert proxy.annotated() == []
    assert "BLBI" not in current_context.annotations


def test_what_is_about_the_blob_is_read_without_marshal(
    connect: Connect, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Marshal would take down the process on malicious data.
    import marshal

    def refuse(*_: Any) -> Any:
        raise AssertionError("marshal.loads was called on data from the network")

    reader = Reader()
    proxy = connect(reader)
    proxy._pyroBind()
    config.SERIALIZER = "serpent"
    monkeypatch.setattr(marshal, "loads", refuse)
    assert proxy.read(SerializedBlob("info", DATA)) == "read"
    assert sys.modules["marshal"].loads is refuse
