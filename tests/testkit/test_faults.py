"""Faults strike when they are told to, and programs that use pyrox come through them."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import pyrox
from pyrox_testkit import Faults
from tests.behaviour.objects import eventually

LOCATIONS = {"tcp": "localhost:0", "memory": "memory://"}


@pyrox.expose
class Ledger:
    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.lock = threading.Lock()

    def add(self, entry: Any) -> int:
        with self.lock:
            self.entries.append(entry)
            return len(self.entries)

    @pyrox.oneway
    def note(self, entry: Any) -> None:
        self.add(entry)

    @pyrox.expose(idempotent=True)
    def size(self) -> int:
        return len(self.entries)


@pytest.fixture(params=LOCATIONS)
def pyrox_location(request: pytest.FixtureRequest) -> str:
    return LOCATIONS[request.param]


@pytest.fixture(params=["multiplex", "thread"])
def pyrox_config(request: pytest.FixtureRequest) -> pyrox.Config:
    return pyrox.Config(server=request.param)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def proxy(ledger: Ledger, pyrox_proxy: Callable[..., Any], pyrox_faults: Faults) -> Any:
    """A proxy that meets faults, and is connected."""
    proxy = pyrox_proxy(ledger, plugins=pyrox_faults.plugins, timeout=10.0)
    proxy._pyro.bind()
    return proxy


def test_without_a_fault_all_passes(proxy: Any, pyrox_faults: Faults) -> None:
    assert proxy.add("a" * 300_000) == 1
    assert [proxy.add(number) for number in range(20)] == list(range(2, 22))
    assert pyrox_faults.log == []


def test_messages_are_counted(proxy: Any, pyrox_faults: Faults) -> None:
    before = pyrox_faults.passed("daemon"), pyrox_faults.passed("client")
    proxy.add(1)
    eventually(lambda: pyrox_faults.passed("client") == before[1] + 1)
    assert pyrox_faults.passed("daemon") == before[0] + 1


def test_a_call_that_was_dropped_times_out_and_never_ran(
    proxy: Any, ledger: Ledger, pyrox_faults: Faults
) -> None:
    pyrox_faults.drop()
    with pyrox.timeout(0.2), pytest.raises(pyrox.TimeoutError) as info:
        proxy.add(1)
    assert info.value.outcome is pyrox.Outcome.UNKNOWN
    assert ledger.entries == []
    assert pyrox_faults.log == ["drop INVOKE towards the daemon"]
    assert proxy.add(2) == 1


def test_an_answer_that_was_dropped_times_out_though_the_call_ran(
    proxy: Any, ledger: Ledger, pyrox_faults: Faults
) -> None:
    pyrox_faults.drop(towards="client")
    with pyrox.timeout(0.2), pytest.raises(pyrox.TimeoutError):
        proxy.add(1)
    assert ledger.entries == [1]


def test_an_idempotent_call_is_tried_again(
    ledger: Ledger, pyrox_proxy: Callable[..., Any], pyrox_faults: Faults
) -> None:
    proxy = pyrox_proxy(ledger, plugins=pyrox_faults.plugins, timeout=10.0)
    proxy._pyro.max_retries = 1
    proxy.add("x")
    pyrox_faults.cut(towards="client")
    assert proxy.size() == 1


@pytest.mark.parametrize("keep", [0, 10, 40])
def test_a_connection_is_cut_in_the_middle_of_an_answer(
    proxy: Any, ledger: Ledger, pyrox_faults: Faults, keep: int
) -> None:
    pyrox_faults.cut(towards="client", keep=keep)
    with pytest.raises(pyrox.ConnectionClosedError) as info:
        proxy.add(1)
    assert info.value.outcome is pyrox.Outcome.UNKNOWN
    assert ledger.entries == [1]
    assert proxy.add(2) == 2


def test_half_a_call_is_no_call(proxy: Any, ledger: Ledger, pyrox_faults: Faults) -> None:
    pyrox_faults.cut(keep=50)
    with pytest.raises(pyrox.ConnectionClosedError):
        proxy.add(1)
    assert proxy.add(2) == 1
    assert ledger.entries == [2]


@pytest.mark.parametrize("towards", ["daemon", "client"])
def test_a_message_whose_header_was_corrupted_ends_the_connection(
    proxy: Any, pyrox_faults: Faults, towards: Any
) -> None:
    pyrox_faults.corrupt(towards=towards)
    with pytest.raises(pyrox.CommunicationError):
        proxy.add(1)
    assert proxy.size() in (0, 1)


def test_delayed_messages_arrive_late(proxy: Any, pyrox_faults: Faults) -> None:
    pyrox_faults.delay(0.2, times=1)
    began = time.monotonic()
    assert proxy.add(1) == 1
    assert time.monotonic() - began >= 0.2


def test_healing_lets_delayed_messages_go(proxy: Any, pyrox_faults: Faults) -> None:
    pyrox_faults.delay(60.0)
    heal = threading.Timer(0.1, pyrox_faults.heal)
    heal.start()
    assert proxy.add(1) == 1
    heal.join()


def test_a_message_is_overtaken_by_the_next(
    proxy: Any, ledger: Ledger, pyrox_faults: Faults
) -> None:
    pyrox_faults.reorder()
    proxy.note("first")
    assert proxy.add("second") in (1, 2)
    eventually(lambda: len(ledger.entries) == 2)
    assert pyrox_faults.log == ["reorder INVOKE towards the daemon"]


def test_a_message_that_nothing_overtakes_arrives_all_the_same(
    proxy: Any, ledger: Ledger, pyrox_faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox_testkit.relay.HELD_FOR", 0.05)
    pyrox_faults.reorder()
    proxy.note("alone")
    eventually(lambda: ledger.entries == ["alone"])


def test_faults_begin_after_as_many_messages_as_they_are_told(
    proxy: Any, pyrox_faults: Faults
) -> None:
    pyrox_faults.cut(after=2)
    assert (proxy.add(1), proxy.add(2)) == (1, 2)
    with pytest.raises(pyrox.ConnectionClosedError):
        proxy.add(3)


def test_nobody_is_let_in_until_it_is_healed(
    ledger: Ledger, pyrox_proxy: Callable[..., Any], pyrox_faults: Faults
) -> None:
    proxy = pyrox_proxy(ledger, plugins=pyrox_faults.plugins)
    pyrox_faults.refuse()
    with pytest.raises(pyrox.ConnectError) as info:
        proxy.size()
    assert info.value.outcome is pyrox.Outcome.NOT_SENT
    pyrox_faults.heal()
    assert proxy.size() == 0


def test_a_handshake_meets_faults_where_that_is_wanted(
    ledger: Ledger, pyrox_proxy: Callable[..., Any], pyrox_faults: Faults
) -> None:
    pyrox_faults.cut(towards="client", handshakes=True)
    with pytest.raises(pyrox.CommunicationError):
        pyrox_proxy(ledger, plugins=pyrox_faults.plugins).size()
    assert pyrox_faults.log == ["cut CONNECTOK towards the client"]


def test_all_connections_are_cut_at_once(proxy: Any, pyrox_faults: Faults) -> None:
    assert proxy.size() == 0
    pyrox_faults.cut_now()
    eventually(proxy._pyro.peer.stream.is_stale)
    proxy._pyro.max_retries = 1
    assert proxy.size() == 0


def test_a_direction_that_there_is_not_is_refused(pyrox_faults: Faults) -> None:
    with pytest.raises(pyrox.UsageError, match="'daemon' or the 'client'"):
        pyrox_faults.drop(towards="server")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "arguments", "allowed"),
    [
        ("delay", {"seconds": -1.0}, "seconds is more than 0"),
        ("delay", {"seconds": 0}, "seconds is more than 0"),
        ("delay", {"seconds": float("nan")}, "seconds is more than 0"),
        ("delay", {"seconds": "1"}, "seconds is more than 0"),
        ("cut", {"keep": -1}, "0 or more; it was -1"),
        ("cut", {"keep": 1.5}, "0 or more; it was 1.5"),
        ("drop", {"times": 0}, "times is 1 or more, or math.inf"),
        ("drop", {"times": 0.5}, "times is 1 or more, or math.inf"),
        ("reorder", {"times": -1}, "times is 1 or more, or math.inf"),
        ("corrupt", {"after": -1}, "after is how many messages pass first, 0 or more"),
        ("corrupt", {"at": 0.5}, "at is the number of a byte"),
    ],
)
def test_a_number_that_would_do_nothing_is_refused(
    kind: str, arguments: dict[str, Any], allowed: str
) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=allowed):
        getattr(faults, kind)(**arguments)
    assert not faults.happening("daemon", False, "INVOKE")


def test_no_thread_outlives_its_connection(proxy: Any, pyrox_faults: Faults) -> None:
    assert proxy.size() == 0
    proxy._pyro.release()
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "pyrox-faults"])


def test_proxies_without_the_plugins_meet_no_faults(
    ledger: Ledger, pyrox_proxy: Callable[..., Any], pyrox_faults: Faults
) -> None:
    pyrox_faults.refuse()
    assert pyrox_proxy(ledger).size() == 0
