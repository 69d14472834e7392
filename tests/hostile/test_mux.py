"""Clients that misuse a connection for many calls at once: it costs them that one, at most."""

import pytest

from tests.hostile.conftest import Serve, Served
from tests.hostile.raw import CANCEL, PING, RESULT, RawClient, call, eventually, message

SIDE_BY_SIDE = pytest.mark.parametrize("server_type", ["thread", "asyncio"], indirect=True)


def shared(served: Served) -> RawClient:
    return served.raw().shake_hands_as_pyrox("mux", "cancel", "deadline", "drain")


def work(method: str, sequence: int, *args: object) -> bytes:
    return call("json", "target", method, list(args), sequence=sequence)


def test_cancelling_a_call_that_never_was_or_has_ended_is_passed_over(served: Served) -> None:
    client = shared(served)
    assert client.ask(work("echo", 3, "a")).value == "a"
    client.send(message(CANCEL, sequence=3), message(CANCEL, sequence=999))
    assert client.ask(work("echo", 4, "b")).value == "b"


def test_who_did_not_say_that_it_cancels_may_not(served: Served) -> None:
    client = served.client()
    client.send(message(CANCEL, sequence=1))
    assert "invalid msg type 16" in client.refusal()
    assert served.goes_on()


def test_a_call_that_waits_behind_others_is_cancelled_before_it_begins(serve: Serve) -> None:
    served = serve("thread", max_calls=1)
    client = shared(served)
    client.send(work("wait", 1, "first"))
    assert served.target.started.acquire(timeout=30)
    client.send(work("wait", 2, "second"), message(CANCEL, sequence=2))
    served.target.gate.set()
    answers = [client.read(), client.read()]
    found = {answer.sequence: answer for answer in answers if answer is not None}
    assert found[1].value == "first"
    assert found[2].kind == RESULT
    assert served.target.calls.count("second") <= 1


def test_a_number_that_is_used_twice_at_once_harms_nobody_else(serve: Serve) -> None:
    served = serve("thread")
    client = shared(served)
    client.send(work("wait", 7, "first"))
    assert served.target.started.acquire(timeout=30)
    client.send(work("wait", 7, "second"))
    assert "is that of a call under way" in client.refusal()
    assert served.goes_on()
    served.target.gate.set()


@SIDE_BY_SIDE
def test_a_client_that_opens_65535_calls_and_reads_nothing_is_not_read_for_ever(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, max_calls=10, max_in_flight=10, max_queued_calls=1000)
    client = shared(served)
    requests = b"".join(work("wait", sequence) for sequence in range(0xFFFF))
    with served.in_background(lambda: client.send(requests)):
        for _ in range(10):
            assert served.target.started.acquire(timeout=30)
        assert not served.target.started.acquire(timeout=0.2), "more calls run than may"
        served.target.gate.set()
        client.reset()
    assert eventually(lambda: served.connections <= 2)


@SIDE_BY_SIDE
def test_while_a_client_keeps_all_its_places_others_are_greeted(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, max_calls=4, max_in_flight=4)
    client = shared(served)
    client.send(*(work("wait", sequence) for sequence in range(4)))
    for _ in range(4):
        assert served.target.started.acquire(timeout=30)
    other = served.client()
    assert other.ask(message(PING)).kind == PING
    served.target.gate.set()
    assert [answer.kind for answer in [client.read() for _ in range(4)] if answer] == [RESULT] * 4


@SIDE_BY_SIDE
def test_answers_of_slow_calls_that_nobody_takes_are_not_piled_up(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type, send_timeout=0.5)
    client = shared(served)
    requests = b"".join(work("text", sequence, 200_000) for sequence in range(500))
    with served.in_background(lambda: client.send(requests)):
        assert served.goes_on()
        # It takes nothing, and is dropped for that.
        assert eventually(lambda: served.connections <= 1)
        client.reset()


@SIDE_BY_SIDE
def test_answers_come_although_the_client_is_silent_in_the_middle_of_a_message(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type)
    client = shared(served)
    client.send(work("wait", 1, "slow"))
    assert served.target.started.acquire(timeout=30)
    half = work("echo", 2, "x" * 100)
    client.send(half[:90])
    served.target.gate.set()
    answer = client.read()
    assert answer is not None
    assert answer.value == "slow"
    client.send(half[90:])
    answer = client.read()
    assert answer is not None
    assert answer.value == "x" * 100
    assert served.goes_on()


@SIDE_BY_SIDE
def test_answers_are_not_held_back_by_a_slow_call_that_came_with_their_requests(
    serve: Serve, server_type: str
) -> None:
    served = serve(server_type)
    client = shared(served)
    for round in range(5):
        quick = [work("echo", 10 * round + number, number) for number in range(4)]
        client.send(b"".join([*quick, work("wait", 10 * round + 9, "slow")]))
        answers = [client.read() for _ in quick]
        assert [answer.value for answer in answers if answer is not None] == [0, 1, 2, 3]
        served.target.gate.set()
        last = client.read()
        assert last is not None and last.sequence == 10 * round + 9
        served.target.gate.clear()
