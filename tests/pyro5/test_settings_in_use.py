"""Reference 2: which settings count at once, for daemons and proxies that are there already."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, config, expose

Run = Callable[[Daemon], Daemon]
Connect = Callable[..., Proxy]


@expose
class Service:
    def fail(self) -> None:
        secret = "the local value"  # noqa: F841  (it is what a detailed traceback shows)
        self.really_fail()

    def really_fail(self) -> None:
        inner = "the inner value"  # noqa: F841
        raise ValueError("failed")

    def count(self) -> Iterator[int]:
        return iter(range(3))

    def kind(self, value: Any) -> str:
        return type(value).__name__

    def make(self, size: int) -> str:
        return "x" * size


def traceback_of(proxy: Proxy) -> str:
    """Return the remote traceback of a call that fails."""
    with pytest.raises(ValueError, match="failed") as caught:
        proxy.fail()
    return "".join(vars(caught.value)["_pyroTraceback"])


def test_tracebacks_become_detailed_and_short_again(connect: Connect) -> None:
    proxy = connect(Service())
    assert "the inner value" not in traceback_of(proxy).replace('"', "").partition("Local")[2]
    config.DETAILED_TRACEBACK = True
    assert "inner = 'the inner value'" in traceback_of(proxy)
    config.DETAILED_TRACEBACK = False
    assert "inner = 'the inner value'" not in traceback_of(proxy)


def test_streaming_can_be_switched_off_and_on(connect: Connect) -> None:
    proxy = connect(Service())
    config.ITER_STREAMING = False
    with pytest.raises(errors.ProtocolError, match="not configured to allow streaming"):
        proxy.count()
    config.ITER_STREAMING = True
    assert list(proxy.count()) == [0, 1, 2]


def test_streams_that_are_there_get_another_time_to_live(connect: Connect, daemon: Daemon) -> None:
    proxy = connect(Service())
    items = proxy.count()
    assert next(items) == 0
    config.ITER_STREAM_LIFETIME, config.ITER_STREAM_LINGER = 1.5, 2.5
    streams = daemon._pyrox.streams
    assert (streams.lifetime, streams.linger) == (1.5, 2.5)
    config.ITER_STREAM_LIFETIME = 0.0
    assert list(items) == [1, 2]


def test_bytes_are_written_as_the_setting_says_by_then(connect: Connect) -> None:
    proxy = connect(Service())
    assert proxy.kind(b"ada") == "dict"
    config.SERPENT_BYTES_REPR = True
    assert proxy.kind(b"ada") == "bytes"
    config.SERPENT_BYTES_REPR = False
    assert proxy.kind(b"ada") == "dict"


def test_the_serializer_is_the_one_that_is_set_by_then(connect: Connect) -> None:
    proxy = connect(Service())
    proxy._pyroRawWireResponse = True
    for name, number in {"json": 3, "marshal": 2, "msgpack": 4, "serpent": 1}.items():
        config.SERIALIZER = name
        assert proxy.kind(1).serializer_id == number


def test_a_new_connection_has_the_limit_of_now(daemon: Daemon) -> None:
    uri = daemon.register(Service())
    config.MAX_MESSAGE_SIZE = 2000
    with Proxy(uri) as proxy, pytest.raises(errors.ProtocolError, match="message too large"):
        proxy.make(5000)
    config.MAX_MESSAGE_SIZE = 100_000
    with Proxy(uri) as proxy:
        assert len(proxy.make(5000)) == 5000


def test_a_new_connection_is_logged_if_that_is_asked_for_by_then(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    uri = daemon.register(Service())
    config.LOGWIRE = True
    with caplog.at_level(logging.DEBUG, "pyrox.wire"), Proxy(uri) as proxy:
        proxy.kind("a word that nobody says")
    assert "received from" in caplog.text
    assert caplog.text.count("a word that nobody says") == 2


def test_what_pyro5_copies_when_it_makes_a_proxy_stays_as_it_was() -> None:
    before = Proxy("PYRO:a@localhost:1")
    config.COMMTIMEOUT, config.MAX_RETRIES = 1.5, 3
    after = Proxy("PYRO:a@localhost:1")
    assert (before._pyroTimeout, before._pyroMaxRetries) == (0.0, 0)
    assert (after._pyroTimeout, after._pyroMaxRetries) == (1.5, 3)


def test_a_value_that_cannot_be_leaves_the_daemons_as_they_are(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    uri = daemon.register(Service())
    before = config.ITER_STREAM_LINGER
    with caplog.at_level(logging.WARNING, "Pyro5"):
        config.ITER_STREAM_LINGER = "soon"
    assert "the daemons go on with the settings that they had" in caplog.text
    config.ITER_STREAM_LINGER = before
    with Proxy(uri) as proxy:
        assert proxy.kind(1) == "int"


def test_a_multiplex_daemon_keeps_quiet_clients_whatever_changes(run: Run) -> None:
    config.SERVERTYPE = "multiplex"
    daemon = run(Daemon())
    config.SERVERTYPE = "thread"
    config.COMMTIMEOUT = 5.0
    assert daemon._pyrox.config.idle_timeout == 0.0


def test_a_reset_is_a_change_too(daemon: Daemon) -> None:
    config.ITER_STREAMING = False
    assert not daemon._pyrox.config.item_streaming
    config.reset()
    assert daemon._pyrox.config.item_streaming
