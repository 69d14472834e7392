"""Answers that come in part, late, twice or never: no call waits longer than it may for them.

And none of them is ever taken for the answer to another call.
"""

import time
from typing import Any

import pytest

import pyrox
from pyrox import Outcome
from tests.hostile.conftest import MakeLiar
from tests.hostile.liar import Liar, Request, proxy_for


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, -1])
def test_half_an_answer_and_the_end_is_a_lost_connection(
    liar: MakeLiar, size: int, ending: str
) -> None:
    server = liar(lambda r, _: r.answer()[:size], ending=ending)
    with proxy_for(server) as proxy:
        with pytest.raises(pyrox.ConnectionClosedError) as caught:
            proxy.echo("first")
        assert caught.value.outcome is Outcome.UNKNOWN
        assert proxy.echo("second") == "second"


@pytest.mark.parametrize("size", [0, 1, 39, 40, 41, -1])
def test_half_an_answer_and_silence_is_a_timeout(liar: MakeLiar, size: int) -> None:
    server = liar(lambda r, _: r.answer()[:size])
    with proxy_for(server, timeout=0.2) as proxy:
        began = time.monotonic()
        with pytest.raises(pyrox.TimeoutError) as caught:
            proxy.echo("first")
        assert 0.1 < time.monotonic() - began < 9
        assert caught.value.outcome is Outcome.UNKNOWN
        assert server.was_left()
        assert proxy.echo("second") == "second"


def test_an_answer_in_drops_does_not_extend_the_time(liar: MakeLiar) -> None:
    def trickle(request: Request, server: Liar) -> bytes | None:
        asking = server.connection  # `server.connection` is another one once the proxy is back
        assert asking is not None
        for byte in request.answer():
            asking.sendall(bytes([byte]))
            if server.closed.acquire(timeout=0.02):
                break
        return None

    server = liar(trickle)
    with proxy_for(server, timeout=0.3) as proxy:
        began = time.monotonic()
        with pytest.raises(pyrox.TimeoutError) as caught:
            proxy.echo("first")
        assert time.monotonic() - began < 9
        assert caught.value.outcome is Outcome.UNKNOWN
        assert proxy.echo("second") == "second"


def test_a_request_that_is_read_in_drops_does_not_extend_the_time(liar: MakeLiar) -> None:
    drops = liar(lambda r, _: None, in_handshake=False)
    original = Liar._read

    def read(connection: Any) -> Request | None:
        ends = time.monotonic() + 2
        while len(drops.requests) == 1 and time.monotonic() < ends:
            connection.recv(20_000)
            time.sleep(0.01)
        return original(connection) if len(drops.requests) != 1 else None

    drops._read = read  # type: ignore[method-assign]
    with proxy_for(drops, timeout=0.4) as proxy:
        proxy._pyro.bind()
        began = time.monotonic()
        with pytest.raises(pyrox.TimeoutError):
            proxy.echo("x" * 50_000_000)
        assert time.monotonic() - began < 9


def test_a_late_answer_is_never_taken_for_another_call_s(liar: MakeLiar) -> None:
    server = liar(lambda r, _: None)
    with proxy_for(server, timeout=0.1) as proxy:
        with pytest.raises(pyrox.TimeoutError):
            proxy.echo("first")
        assert server.was_left()
        for number in range(5):
            assert proxy.echo(number) == number


def test_an_answer_sent_twice_is_never_taken_for_another_call_s(liar: MakeLiar) -> None:
    first: list[bytes] = []

    def twice(request: Request, server: Liar) -> bytes:
        first.append(request.answer())
        return first[0] + first[0][:45]  # the rest comes with the next answer

    server = liar(twice)
    with proxy_for(server) as proxy:
        assert proxy.echo("first") == "first"
        server._lie = lambda r, _: first[0][45:] + r.answer()
        with pytest.raises(pyrox.ProtocolError):
            proxy.echo("second")
        assert proxy.echo("third") == "third"


def test_an_answer_to_a_oneway_call_is_never_taken_for_another_call_s(liar: MakeLiar) -> None:
    server = liar(lambda r, _: r.answer())
    with proxy_for(server) as proxy:
        proxy.tell("oneway")
        with pytest.raises(pyrox.ProtocolError, match=r"out of sync|more answers"):
            proxy.echo("second")
        assert proxy.echo("third") == "third"
