"""Calls that wait, and for how long."""

from __future__ import annotations

import time

import pytest

import pyrox

from ..patience import Background, eventually
from .ground import Ends, Ground, receive

__all__ = ["Waiting"]

SHORT = 0.15
MUCH = 64 * 1024 * 1024
TimeIsUp = (BlockingIOError, TimeoutError)


class Waiting(Ground):
    """Timeouts, and what ends waiting."""

    def test_receiving_waits_no_longer_than_it_may(self, ends: Ends) -> None:
        for stream in ends:
            stream.set_timeouts(SHORT, SHORT)
            began = time.monotonic()
            with pytest.raises(TimeIsUp):
                stream.recv(1)
            assert time.monotonic() - began > SHORT * 0.5, "recv() did not wait at all"
            with pytest.raises(TimeIsUp):
                stream.recv_into(memoryview(bytearray(1)))

    def test_after_a_timeout_it_goes_on(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            receiver.set_timeouts(SHORT, SHORT)
            with pytest.raises(TimeIsUp):
                receiver.recv(1)
            sender.send([b"late"])
            receiver.set_timeouts(10.0, 10.0)
            assert receive(receiver, 4) == b"late"

    def test_sending_waits_no_longer_than_it_may(self, ends: Ends) -> None:
        data = bytes(MUCH)
        for stream in ends:
            stream.set_timeouts(SHORT, SHORT)
            with pytest.raises(TimeIsUp):
                stream.send([data])

    def test_no_bound_waits_until_something_comes(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            receiver.set_timeouts(SHORT, SHORT)
            receiver.set_timeouts(0.0, 0.0)
            waiting = Background(receiver.recv, 100)
            waiting.thread.join(2 * SHORT)
            assert waiting.running, "recv() returned, or raised, and nothing had come"
            sender.send([b"at last"])
            assert b"at last".startswith(waiting.result())

    def test_one_thread_waits_to_receive_while_another_sends(self, ends: Ends) -> None:
        waiting = Background(ends.client.recv, 100)
        ends.client.send([b"a question"])
        assert receive(ends.server, 10) == b"a question"
        ends.server.send([b"an answer"])
        assert b"an answer".startswith(waiting.result())

    def test_waiting_is_interrupted_from_another_thread(self, ends: Ends) -> None:
        waiting = Background(_outcome_of_receiving, ends.client)
        eventually(lambda: waiting.running, "recv() did not wait")
        ends.client.interrupt()
        assert waiting.result() in (b"", OSError), (
            "interrupt() has to end a recv() that waits in another thread"
        )

    def test_sending_is_interrupted_from_another_thread(self, ends: Ends) -> None:
        sending = Background(ends.client.send, [bytes(MUCH)])
        sending.thread.join(SHORT)
        assert sending.running, "64 MB were sent, and nobody received them"
        ends.client.interrupt()
        with pytest.raises(OSError):
            sending.result()


def _outcome_of_receiving(stream: pyrox.Stream) -> object:
    try:
        return stream.recv(100)
    except BlockingIOError:
        return "the time was up"
    except OSError:
        return OSError
