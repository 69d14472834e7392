"""Several daemons, and other things with a descriptor, in one loop. Reference 3.5, 6.2."""

import os
import select
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ProxyMaker
from tests.behaviour.objects import Calculator, Spawned, eventually

pytestmark = pytest.mark.parametrize("server_type", ["multiplex"], indirect=True)


class Bell:
    """A pipe that rings; ``failing`` times it fails before it does its work."""

    def __init__(self, failing: int = 0) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        self.failing = failing
        self.tries = 0
        self.rung = 0
        self.served_by: set[str] = set()

    def fileno(self) -> int:
        return self._reader

    def handle_events(self) -> None:
        self.tries += 1
        self.served_by.add(threading.current_thread().name)
        if self.failing:
            self.failing -= 1
            raise RuntimeError("out of order")
        try:
            self.rung += len(os.read(self._reader, 100))
        except BlockingIOError:
            pass

    def has_rung(self, times: int) -> bool:
        return self.rung == times

    def ring(self) -> None:
        os.write(self._writer, b"!")

    def close(self) -> None:
        if self._reader >= 0:
            os.close(self._reader)
            os.close(self._writer)
            self._reader = -1


@pytest.fixture
def bell() -> Iterator[Bell]:
    bell = Bell()
    yield bell
    bell.close()


@pytest.fixture
def quick_housekeeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyrox.logic.daemon_base.HOUSEKEEPING", 0.02)


def test_the_loop_of_one_daemon_serves_both(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    ran_in: set[str] = set()

    class Local:
        @pyrox.expose
        def work(self) -> None:
            ran_in.add(threading.current_thread().name)

    host, guest = make_daemon(start=False), make_daemon(start=False)
    uris = [daemon.register(Local()) for daemon in (host, guest)]
    host.combine(guest)
    host.start()
    for uri in uris:
        make_proxy(uri).work()
    assert ran_in == {"pyrox-daemon"}


def test_a_daemon_may_join_a_loop_that_runs(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    host, guest = make_daemon(), make_daemon(start=False)
    uri = guest.register(Calculator())
    host.combine(guest)
    assert make_proxy(uri).add(1, 2) == 3


def test_daemons_combine_in_a_chain(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    first, second, third = (make_daemon(start=False) for _ in range(3))
    second.combine(third)
    first.combine(second)
    first.start()
    assert make_proxy(third.register(Calculator())).add(1, 2) == 3
    third.close()
    second.close()
    assert make_proxy(first.register(Calculator())).add(1, 2) == 3


def test_a_loop_of_the_programs_own_serves_both(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    host, guest = make_daemon(start=False), make_daemon(start=False)
    proxy = make_proxy(guest.register(Calculator()))
    host.combine(guest)
    client = Spawned(lambda: [proxy.add(n, 1) for n in range(10)])
    ends = time.monotonic() + 20
    while client.running and time.monotonic() < ends:
        if select.select([host], [], [], 0.1)[0]:
            host.handle_events()
    assert client.result() == list(range(1, 11))


def test_whatever_has_a_descriptor_is_served(make_daemon: DaemonMaker, bell: Bell) -> None:
    daemon = make_daemon()
    daemon.combine(bell)
    for number in range(1, 4):
        bell.ring()
        eventually(partial(bell.has_rung, number))
    assert bell.served_by == {"pyrox-daemon"}


@pytest.mark.usefixtures("quick_housekeeping")
def test_a_guest_gets_its_housekeeping(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, bell: Bell
) -> None:
    kept: list[Any] = []

    class Keeping(pyrox.Daemon):
        def housekeeping(self) -> None:
            kept.append(self)

    host, guest = make_daemon(start=False), make_daemon(Keeping, start=False)
    host.combine(guest)
    host.combine(bell)
    host.start()
    eventually(lambda: len(kept) > 1 and bell.tries > 1)


@pytest.mark.usefixtures("quick_housekeeping")
def test_a_guest_that_fails_is_logged_left_alone_and_tried_again(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, caplog: pytest.LogCaptureFixture
) -> None:
    bell = Bell(failing=3)
    daemon = make_daemon()
    daemon.combine(bell)
    bell.ring()
    proxy = make_proxy(daemon.register(Calculator()))
    for number in range(100):
        assert proxy.add(number) == number
    eventually(lambda: bell.rung == 1)
    failures = [record for record in caplog.records if "failed in the loop" in record.message]
    assert len(failures) == 3
    bell.close()


@pytest.mark.usefixtures("quick_housekeeping")
def test_a_guest_that_was_closed_without_a_word_is_forgotten(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, bell: Bell
) -> None:
    daemon = make_daemon()
    daemon.combine(bell)
    bell.close()
    eventually(lambda: bell not in daemon._server.guests)
    assert make_proxy(daemon.register(Calculator())).add(1, 2) == 3


@pytest.mark.parametrize("closing", ["from outside", "by its own method"])
def test_a_guest_that_stops_leaves_the_loop_to_the_others(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, closing: str
) -> None:
    host, guest = make_daemon(), make_daemon(start=False)

    class Stopper:
        @pyrox.expose
        def stop(self) -> str:
            guest.shutdown()
            return "stopping"

    host.combine(guest)
    stopper = make_proxy(guest.register(Stopper()))
    stopper._pyro.bind()
    if closing == "from outside":
        began = time.monotonic()
        guest.shutdown()
        assert time.monotonic() - began < 9
    else:
        assert stopper.stop() == "stopping"
    eventually(lambda: guest.is_closed)
    with pytest.raises(pyrox.CommunicationError):
        stopper.stop()
    assert guest not in host._server.guests
    assert make_proxy(host.register(Calculator())).add(1, 2) == 3


def test_a_guest_outlives_its_host(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    host, guest = make_daemon(), make_daemon(start=False)
    uri = guest.register(Calculator())
    host.combine(guest)
    assert make_proxy(uri).add(1, 2) == 3
    host.shutdown()
    assert not guest.is_closed
    guest.start()
    assert make_proxy(uri).add(2, 2) == 4
    began = time.monotonic()
    guest.shutdown()
    assert time.monotonic() - began < 9


def test_what_cannot_be_combined_is_refused(make_daemon: DaemonMaker, bell: Bell) -> None:
    host, guest, other = (make_daemon(start=False) for _ in range(3))
    threads = make_daemon(start=False, server="thread")
    host.combine(guest)
    host.combine(bell)
    for culprit, reason in [
        (host, "already"),
        (guest, "already"),
        (bell, "already"),
        (threads, "thread daemon"),
        (object(), "fileno"),
    ]:
        with pytest.raises(pyrox.UsageError, match=reason):
            host.combine(culprit)  # type: ignore[arg-type]
    for loser in (host, guest):
        with pytest.raises(pyrox.UsageError, match=r"another loop|already"):
            (guest if loser is host else other).combine(loser)
    with pytest.raises(pyrox.UsageError, match="thread daemon"):
        threads.combine(bell)
    other.close()
    with pytest.raises(pyrox.UsageError, match="closed"):
        host.combine(other)
