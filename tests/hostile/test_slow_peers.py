"""Clients that say little, or listen to little, cost nobody but themselves."""

import threading
import time

import pytest

from tests.hostile.conftest import Serve, Served, memory
from tests.hostile.raw import INVOKE, RESULT, RawClient, call, eventually, header, hello, message

IMPATIENT = {"handshake_timeout": 0.3, "send_timeout": 0.3}


def test_a_silent_stranger_is_sent_away_in_time(serve: Serve, server_type: str) -> None:
    served = serve(server_type, **IMPATIENT)
    client = served.raw()
    began = time.monotonic()
    assert "the handshake took too long" in client.refusal()
    assert 0.2 < time.monotonic() - began < 9
    assert served.noted_once(client)
    assert served.goes_on()


def test_a_handshake_byte_by_byte_does_not_extend_its_time(serve: Serve, server_type: str) -> None:
    served = serve(server_type, **IMPATIENT)
    client = served.raw()
    began = time.monotonic()
    ended = threading.Event()

    def trickle() -> None:
        for byte in hello():
            if ended.wait(0.02):
                return
            client.send(bytes([byte]))

    with served.in_background(trickle):
        assert "the handshake took too long" in client.refusal()
        assert time.monotonic() - began < 9
        ended.set()
    assert served.noted_once(client)
    assert served.goes_on()


def test_many_silent_strangers_do_not_keep_a_good_client_waiting(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type)
    silent = [served.raw() for _ in range(300)]
    assert served.goes_on()
    for client in silent:
        client.send(hello()[:30])
    assert served.goes_on()


def test_the_longest_waiting_strangers_make_room_for_new_ones(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, max_unauthenticated=10)
    silent = [served.raw() for _ in range(30)]
    assert served.goes_on()
    assert eventually(lambda: served.connections <= 12)
    assert silent[0].is_closed()
    assert served.noted_once(silent[0])
    late = silent[-1].shake_hands()
    assert late.call("echo", "late").value == "late"


def test_a_client_that_has_introduced_itself_may_be_silent(serve: Serve, server_type: str) -> None:
    served = serve(server_type, **IMPATIENT)
    client = served.client()
    stranger = served.raw()
    assert stranger.refusal()  # by now the other one would be overdue, too
    assert client.call("echo", "still here").value == "still here"


@pytest.mark.parametrize("said", ["half a header", "a header", "half a payload", "a large half"])
def test_half_a_message_and_silence_disturbs_nobody(served: Served, said: str) -> None:
    whole = call("json", "target", "echo", ["x" * 5000])
    half = {
        "half a header": whole[:20],
        "a header": whole[:40],
        "half a payload": whole[:3000],
        "a large half": header(INVOKE, payload_size=50_000_000) + bytes(5_000_000),
    }[said]
    clients = [served.client() for _ in range(10)]
    for client in clients:
        client.send(half)
    for _ in range(3):
        assert served.goes_on()
    assert "x" * 5000 not in served.target.calls


def test_a_message_that_was_paused_is_understood_when_it_goes_on(served: Served) -> None:
    client = served.client()
    whole = call("json", "target", "echo", ["x" * 300_000])
    for start in range(0, len(whole), 70_000):
        client.send(whole[start : start + 70_000])
        assert served.goes_on()
    answer = client.read()
    assert answer is not None and answer.value == "x" * 300_000


def deaf(served: Served, size: int) -> RawClient:
    """Return a client that asks for a large answer, and does not read it."""
    client = served.client("marshal")
    client.send(call("marshal", "target", "zeros", [size], {}))
    return client


def test_clients_that_read_no_answers_are_dropped_and_keep_nobody_waiting(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, **IMPATIENT)
    clients = [deaf(served, 20_000_000) for _ in range(5)]
    assert served.goes_on()
    assert eventually(lambda: served.connections == 1)
    for client in clients:
        assert served.noted_once(client)
    assert served.goes_on()


def test_answers_that_nobody_takes_are_not_piled_up(serve: Serve, server_type: str) -> None:
    served = serve(server_type)
    client = served.client("marshal")
    before = memory()
    request = call("marshal", "target", "zeros", [10_000_000], {})
    client.send(*[request] * 200)
    assert served.goes_on()
    assert memory() - before < 60_000_000
    for _ in range(3):
        answer = client.read()
        assert answer is not None and len(answer.payload) > 10_000_000


def test_a_client_that_reads_slowly_but_steadily_gets_everything(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, **IMPATIENT)
    client = deaf(served, 20_000_000)
    began, size = time.monotonic(), 0
    while time.monotonic() - began < 1.0:  # several times send_timeout
        size += len(client.socket.recv(30_000))
        time.sleep(0.01)
    while size < 20_000_000:
        size += len(client.socket.recv(1 << 20))
    assert served.connections == 2
    assert not served.log.about(client)


def test_a_client_that_took_a_large_answer_is_not_dropped_later(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, **IMPATIENT)
    client = served.client("marshal")
    answer = client.ask(call("marshal", "target", "zeros", [20_000_000], {}))
    assert answer.kind == RESULT
    stranger = served.raw()
    assert stranger.refusal()  # by now a deadline that was left would be over
    assert client.call("echo", "still here").value == "still here"


def test_a_large_answer_that_is_not_read_holds_up_no_later_call_of_others(
    served: Served,
) -> None:
    clients = [deaf(served, 5_000_000) for _ in range(5)]
    assert served.goes_on()
    for client in clients:
        answer = client.read()
        assert answer is not None and answer.kind == RESULT


def test_a_quiet_client_is_let_go_after_the_idle_timeout(serve: Serve, server_type: str) -> None:
    served = serve(server_type, idle_timeout=0.3)
    client = served.client()
    client.send(message(INVOKE, payload_size=100))
    assert client.is_closed()


def test_a_slow_handshake_validation_keeps_no_other_client_waiting(serve: Serve) -> None:
    import pyrox

    gate = threading.Event()

    class Careful(pyrox.Daemon):
        def validate_handshake(self, peer: pyrox.Peer, data: object) -> None:
            if data == "slow":
                assert gate.wait(10)

    served = serve("thread", daemon_class=Careful)
    slow = [served.raw() for _ in range(6)]
    for client in slow:
        client.send(hello(data="slow"))
    # A connection whose first bytes are there as soon as it is, among others that are waiting.
    hasty = [served.raw() for _ in range(20)]
    for client in hasty:
        client.send(hello())
    for client in hasty:
        assert client.read()
    assert served.goes_on()
    gate.set()
    for client in slow:
        assert client.read()
