"""Bytes from one end to the other, by the calls that wait."""

from __future__ import annotations

import random

import pytest

import pyrox

from ..patience import Background
from .ground import Ends, Ground

__all__ = ["Moving"]

MUCH = 8 * 1024 * 1024
PATTERN = random.Random(5).randbytes(1 << 16)


def pattern(size: int) -> bytes:
    """Return bytes that look different everywhere, so that a mix-up is seen."""
    return (PATTERN * (size // len(PATTERN) + 1))[:size]


class Moving(Ground):
    """Sending and receiving with calls that wait."""

    def test_bytes_arrive_as_they_were_sent(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            sender.send([bytes(range(256))])
            assert _exactly(receiver, 256) == bytes(range(256))

    def test_receiving_returns_as_soon_as_there_is_something(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            sender.send([b"short"])
            assert 0 < len(receiver.recv(1_000_000)) <= 5

    def test_no_more_is_received_than_was_asked_for(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            sender.send([b"abcdef"])
            assert receiver.recv(1) == b"a"
            assert _exactly(receiver, 5) == b"bcdef"

    def test_it_receives_into_memory_that_it_is_given(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            sender.send([b"abcdef"])
            room = bytearray(b"......")
            view = memoryview(room)
            while view:
                count = receiver.recv_into(view)
                assert 0 < count <= len(view), f"recv_into returned {count}"
                view = view[count:]
            assert room == b"abcdef"

    def test_no_more_is_put_into_memory_than_fits(self, ends: Ends) -> None:
        ends.client.send([b"abcdef"])
        room = bytearray(b"........")
        assert ends.server.recv_into(memoryview(room)[:3]) <= 3
        assert room[3:] == b".....", "bytes were written behind the buffer"

    def test_several_buffers_arrive_one_behind_the_other(self, ends: Ends) -> None:
        parts: list[pyrox.Buffer] = [
            b"bytes, ",
            bytearray(b"a bytearray, "),
            memoryview(b"and a view of memory"),
        ]
        for sender, receiver in ends.both_ways():
            sender.send(parts)
            whole = b"".join(parts)
            assert _exactly(receiver, len(whole)) == whole

    @pytest.mark.parametrize("count", [1, 63, 64, 65, 1500])
    def test_any_number_of_buffers_arrives(self, ends: Ends, count: int) -> None:
        parts = [pattern(number % 5 + 1) for number in range(count)]
        sending = Background(ends.client.send, parts)
        whole = b"".join(parts)
        assert _exactly(ends.server, len(whole)) == whole
        sending.result()

    def test_empty_buffers_are_nothing(self, ends: Ends) -> None:
        ends.client.send([b"", b"a", memoryview(b""), b"b", b""])
        assert _exactly(ends.server, 2) == b"ab"

    def test_a_view_of_something_else_than_bytes_is_sent_as_its_bytes(self, ends: Ends) -> None:
        numbers = memoryview(bytes(range(16))).cast("I")
        ends.client.send([b"<", numbers])
        assert _exactly(ends.server, 17) == b"<" + bytes(range(16))

    def test_many_small_pieces_arrive_in_order(self, ends: Ends) -> None:
        data = pattern(3000)

        def scatter() -> None:
            for number in range(len(data)):
                ends.client.send([data[number : number + 1]])

        sending = Background(scatter)
        assert _exactly(ends.server, len(data)) == data
        sending.result()

    @pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 16_384, 65_535, 65_536, 65_537, MUCH])
    def test_any_size_arrives(self, ends: Ends, size: int) -> None:
        data = pattern(size)
        for sender, receiver in ends.both_ways():
            sending = Background(sender.send, [data])
            assert _exactly(receiver, size) == data
            sending.result()

    def test_much_goes_both_ways_at_once(self, ends: Ends) -> None:
        data = pattern(MUCH)
        sending = [Background(stream.send, [data[:7], data[7:]]) for stream in ends]
        receiving = [Background(_exactly, stream, MUCH) for stream in ends]
        for found in receiving:
            assert found.result() == data
        for sent in sending:
            sent.result()

    def test_what_is_sent_may_be_changed_afterwards(self, ends: Ends) -> None:
        data = bytearray(b"before")
        ends.client.send([data])
        data[:] = b"behind"
        assert _exactly(ends.server, 6) == b"before", "a buffer was kept after send() returned"


def _exactly(stream: pyrox.Stream, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        data = stream.recv(min(size - len(found), 200_000))
        assert data, f"the stream ended after {len(found)} of {size} bytes"
        found += data
    return bytes(found)
