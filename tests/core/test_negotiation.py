"""Which serializers a side reads, says hello in, and calls with."""

from types import SimpleNamespace
from typing import Any

import pytest

from pyrox import (
    CallContext,
    Config,
    Message,
    MessageType,
    Peer,
    PluginError,
    Plugins,
    SerializeError,
)
from pyrox.protocol.greeting import CAPABILITY_ANNOTATION, greeting, read_greeting
from pyrox.protocol.negotiation import accepted, choose, for_handshake, introduce
from tests.core.fakes import FakeSerializer, Offering

KNOWN = {
    "serpent": FakeSerializer("serpent", 1, 50),
    "marshal": FakeSerializer("marshal", 2, 0),
    "json": FakeSerializer("json", 3, 40),
    "msgpack": FakeSerializer("msgpack", 4, 100),
    "exotic": FakeSerializer("exotic", 40, 200),
}


def having(*names: str) -> Plugins:
    plugins = Plugins([])
    plugins.register(Offering(serializer=[KNOWN[name] for name in names]))
    return plugins


ALL = having("serpent", "marshal", "json", "msgpack")


# What a daemon reads


def test_a_daemon_reads_all_that_are_installed_the_best_first() -> None:
    assert list(accepted(Config(), ALL)) == [4, 1, 3, 2]


def test_a_daemon_reads_only_what_its_settings_allow() -> None:
    assert list(accepted(Config(serializers=("marshal", "json")), ALL)) == [2, 3]


def test_a_setting_that_names_what_is_not_installed_is_an_error() -> None:
    with pytest.raises(PluginError, match=r"no serializer 'msgpack'.*pip install pyrox-msgpack"):
        accepted(Config(serializers=("json", "msgpack")), having("json"))


# How a client says hello


@pytest.mark.parametrize(
    ("data", "installed", "chosen"),
    [
        ("hello", ("serpent", "json", "msgpack"), "json"),
        ({"a": 1}, ("serpent", "json", "msgpack"), "serpent"),
        (("a", 1), ("json", "msgpack"), "json"),
        ("hello", ("serpent", "msgpack"), "serpent"),
        ("hello", ("msgpack", "marshal"), "msgpack"),
    ],
)
def test_hello_is_said_in_what_every_pyro5_peer_reads(
    data: Any, installed: Any, chosen: str
) -> None:
    assert for_handshake("auto", data, having(*installed)).name == chosen


def test_hello_is_said_in_the_serializer_that_was_asked_for() -> None:
    assert for_handshake("marshal", "hello", ALL).name == "marshal"


def test_without_any_serializer_the_error_says_what_to_install() -> None:
    with pytest.raises(PluginError, match=r'pip install "pyrox-core\[standard\]"'):
        for_handshake("auto", "hello", having())


# What calls are made with


@pytest.mark.parametrize(
    ("announced", "installed", "chosen"),
    [
        (("serpent", "json", "msgpack"), ("serpent", "json", "msgpack"), "msgpack"),
        (("json", "serpent"), ("serpent", "json", "msgpack"), "serpent"),
        (("serpent", "later"), ("serpent", "json", "msgpack"), "serpent"),
        (("exotic", "msgpack"), ("exotic", "json", "msgpack"), "exotic"),
        (("marshal", "json"), ("marshal", "json"), "json"),
        ((), ("serpent", "json", "msgpack", "marshal"), "serpent"),
        ((), ("json", "msgpack", "marshal"), "json"),
    ],
)
def test_calls_are_made_with_the_best_that_both_have(
    announced: Any, installed: Any, chosen: str
) -> None:
    assert choose("auto", announced, having(*installed)).name == chosen


def test_calls_are_made_with_the_serializer_that_was_asked_for() -> None:
    assert choose("marshal", ("json",), ALL).name == "marshal"


@pytest.mark.parametrize(
    ("announced", "installed", "reason"),
    [
        (("json",), ("msgpack",), "here msgpack; there json. pip install pyrox-json"),
        ((), ("msgpack",), "there json, serpent"),
        (("json",), (), "here none"),
    ],
)
def test_without_a_common_serializer_the_error_says_what_to_install(
    announced: Any, installed: Any, reason: str
) -> None:
    with pytest.raises(SerializeError) as caught:
        choose("auto", announced, having(*installed))
    assert reason in str(caught.value)


def test_a_serializer_that_is_not_installed_cannot_be_asked_for() -> None:
    for asked in (lambda: choose("msgpack", (), having("json")),
                  lambda: for_handshake("msgpack", "hello", having("json"))):  # fmt: skip
        with pytest.raises(PluginError, match="pip install pyrox-msgpack"):
            asked()


# Where there is no handshake


class Named:
    """As much of a daemon as there is to tell of."""

    config = Config(serializers=("msgpack", "json"))
    plugins = ALL
    capabilities: frozenset[str] = frozenset()


def context_of(annotations: dict[str, bytes] | None) -> CallContext:
    link = SimpleNamespace(peer=Peer())
    request = Message(MessageType.INVOKE, 0, 1, 3, b"", annotations, None)
    return CallContext(None, link, request, "Pyro.Daemon", "get_metadata")


def test_a_pyrox_peer_is_told_who_we_are_when_it_says_who_it_is() -> None:
    context = context_of({CAPABILITY_ANNOTATION: greeting(("serpent",))})
    introduce(context, Named())
    assert context.peer.is_pyrox
    assert context.peer.serializers == ("serpent",)
    told = Peer()
    read_greeting(context.response_annotations, told)  # type: ignore[arg-type]
    assert told.is_pyrox
    assert told.serializers == ("msgpack", "json")


def test_a_pyro5_peer_says_nothing_and_is_told_nothing() -> None:
    context = context_of(None)
    introduce(context, Named())
    assert not context.peer.is_pyrox
    assert context.response_annotations == {}
