"""An exception out of nowhere in mid-call: ctrl-C, or whatever a signal handler raises."""

import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.behaviour.conftest import ObjectServer
from tests.behaviour.objects import Calculator, Gate, Spawned

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="this system has no timer signals"
)


@contextmanager
def interrupted(after: float) -> Iterator[None]:
    """Raise KeyboardInterrupt in the main thread, as ctrl-C does, while the block runs."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, after)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_ends_a_call_that_waits(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    proxy._pyro.bind()
    with interrupted(0.1), pytest.raises(KeyboardInterrupt):
        proxy.wait("late")
    assert not proxy._pyro.connected


def test_ctrl_c_ends_a_call_under_a_timeout(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate, timeout=60)
    proxy._pyro.bind()
    with interrupted(0.1), pytest.raises(KeyboardInterrupt):
        proxy.wait("late")
    gate.open()
    assert proxy.quick("x") == "x"


def test_after_ctrl_c_the_next_call_gets_its_own_answer(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    proxy._pyro.bind()
    with interrupted(0.1), pytest.raises(KeyboardInterrupt):
        proxy.wait("late")
    gate.open()  # the late answer is on its way now
    assert [proxy.quick(n) for n in range(20)] == list(range(20))


def test_ctrl_c_while_waiting_for_another_threads_call_leaves_that_call_alone(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate)
    other = Spawned(proxy.wait, "theirs")
    gate.arrived()
    with interrupted(0.1), pytest.raises(KeyboardInterrupt):
        proxy.wait("mine")
    gate.open()
    assert other.result() == "theirs"
    assert proxy.quick("mine") == "mine"


HAIL = """
import signal, sys, threading
import pyrox
from tests.behaviour.objects import Calculator, Spawned

def interrupt(*_):
    if armed:
        armed.clear()
        raise KeyboardInterrupt

def other_thread():
    done = 0
    while not stop.is_set():
        try:
            assert proxy.echo(f"other {done}") == f"other {done}"
        except pyrox.CommunicationError:
            continue
        done += 1
    return done

daemon = pyrox.Daemon(server=sys.argv[1]).start()
proxy = pyrox.Proxy(daemon.register(Calculator()), timeout=float(sys.argv[2]))
stop = threading.Event()
other = Spawned(other_thread)
signal.signal(signal.SIGALRM, interrupt)

def call_until_interrupted():
    armed.append(True)
    signal.setitimer(signal.ITIMER_REAL, 0.0007)
    for count in range(500):  # not for ever: a finalizer may have swallowed the interrupt
        assert proxy.echo(count) == count

armed = []
survived = 0
while survived < 200:
    try:
        try:
            call_until_interrupted()
        except pyrox.CommunicationError:
            pass
        armed.clear()
    except KeyboardInterrupt:
        survived += 1
signal.signal(signal.SIGALRM, signal.SIG_IGN)
stop.set()
assert other.result() > 0
assert proxy.echo("at last") == "at last"
print("survived")
"""


@pytest.mark.parametrize("timeout", [0, 60])
def test_a_hail_of_interrupts_never_mixes_up_answers_nor_locks_anybody_out(
    server_type: str, timeout: int
) -> None:
    # In a process of its own: an interrupt hits whatever runs, and pytest has plans of its own.
    done = subprocess.run(
        [sys.executable, "-c", HAIL, server_type, str(timeout)],
        cwd=pathlib.Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.stdout == "survived\n", done.stderr[-3000:]


def test_an_exception_while_sending_closes_the_connection(
    serve: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(Calculator())
    proxy.add(1)
    connection = proxy._pyro._connection
    assert connection is not None
    stream = connection._stream

    def send_half(data: Any) -> None:
        stream.send([data[:20]])
        raise KeyboardInterrupt

    connection._send_small = send_half
    with pytest.raises(KeyboardInterrupt):
        proxy.add(2, 2)
    assert not proxy._pyro.connected
    assert proxy.add(3, 3) == 6
