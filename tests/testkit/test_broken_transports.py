"""The suite finds what is wrong with a transport, names it, and comes to an end itself."""

import socket
from collections.abc import Sequence
from typing import Any

import pytest

from pyrox import Buffer, Config, Listener, SocketStream
from pyrox_tcp import TcpTransport
from tests.testkit.authors import Told, asked_about, check_found, class_for_each, suite_run

pytestmark = pytest.mark.thorough

pytest_plugins = ["pytester"]


class Honest(SocketStream):
    """A stream without a flaw; subclasses have one each."""


class ForgetsTimeouts(Honest):
    def set_timeouts(self, receive: float, send: float) -> None: ...


class SaysThatAllWasSent(Honest):
    def send_nowait(self, buffers: Sequence[Buffer]) -> int:
        super().send_nowait(buffers)
        return sum(map(len, buffers))


class WaitsAllTheSame(Honest):
    def recv_nowait(self, size: int) -> bytes:
        return self.recv(size)


class SendsOneBuffer(Honest):
    def send(self, buffers: Sequence[Buffer]) -> None:
        self.socket.sendall(buffers[0])


class ReceivesMore(Honest):
    def __init__(self, sock: socket.socket, peer_address: Any = None) -> None:
        super().__init__(sock, peer_address)
        self.recv = lambda size: sock.recv(size + 100)


class KeepsWhatNobodyAnnounces(Honest):
    kept = b""

    def recv_nowait(self, size: int) -> bytes:
        self.kept = self.kept or super().recv_nowait(65536)
        data, self.kept = self.kept[:size], self.kept[size:]
        return data


class InterruptsNobody(Honest):
    def interrupt(self) -> None: ...


class StaysOpen(Honest):
    def close(self) -> None: ...


class EndsNothing(Honest):
    def end(self) -> None: ...


class AbandonsForItsParent(Honest):
    def abandon(self) -> None:
        self.interrupt()


class HonestTransport(TcpTransport):
    """A transport without a flaw, but for that of its streams."""

    scheme = "honest"

    def __init__(self, stream: type[SocketStream] = Honest) -> None:
        self.stream = stream

    def wrap(self, sock: socket.socket, peer_address: Any) -> SocketStream:
        return self.stream(sock, peer_address)


class TellsPortZero(HonestTransport):
    def listen(self, location: str, config: Config) -> Listener:
        listener = super().listen(location, config)
        listener.location = "localhost:0"
        return listener


class WaitsToAccept(HonestTransport):
    def listen(self, location: str, config: Config) -> Listener:
        listener: Any = super().listen(location, config)
        listener.socket.setblocking(True)
        return listener  # type: ignore[no-any-return]


class Shouts(HonestTransport):
    scheme = "HONEST"


FLAWS: dict[type[Honest] | type[HonestTransport], tuple[str, str]] = {
    # the test that finds it, and some of its words
    # The author would wait longer, and be told what did not come; here it counts as hanging.
    ForgetsTimeouts: ("test_receiving_waits_no_longer_than_it_may", "still runs after"),
    SaysThatAllWasSent: ("test_what_did_not_go_out_at_once_goes_out_later", "still runs after"),
    WaitsAllTheSame: ("test_where_nothing_has_come_receiving_would_wait", "still runs after"),
    SendsOneBuffer: ("test_several_buffers_arrive_one_behind_the_other", "still runs after"),
    ReceivesMore: ("test_no_more_is_received_than_was_asked_for", "abcdef"),
    KeepsWhatNobodyAnnounces: (
        "test_what_was_received_and_not_asked_for_yet_is_announced", "still runs after"
    ),
    InterruptsNobody: ("test_waiting_is_interrupted_from_another_thread", "still runs after"),
    StaysOpen: ("test_the_peer_sees_the_end_behind_all_that_was_sent", "still runs after"),
    EndsNothing: ("test_ending_tells_the_peer_that_no_more_comes", "still runs after"),
    AbandonsForItsParent: ("test_a_forked_process_lets_go_without_a_word", "Error"),
    TellsPortZero: ("test_a_listener_says_where_it_can_be_reached", "is not the real one"),
    WaitsToAccept: (
        "test_there_is_nobody_to_accept_before_somebody_connects", "still runs after"
    ),
    Shouts: ("test_its_scheme_can_stand_in_a_uri", "lower case"),
}  # fmt: skip

AUTHORS_FILE = f"""
import pytest
from pyrox import SocketStream
from pyrox_testkit import TransportSuite
import {__name__} as broken

class Flawed(TransportSuite):
    pyrox_time_limit = 0.8

    @pytest.fixture
    def transport(self):
        flaw = getattr(broken, type(self).__name__[len("Test"):])
        return broken.HonestTransport(flaw) if issubclass(flaw, SocketStream) else flaw()

class TestNothing(TransportSuite): pass
""" + class_for_each(FLAWS)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What the suite says of each flaw, in one run."""
    tests = asked_about(FLAWS)
    tests += ["TestNothing::test_its_scheme_can_stand_in_a_uri"]
    return suite_run(tmp_path_factory.mktemp("author"), AUTHORS_FILE, tests)


@pytest.mark.parametrize("flawed", FLAWS, ids=lambda flawed: flawed.__name__)
def test_a_flaw_is_found_by_the_test_that_is_named_for_it(told: Told, flawed: type) -> None:
    check_found(told, FLAWS, flawed)


def test_without_the_fixture_the_author_is_told(told: Told) -> None:
    [(kind, text)] = told["TestNothing", "test_its_scheme_can_stand_in_a_uri"]
    assert kind == "error"
    assert "define a fixture `transport`" in text


def test_the_suites_themselves_are_not_collected(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("from pyrox_testkit import SerializerSuite, StorageSuite, TransportSuite")
    result = pytester.runpytest_inprocess("-p", "no:asyncio", "-p", "no:hypothesispytest")
    result.assert_outcomes()
