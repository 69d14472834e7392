"""Those who connect and do not shake hands: their time is short, and the log is not theirs."""

import contextlib
import logging
import socket
from collections.abc import Iterator

import pytest

import pyrox
from tests.behaviour.objects import PATIENCE, eventually
from tests.drivers.conftest import Start
from tests.drivers.served import Served

LIMIT = 0.2
BY_TCP_AND_TLS = pytest.mark.parametrize("location", ["tcp", "tls"], indirect=True)
BY_TCP = pytest.mark.parametrize("location", ["tcp"], indirect=True)


@pytest.fixture
def strangers() -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as cleanup:
        found: list[socket.socket] = []
        yield found
        for stranger in found:
            cleanup.callback(stranger.close)


def connect(served: Served) -> socket.socket:
    """Connect without a word."""
    host, port = pyrox.split_host_port(served.daemon.location)
    assert port is not None
    return socket.create_connection((host, port), timeout=PATIENCE)


def is_sent_away(stranger: socket.socket) -> bool:
    """Whether the connection ends within our patience, whatever comes before that."""
    while stranger.recv(1000):
        pass
    return True


@BY_TCP_AND_TLS
def test_a_handshake_that_takes_too_long_ends_without_waiting_for_housekeeping(
    start: Start, strangers: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.logic.daemon_base.HOUSEKEEPING", 10 * PATIENCE)
    served = start(handshake_timeout=LIMIT)
    strangers.append(connect(served))
    assert is_sent_away(strangers[0])


@BY_TCP_AND_TLS
def test_whom_nothing_can_be_told_any_more_has_no_time_to_read_it(
    start: Start, strangers: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    for driver in ("sync", "aio"):
        monkeypatch.setattr(f"pyrox.{driver}.server.FAREWELL", 10 * PATIENCE)
    served = start(handshake_timeout=LIMIT)
    strangers.append(connect(served))
    strangers[0].sendall(b"\x16\x03\x01\x00\xc8")  # the beginning of a handshake by TLS
    assert is_sent_away(strangers[0])


@BY_TCP
def test_many_of_them_are_told_of_in_a_few_lines(
    start: Start, strangers: list[socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    served = start(handshake_timeout=LIMIT)
    strangers += [connect(served) for _ in range(40)]
    assert all(is_sent_away(stranger) for stranger in strangers)
    for stranger in strangers:
        stranger.close()
    eventually(lambda: served.daemon.connections == 0)
    served.shutdown()
    lines = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    *named, counted = [line for line in lines if "the handshake took too long" in line]
    assert len(named) == 5
    assert all(line.startswith("closing the connection of 127.0.0.1:") for line in named)
    assert "closing the connection of 35 more clients in the last " in counted


@BY_TCP
def test_those_who_make_room_are_told_of_in_a_few_lines(
    start: Start, strangers: list[socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    served = start(max_unauthenticated=2)
    strangers += [connect(served) for _ in range(40)]
    assert all(is_sent_away(stranger) for stranger in strangers[:-2])
    served.shutdown()
    lines = [r.getMessage() for r in caplog.records if "without a handshake" in r.getMessage()]
    assert len(lines) == 6
    assert lines[-1].startswith("dropped 33 more clients in the last ")
