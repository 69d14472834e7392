"""The log of all messages, for the setting ``log_wire``."""

import logging

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ProxyMaker
from tests.behaviour.objects import Calculator


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "pyrox.wire")
    return caplog


def test_every_message_is_logged_at_both_ends(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, lines: pytest.LogCaptureFixture
) -> None:
    uri = make_daemon(log_wire=True).register(Calculator())
    config = pyrox.current_config().replace(log_wire=True)
    proxy = make_proxy(uri, serializer="json", config=config)
    assert proxy.echo("look for me") == "look for me"
    text = [r.getMessage() for r in lines.records if r.name == "pyrox.wire"]
    for way, kind, payload in [
        ("sent to", "CONNECT ", "hello"),
        ("received from", "CONNECT ", "hello"),
        ("received from", "CONNECTOK", "methods"),
        ("sent to", "INVOKE", "look for me"),
        ("received from", "INVOKE", "look for me"),
        ("sent to", "RESULT", "look for me"),
        ("received from", "RESULT", "look for me"),
    ]:
        assert [line for line in text if line.startswith(way) and kind in line and payload in line]


def test_of_a_large_message_the_beginning_is_logged(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, lines: pytest.LogCaptureFixture
) -> None:
    uri = make_daemon(log_wire=True).register(Calculator())
    assert len(make_proxy(uri, serializer="json").echo("x" * 500_000)) == 500_000
    received = [line for line in map(str, lines.messages) if line.startswith("received")]
    (line,) = [line for line in received if "INVOKE" in line]
    assert "500" in line
    assert len(line) < 2000


def test_without_the_setting_nothing_is_logged(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, lines: pytest.LogCaptureFixture
) -> None:
    make_proxy(make_daemon().register(Calculator())).echo("look for me")
    assert "look for me" not in lines.text
