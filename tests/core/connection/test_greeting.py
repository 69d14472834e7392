"""What two pyrox peers tell each other in the handshake, and Pyro 5 passes over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyrox
from pyrox import Peer
from pyrox.protocol.greeting import CAPABILITY_ANNOTATION, greeting, read_greeting

OURS = frozenset({"mux", "cancel"})


def met(text: bytes | None) -> Peer:
    peer = Peer()
    read_greeting(None if text is None else {CAPABILITY_ANNOTATION: text}, peer, OURS)
    return peer


def test_a_greeting_is_read_as_it_was_written() -> None:
    peer = met(greeting(("msgpack", "serpent", "json"), OURS))
    assert peer.is_pyrox
    assert peer.software == f"pyrox {pyrox.__version__}"
    assert peer.serializers == ("msgpack", "serpent", "json")
    assert peer.capabilities == OURS


def test_a_greeting_is_readable_text() -> None:
    assert greeting(("json",)).decode("ascii").startswith(f"pyrox={pyrox.__version__};")


def test_without_serializers_none_are_announced() -> None:
    assert met(greeting(())).serializers == ()


@pytest.mark.parametrize("annotations", [None, {}, {"USER": b"pyrox=1"}])
def test_a_pyro5_peer_says_nothing(annotations: dict[str, bytes] | None) -> None:
    peer = Peer()
    read_greeting(annotations, peer)
    assert not peer.is_pyrox
    assert (peer.software, peer.serializers, peer.capabilities) == ("", (), frozenset())


def test_unknown_keys_are_for_later_versions() -> None:
    peer = met(b"pyrox=9.9;colour=blue;capabilities=;serializers=json;;x")
    assert peer.software == "pyrox 9.9"
    assert peer.serializers == ("json",)


def test_only_capabilities_that_both_have_count() -> None:
    assert met(b"pyrox=9.9;capabilities=teleport,mux").capabilities == {"mux"}
    assert met(greeting(("json",))).capabilities == frozenset()


def test_a_greeting_without_a_version_is_no_pyrox_greeting() -> None:
    assert not met(b"serializers=json").is_pyrox


def test_a_greeting_of_unreasonable_length_is_passed_over() -> None:
    assert met(b"pyrox=1;" + b"x" * 4088).is_pyrox
    assert not met(b"pyrox=1;" + b"x" * 4089).is_pyrox


@given(st.binary(max_size=200))
def test_any_greeting_can_be_read(text: bytes) -> None:
    met(text)
