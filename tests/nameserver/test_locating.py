"""Finding a name server, played by hand: no network takes part."""

from typing import Any

import pytest

from pyrox import (
    URI,
    Broadcast,
    Call,
    Config,
    ConnectError,
    NamingError,
    UsageError,
)
from pyrox_nameserver import NameServerResolver

REFUSED = ConnectError("cannot connect there: nothing listens there; check the port")
resolver = NameServerResolver()


def server(location: str) -> URI:
    return URI(f"PYRO:Pyro.NameServer@{location}")


@pytest.fixture(autouse=True)
def on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")


def test_a_location_is_asked_and_nothing_else(config: Config, play: Any) -> None:
    steps, found = play(resolver.locate("there:1234", False, config), None)
    assert steps == [Call(server("there:1234"), "ping")]
    assert found == server("there:1234")


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("there", "there:9090"),
        ("there:0", "there:0"),
        ("::1", "[::1]:9090"),
        ("[::1]", "[::1]:9090"),
        ("[::1]:5", "[::1]:5"),
        ("./u:/run/ns.sock", "./u:/run/ns.sock"),
    ],
)
def test_a_location_is_completed(config: Config, play: Any, location: str, asked: str) -> None:
    _, found = play(resolver.locate(location, False, config), None)
    assert found == server(asked)


def test_a_location_may_name_its_transport(config: Config, play: Any) -> None:
    _, found = play(resolver.locate("tls://there:1", False, config), None)
    assert str(found) == "PYRO+TLS:Pyro.NameServer@there:1"


def test_without_a_location_the_settings_say_where(config: Config, play: Any) -> None:
    config = config.replace(ns_host="there", ns_port=7)
    _, found = play(resolver.locate(None, False, config), None)
    assert found == server("there:7")


def test_on_this_machine_two_addresses_are_tried(config: Config, play: Any) -> None:
    steps, found = play(resolver.locate(None, False, config), REFUSED, None)
    assert [step.uri for step in steps] == [server("localhost:9090"), server("127.0.1.1:9090")]
    assert found == server("127.0.1.1:9090")


def test_elsewhere_only_one_is(config: Config, play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    steps, found = play(resolver.locate(None, False, config), REFUSED)
    assert len(steps) == 1
    assert isinstance(found, NamingError)


def test_no_broadcast_is_made_unless_it_is_wanted(config: Config, play: Any) -> None:
    steps, error = play(resolver.locate(None, False, config), REFUSED, REFUSED)
    assert not any(isinstance(step, Broadcast) for step in steps)
    assert isinstance(error, NamingError)


def test_a_broadcast_is_made_last_and_its_answer_is_verified(config: Config, play: Any) -> None:
    answer = b"PYRO:Pyro.NameServer@192.0.2.1:9999", ("192.0.2.1", 9091)
    steps, found = play(resolver.locate(None, True, config), REFUSED, REFUSED, answer, None)
    assert steps[2] == Broadcast(b"GET_NSURI", ("<broadcast>", "0.0.0.0"), 9091, 0.7)
    assert steps[3] == Call(server("192.0.2.1:9999"), "ping")
    assert found == server("192.0.2.1:9999")


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        b"PYRO:Other.Object@192.0.2.1:1",
        b"PYRONAME:Pyro.NameServer@192.0.2.1:1",
        b"PYRO:Pyro.NameServer@192.0.2.1:99999",
        b"PYRO:Pyro.NameServer@./u:/tmp/trap",
    ],
)
def test_an_answer_that_is_none_is_passed_over(config: Config, play: Any, garbage: bytes) -> None:
    answers = [(garbage, ("192.0.2.1", 9091)), None, None]
    steps, error = play(resolver.locate(None, True, config), REFUSED, REFUSED, *answers)
    assert len(steps) == 5
    assert isinstance(error, NamingError)


def test_a_server_that_does_not_know_its_address_is_found_by_the_senders(
    config: Config, play: Any
) -> None:
    answer = b"PYRO:Pyro.NameServer@0.0.0.0:9090", ("192.0.2.1", 9091)
    _, found = play(resolver.locate(None, True, config), REFUSED, REFUSED, answer, None)
    assert found == server("192.0.2.1:9090")


def test_the_error_names_every_place_and_what_to_do(config: Config, play: Any) -> None:
    first = ConnectError("cannot connect to localhost:9090: nothing listens there; check")
    second = ConnectError("cannot connect to 127.0.1.1:9090: no answer in time; check")
    flow = resolver.locate(None, True, config)
    _, error = play(flow, first, second, None, None, None)
    text = str(error)
    assert "localhost:9090: nothing listens there" in text
    assert "127.0.1.1:9090: no answer in time" in text
    assert "nobody answered a broadcast to UDP port 9091" in text
    assert "`pyrox ns`" in text
    assert "PYROX_NS_HOST" in text


def test_the_error_for_a_given_location_does_not_talk_of_settings(
    config: Config, play: Any
) -> None:
    _, error = play(resolver.locate("there:1", False, config), REFUSED)
    assert "there" in str(error)
    assert "PYROX_NS_HOST" not in str(error)


def test_a_location_that_is_none_is_a_usage_error(config: Config, play: Any) -> None:
    _, error = play(resolver.locate("there:port", False, config))
    assert isinstance(error, UsageError)
