"""Time limits: of a proxy, of a block of calls, and of connecting."""

import builtins
import socket
import threading
import time

import pytest

import pyrox
from tests.behaviour.conftest import ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator, Gate, Spawned
from tests.behaviour.peers import impostor, say, silence

UNKNOWN, NOT_SENT = pyrox.Outcome.UNKNOWN, pyrox.Outcome.NOT_SENT


def test_a_call_that_takes_longer_than_the_proxys_timeout_ends_with_an_error(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate, timeout=0.2)
    began = time.monotonic()
    with pytest.raises(pyrox.TimeoutError) as caught:
        proxy.wait()
    assert 0.15 < time.monotonic() - began < 9
    assert caught.value.outcome is UNKNOWN
    assert isinstance(caught.value, builtins.TimeoutError)


def test_after_a_timeout_the_proxy_gets_its_own_answers(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate, timeout=0.2)
    with pytest.raises(pyrox.TimeoutError):
        proxy.wait("late")
    gate.open()
    proxy._pyro.timeout = 20
    assert proxy.quick("next") == "next"
    assert proxy.wait("again") == "again"


def test_the_timeout_can_be_changed_while_connected(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    assert proxy.quick(1) == 1
    proxy._pyro.timeout = 0.1
    with pytest.raises(pyrox.TimeoutError):
        proxy.wait()
    proxy._pyro.timeout = 0
    gate.open()
    assert proxy.wait(2) == 2


def test_quick_calls_under_a_timeout_just_work(serve: ObjectServer) -> None:
    proxy = serve(Calculator(), timeout=20)
    assert [proxy.add(n) for n in range(50)] == list(range(50))


def test_a_block_limits_the_time_of_all_its_calls_together(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    began = time.monotonic()

    def call_for_ever() -> None:
        while True:
            proxy.quick()

    with pyrox.timeout(0.3), pytest.raises(pyrox.TimeoutError):
        call_for_ever()
    assert 0.25 < time.monotonic() - began < 9
    assert proxy.quick(1) == 1


def test_an_inner_block_never_lengthens_the_time(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    with pyrox.timeout(0.2), pyrox.timeout(60), pytest.raises(pyrox.TimeoutError):
        proxy.wait()


def test_the_shorter_of_the_proxys_and_the_blocks_time_counts(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate, timeout=60)
    with pyrox.timeout(0.2), pytest.raises(pyrox.TimeoutError):
        proxy.wait()
    proxy._pyro.timeout = 0.2
    with pyrox.timeout(60), pytest.raises(pyrox.TimeoutError):
        proxy.wait()


def test_a_call_begun_when_the_time_is_over_is_not_sent(serve: ObjectServer) -> None:
    calculator = Calculator()
    proxy = serve(calculator)
    proxy._pyro.bind()
    with pyrox.timeout(0.0), pytest.raises(pyrox.TimeoutError) as caught:
        proxy.add(1)
    assert caught.value.outcome is NOT_SENT
    assert calculator.calls == []


def test_a_block_ends_with_the_block(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    with pyrox.timeout(0.1):
        pass
    waiting = Spawned(proxy.wait, "done")
    gate.arrived()
    gate.open()
    assert waiting.result() == "done"


def test_a_block_in_one_thread_does_not_limit_another(serve: ObjectServer, gate: Gate) -> None:
    proxy = serve(gate)
    with pyrox.timeout(0.1):
        waiting = Spawned(proxy.wait, "done")
        gate.arrived()
    gate.open()
    assert waiting.result() == "done"


def test_waiting_for_a_proxy_that_is_busy_in_another_thread_is_limited_too(
    serve: ObjectServer, gate: Gate
) -> None:
    proxy = serve(gate)
    proxy._pyro.capabilities = frozenset()  # as towards a Pyro 5 daemon: one call at a time
    busy = Spawned(proxy.wait)
    gate.arrived()
    with pyrox.timeout(0.1), pytest.raises(pyrox.TimeoutError, match="busy") as caught:
        proxy.quick()
    assert caught.value.outcome is NOT_SENT
    gate.open()
    busy.result()
    assert proxy.quick(1) == 1


def test_an_answer_that_trickles_in_too_slowly_is_a_timeout_of_unknown_outcome(
    make_proxy: ProxyMaker,
) -> None:
    over = threading.Event()

    def trickle(sock: socket.socket, request: pyrox.Message) -> str:
        answer = say("x" * 1000)(sock, request)
        for position in range(len(answer)):
            sock.sendall(answer[position : position + 1])
            if over.wait(0.01):
                break
        return "close"

    with impostor(trickle) as peer:
        proxy = make_proxy(peer.uri, serializer="json", timeout=0.3)
        with pytest.raises(pyrox.TimeoutError) as caught:
            proxy.work()
        over.set()
        assert len(peer.requests) == 1
    assert caught.value.outcome is UNKNOWN


def test_a_call_whose_time_ends_in_mid_answer_is_never_made_again(make_proxy: ProxyMaker) -> None:
    def half(sock: socket.socket, request: pyrox.Message) -> bytes:
        return bytes(say("x" * 1000)(sock, request))[:500]

    with impostor(half, silence, silence) as peer:
        proxy = make_proxy(peer.uri, serializer="json", timeout=0.2)
        proxy._pyro.max_retries = 2
        with pytest.raises(pyrox.TimeoutError) as caught:
            proxy.work()
        assert len(peer.requests) == 1
    assert caught.value.outcome is UNKNOWN


def test_a_socket_that_accepts_and_says_nothing_is_given_up_after_the_connect_timeout() -> None:
    with socket.create_server(("localhost", 0)) as silent:
        port = silent.getsockname()[1]
        config = pyrox.Config(connect_timeout=0.2)
        proxy = pyrox.Proxy(f"PYRO:x@localhost:{port}", config=config)
        with pytest.raises(pyrox.TimeoutError, match=f"localhost:{port}") as caught:
            proxy.anything()
    assert caught.value.outcome is NOT_SENT


def test_the_proxys_timeout_covers_connecting_as_well() -> None:
    with socket.create_server(("localhost", 0)) as silent:
        proxy = pyrox.Proxy(f"PYRO:x@localhost:{silent.getsockname()[1]}", timeout=0.2)
        began = time.monotonic()
        with pytest.raises(pyrox.TimeoutError) as caught:
            proxy._pyro.call("anything", (), {})
    assert time.monotonic() - began < 9
    assert caught.value.outcome is NOT_SENT


def test_a_large_request_that_nobody_reads_ends_with_the_timeout(make_proxy: ProxyMaker) -> None:
    stop = threading.Event()

    def stop_reading(sock: socket.socket, request: pyrox.Message) -> bytes:
        sock.sendall(say("ok")(sock, request))
        stop.wait(10)
        return b""

    with impostor(stop_reading) as peer:
        proxy = make_proxy(peer.uri, serializer="json", timeout=0.3)
        assert proxy.work() == "ok"
        began = time.monotonic()
        with pytest.raises(pyrox.TimeoutError):
            proxy.work("x" * 30_000_000)
        assert time.monotonic() - began < 9
        stop.set()
