"""Oneway methods: called and not waited for. Reference 1.14, 6.2."""

import threading
import time
import uuid
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned, eventually
from tests.behaviour.peers import call, raw_client, shake_hands

multiplex_only = pytest.mark.parametrize("server_type", ["multiplex"], indirect=True)


class Failing(pyrox.Daemon):
    """Keeps what its methods raised."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.failures: list[str] = []
        super().__init__(*args, **kwargs)

    def method_failed(self, context: pyrox.CallContext, error: BaseException) -> None:
        self.failures.append(f"{context.method}: {error}")


def test_a_oneway_method_runs_and_gives_nothing(serve: ObjectServer, serializer: str) -> None:
    calculator = Calculator()
    proxy = serve(calculator, serializer=serializer)
    assert proxy.note([1, "two"]) is None
    eventually(lambda: calculator.log)
    assert list(calculator.log[0]) == [1, "two"]


def test_a_slow_oneway_method_returns_at_once(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    proxy._pyro.bind()
    began = time.monotonic()
    proxy.wait_oneway()
    assert time.monotonic() - began < 9
    gate.arrived()
    assert gate.executed == 0
    gate.open()
    gate.done(1)


def test_the_next_call_on_the_connection_is_not_held_up(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    proxy.wait_oneway()
    gate.arrived()
    assert proxy.quick("next") == "next"
    assert gate.executed == 0


def test_several_slow_oneway_calls_of_one_connection_run_side_by_side(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate)
    for _ in range(5):
        proxy.wait_oneway()
    gate.arrived(5)
    assert proxy.quick("next") == "next"
    gate.open()
    gate.done(5)
    assert gate.most == 5


def test_a_connection_served_at_full_speed_is_not_held_up_either(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate)
    for number in range(200):
        assert proxy.quick(number) == number
    proxy.wait_oneway()
    gate.arrived()
    assert [proxy.quick(number) for number in range(50)] == list(range(50))


def test_oneway_calls_run_before_a_later_call_of_the_same_thread_is_answered(
    serve: ObjectServer,
) -> None:
    calculator = Calculator()
    proxy = serve(calculator)
    for number in range(100):
        proxy.note(number)
    eventually(lambda: len(calculator.log) == 100)
    assert sorted(calculator.log) == list(range(100))
    assert proxy.add(1, 2) == 3


def test_what_a_oneway_method_raises_is_told_to_the_daemon_only(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Bad:
        @pyrox.expose
        @pyrox.oneway
        def fail(self) -> None:
            raise ValueError("nobody hears")

        @pyrox.expose
        def fine(self) -> str:
            return "fine"

    daemon = make_daemon(Failing)
    proxy = make_proxy(daemon.register(Bad()))
    assert proxy.fail() is None
    assert proxy.fine() == "fine"
    eventually(lambda: daemon.failures == ["fail: nobody hears"])


def test_a_oneway_call_of_a_missing_method_is_passed_over(
    daemon: pyrox.Daemon,
) -> None:
    daemon.register(Calculator(), "calc")
    with raw_client(daemon.location) as sock:
        read = shake_hands(sock, "calc")
        sock.sendall(call("calc", "no_such_method", flags=pyrox.Flags.ONEWAY))
        sock.sendall(call("nobody", "add", 1, flags=pyrox.Flags.ONEWAY))
        sock.sendall(call("calc", "add", 1, 2, sequence=9))
        answer = read()
    assert answer is not None
    assert (answer.sequence, bytes(answer.payload)) == (9, b"3")


def test_a_client_may_call_any_method_without_waiting_for_an_answer(
    daemon: pyrox.Daemon,
) -> None:
    calculator = Calculator()
    daemon.register(calculator, "calc")
    with raw_client(daemon.location) as sock:
        read = shake_hands(sock, "calc")
        sock.sendall(call("calc", "echo", "unheard", flags=pyrox.Flags.ONEWAY))
        sock.sendall(call("calc", "add", 1, 2, sequence=9))
        answer = read()
    assert answer is not None
    assert answer.sequence == 9
    assert calculator.calls.count("echo") == 1


def test_arguments_that_cannot_travel_are_noticed_by_the_caller(serve: ObjectServer) -> None:
    proxy = serve(Calculator())
    with pytest.raises(pyrox.SerializeError):
        proxy.note(Gate)
    assert proxy.add(1, 2) == 3


def test_an_unknown_class_in_a_oneway_call_does_not_cost_the_next_call(
    serve: ObjectServer,
) -> None:
    class Unknown:
        pass

    proxy = serve(Calculator())
    proxy.note(Unknown())  # only the daemon can tell that it does not know the class
    assert proxy.add(1, 2) == 3


def test_a_oneway_call_tells_when_there_is_nobody_to_call(make_proxy: ProxyMaker) -> None:
    with pytest.raises(pyrox.ConnectError):
        make_proxy("PYRO:nobody@localhost:1").note(1)


def test_a_oneway_call_that_is_still_running_survives_its_caller(
    make_daemon: DaemonMaker, gate: Gate
) -> None:
    with pyrox.Proxy(make_daemon().register(gate)) as proxy:
        proxy.wait_oneway()
        gate.arrived()
    gate.open()
    gate.done(1)


def test_a_session_instance_is_made_once_even_if_oneway_and_normal_calls_race(
    serve: ObjectServer,
) -> None:
    made: list[object] = []
    making, proceed = threading.Event(), threading.Event()

    @pyrox.behavior("session")
    @pyrox.expose
    class Slow:
        def __init__(self) -> None:
            made.append(self)
            making.set()
            proceed.wait(10)

        @pyrox.oneway
        def note(self) -> None:
            self.noted = True

        def was_noted(self) -> bool:
            return getattr(self, "noted", False)

    proxy = serve(Slow)
    proxy.note()
    assert making.wait(10)
    threading.Timer(0.1, proceed.set).start()
    proxy.was_noted()
    assert len(made) == 1
    eventually(proxy.was_noted)


# In a daemon with a single thread, a oneway call gets a thread of its own.


class Recorder:
    """Notes where its methods run, and for whom."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, bool, Any]] = []

    @pyrox.expose
    @pyrox.oneway
    def note(self) -> None:
        self._record()

    @pyrox.expose
    def record(self) -> None:
        self._record()

    def _record(self) -> None:
        thread = threading.current_thread()
        context = pyrox.current_context
        self.runs.append((thread.name, thread.daemon, context.correlation_id))


@multiplex_only
def test_a_oneway_call_runs_in_a_thread_of_its_own_with_the_callers_context(
    serve: ObjectServer,
) -> None:
    recorder = Recorder()
    proxy = serve(recorder)
    mine = uuid.uuid4()
    with pyrox.call_options(correlation_id=mine):
        proxy.note()
        eventually(lambda: recorder.runs)
    assert recorder.runs == [("oneway-call", True, mine)]


@multiplex_only
def test_a_oneway_batch_runs_in_the_loop(serve: ObjectServer) -> None:
    recorder = Recorder()
    batch = serve(recorder)._pyro.batch()
    batch.note()
    batch.record()
    batch(oneway=True)
    eventually(lambda: len(recorder.runs) == 2)
    assert [name for name, *_ in recorder.runs] == ["pyrox-daemon"] * 2


@multiplex_only
def test_an_item_stream_is_ended_in_the_thread_that_made_its_items(serve: ObjectServer) -> None:
    seen: list[threading.Thread] = []

    class Source:
        @pyrox.expose
        def items(self) -> Any:
            try:
                seen.append(threading.current_thread())
                yield 1
                yield 2
            finally:
                seen.append(threading.current_thread())

    stream = serve(Source()).items()
    assert next(stream) == 1
    stream.close()
    eventually(lambda: len(seen) == 2)
    assert seen[0] is seen[1]


@multiplex_only
def test_a_slow_oneway_call_holds_up_nobody(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    uri = make_daemon().register(gate)
    make_proxy(uri).wait_oneway()
    gate.arrived()
    assert make_proxy(uri).quick("another client") == "another client"


@multiplex_only
def test_no_more_oneway_calls_than_allowed_run_at_once_and_none_is_lost(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=2, max_queued_calls=3)
    uri = daemon.register(gate)
    sender = make_proxy(uri)
    for _ in range(10):
        sender.wait_oneway()
    gate.arrived(2)
    # Whoever sends more than the queue takes is not listened to for now; others are.
    assert make_proxy(uri).quick("another client") == "another client"
    late = make_proxy(uri, timeout=0.1)
    late.wait_oneway()
    with pytest.raises(pyrox.TimeoutError):
        late.quick()
    gate.open()
    gate.done(11)
    assert gate.most == 2
    assert sender.quick("x") == "x"


@multiplex_only
def test_oneway_calls_that_wait_are_not_begun_once_the_daemon_stops(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon(max_calls=1, max_queued_calls=1)
    proxy = make_proxy(daemon.register(gate))
    for _ in range(5):
        proxy.wait_oneway()
    gate.arrived()
    stopping = Spawned(daemon.shutdown)
    eventually(lambda: daemon._server.stopping)
    gate.open()
    stopping.result()
    assert gate.executed == 1


@multiplex_only
def test_a_oneway_call_that_runs_gets_its_time_to_finish(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker, gate: Gate
) -> None:
    daemon = make_daemon()
    make_proxy(daemon.register(gate)).wait_oneway()
    gate.arrived()
    stopping = Spawned(daemon.shutdown)
    eventually(lambda: daemon._server.stopping)
    assert stopping.running
    gate.open()
    stopping.result()
    assert gate.executed == 1
