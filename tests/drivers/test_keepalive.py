"""A daemon that is gone without a word is noticed; one that is busy is not taken for gone."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import pyrox
from pyrox_testkit import Faults
from tests.behaviour.objects import PATIENCE
from tests.drivers.conftest import Connect, Start
from tests.drivers.served import CLIENTS

SOON = pyrox.Config(keepalive=0.3)
"""Notices quickly: for tests in which the daemon is gone."""
PATIENT = pyrox.Config(keepalive=3.0)
"""Notices slowly enough for a busy machine: for tests in which it is not."""

ANSWERING = pytest.mark.parametrize("server", ["thread", "asyncio"])
BY_TCP = pytest.mark.parametrize("location", ["tcp://localhost:0"])


@pyrox.expose
class Busy:
    """Keeps its callers waiting until it is let go."""

    def __init__(self, gate: threading.Event) -> None:
        self._gate = gate

    def echo(self, value: Any) -> Any:
        return value

    def work(self) -> str:
        self._gate.wait(PATIENCE)
        return "done"

    async def work_later(self) -> str:
        while not self._gate.is_set():
            await asyncio.sleep(0.01)
        return "done"


GATES: list[threading.Event] = []


@pyrox.expose
@pyrox.behavior("session")
class BusySession(Busy):
    """The same, one call of a connection after the other."""

    def __init__(self) -> None:
        super().__init__(GATES[-1])


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    GATES.append(gate)
    yield gate
    gate.set()
    GATES.remove(gate)


@pytest.fixture
def faults() -> Iterator[Faults]:
    faults = Faults()
    yield faults
    faults.heal()
    faults.cut_now()


@ANSWERING
@BY_TCP
@pytest.mark.parametrize("timeout", [0.0, PATIENCE], ids=["no timeout", "a long timeout"])
def test_a_daemon_that_falls_silent_is_given_up(
    start: Start, connect: Connect, gate: threading.Event, faults: Faults, timeout: float
) -> None:
    uri = start().register(Busy(gate), "busy")
    client = connect(uri, config=SOON, plugins=faults.plugins, timeout=timeout)
    assert client.call("echo", 1) == 1
    faults.drop(towards="client", times=float("inf"))
    calls = [client.begin("echo", number) for number in range(3)]
    for call in calls:
        with pytest.raises(pyrox.ConnectionClosedError, match="does not answer any more") as caught:
            call.result(PATIENCE)
        assert caught.value.outcome is pyrox.Outcome.UNKNOWN
    faults.heal()
    assert client.call("echo", 2) == 2


@pytest.mark.parametrize("server", ["thread"])
@BY_TCP
def test_futures_fail_when_the_daemon_falls_silent(
    start: Start, gate: threading.Event, faults: Faults
) -> None:
    uri = start().register(Busy(gate), "busy")
    with pyrox.Proxy(uri, config=SOON, plugins=faults.plugins) as proxy:
        assert proxy.echo(1) == 1
        faults.drop(towards="client", times=float("inf"))
        for future in [proxy._pyro.submit("echo", number) for number in range(3)]:
            with pytest.raises(pyrox.ConnectionClosedError, match="does not answer any more"):
                future.result(PATIENCE)


@pytest.mark.slow
@ANSWERING
@BY_TCP
def test_a_busy_daemon_is_not_taken_for_gone(
    start: Start,
    connect: Connect,
    gate: threading.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pyrox.logic.daemon_base.HOUSEKEEPING", 0.2)
    # Each has as many calls as it may, so that the daemon reads nothing more from it.
    served = start(max_calls=3, max_in_flight=3)
    busy = served.register(Busy(gate), "busy")
    session = served.register(BusySession, "session")
    calls = [
        connect(busy, config=PATIENT).begin("work_later"),
        connect(session, config=PATIENT).begin("work"),
    ]
    many = connect(busy, config=PATIENT)
    calls += [many.begin("work_later") for _ in range(5)]
    assert not threading.Event().wait(1.5 * PATIENT.keepalive)
    assert not any(call.done() for call in calls)
    gate.set()
    assert [call.result(PATIENCE) for call in calls] == ["done"] * 7


@pytest.mark.slow
@ANSWERING
@BY_TCP
def test_a_daemon_that_was_asked_before_is_asked_again(
    start: Start, connect: Connect, gate: threading.Event
) -> None:
    client = connect(start().register(Busy(gate), "busy"), config=PATIENT)
    for _ in range(2):
        gate.clear()
        call = client.begin("work")
        assert not threading.Event().wait(0.5 * PATIENT.keepalive), "it was asked meanwhile"
        gate.set()
        assert call.result(PATIENCE) == "done"
        assert not threading.Event().wait(0.5 * PATIENT.keepalive), "nothing is on its way"


@pytest.mark.slow
@pytest.mark.parametrize("server", ["multiplex"])
@BY_TCP
def test_a_daemon_that_cannot_answer_meanwhile_is_not_asked(
    start: Start, connect: Connect, gate: threading.Event
) -> None:
    uri = start().register(Busy(gate), "busy")
    client = connect(uri, config=SOON)
    call = client.begin("work")
    assert not threading.Event().wait(4 * SOON.keepalive)
    assert not call.done()
    gate.set()
    assert call.result(PATIENCE) == "done"


@ANSWERING
@BY_TCP
@pytest.mark.parametrize("kind", CLIENTS)
def test_keepalive_0_waits_for_as_long_as_it_takes(
    start: Start, gate: threading.Event, faults: Faults, kind: str
) -> None:
    uri = start().register(Busy(gate), "busy")
    client = CLIENTS[kind](uri, config=pyrox.Config(keepalive=0.0), plugins=faults.plugins)
    assert client.call("echo", 1) == 1
    faults.delay(0.5, towards="client")
    assert client.call("echo", 2) == 2
    client.close()
