"""Calls that do not wait: what servers of one thread, and asyncio, are built on."""

from __future__ import annotations

import asyncio
import time

import pytest

import pyrox

from ..patience import PATIENCE
from .ground import Ends, Ground, fill, receive, send, wait_for
from .moving import pattern

__all__ = ["Multiplexing"]

MUCH = 4 * 1024 * 1024


class Multiplexing(Ground):
    """Sending and receiving by the calls that do not wait, under a selector and under asyncio."""

    def test_where_nothing_has_come_receiving_would_wait(self, ends: Ends) -> None:
        for stream in ends:
            with pytest.raises(BlockingIOError):
                stream.recv_nowait(100)
            with pytest.raises(BlockingIOError):
                stream.recv_into_nowait(memoryview(bytearray(100)))

    def test_an_idle_stream_has_nothing_pending(self, ends: Ends) -> None:
        for stream in ends:
            with pytest.raises(BlockingIOError):
                stream.recv_nowait(100)
            assert not stream.pending()
            assert not stream.waits_to_send(False)
            assert stream.waits_to_send(True)
            assert not stream.is_stale()

    def test_bytes_arrive_as_they_were_sent_without_waiting(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            send(sender, b"some bytes")
            assert receive(receiver, 10) == b"some bytes"

    def test_it_receives_into_memory_without_waiting(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            send(sender, b"abc")
            room = bytearray(3)
            view, until = memoryview(room), time.monotonic() + PATIENCE
            while view:
                try:
                    view = view[receiver.recv_into_nowait(view) :]
                except BlockingIOError:
                    assert time.monotonic() < until, "the bytes did not come"
                    wait_for(receiver, sending=False, seconds=1.0)
            assert room == b"abc"

    def test_what_was_received_and_not_asked_for_yet_is_announced(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            send(sender, pattern(5000))
            found = receive(receiver, 1)
            while len(found) < 5000:
                assert wait_for(receiver, sending=False), (
                    f"{len(found)} of 5000 bytes were received; the others are neither announced "
                    "by the selector nor pending()"
                )
                try:
                    found += receiver.recv_nowait(7)
                except BlockingIOError:
                    assert not receiver.pending(), "it is pending(), and cannot be received"
            assert found == pattern(5000)

    def test_a_peer_that_takes_nothing_makes_sending_wait(self, ends: Ends) -> None:
        for sender, _ in ends.both_ways():
            fill(sender)
            assert sender.waits_to_send(True)

    def test_what_did_not_go_out_at_once_goes_out_later(self, ends: Ends) -> None:
        data = pattern(MUCH)
        for sender, receiver in ends.both_ways():
            assert _relay(sender, receiver, [data[:3], data[3:70_000], data[70_000:]]) == data

    def test_calls_that_wait_and_calls_that_do_not_can_be_mixed(self, ends: Ends) -> None:
        for sender, receiver in ends.both_ways():
            sender.send([b"first, "])
            send(sender, b"second")
            assert receive(receiver, 3) == b"fir"
            assert receiver.recv(1) == b"s"
            assert receive(receiver, 9) == b"t, second"

    def test_much_goes_both_ways_in_one_thread(self, ends: Ends) -> None:
        data = pattern(MUCH)
        unsent = {stream: memoryview(data) for stream in ends}
        found = {stream: bytearray() for stream in ends}
        until = time.monotonic() + PATIENCE
        while any(unsent.values()) or any(len(part) < MUCH for part in found.values()):
            assert time.monotonic() < until, "it came to a standstill"
            for stream in ends:
                try:
                    if unsent[stream]:
                        sent = stream.send_nowait([unsent[stream]])
                        unsent[stream] = unsent[stream][sent:]
                except BlockingIOError:
                    pass
                try:
                    found[stream] += stream.recv_nowait(200_000)
                except BlockingIOError:
                    pass
        assert [part == data for part in found.values()] == [True, True]

    def test_an_event_loop_of_asyncio_can_serve_it(self, ends: Ends) -> None:
        data = pattern(MUCH)

        async def converse() -> list[bytes]:
            return await asyncio.gather(*(_Conversation(stream, data).done for stream in ends))

        found = asyncio.run(asyncio.wait_for(converse(), PATIENCE))
        assert [part == data for part in found] == [True, True]


def _relay(sender: pyrox.Stream, receiver: pyrox.Stream, buffers: list[bytes]) -> bytes:
    """Send all of it, receiving whatever comes in between; return what came."""
    rest = [memoryview(buffer) for buffer in buffers]
    size = sum(map(len, rest))
    found = bytearray()
    until = time.monotonic() + PATIENCE
    while rest or len(found) < size:
        assert time.monotonic() < until, f"{len(found)} of {size} bytes came, and no more"
        try:
            count = sender.send_nowait(rest) if rest else 0
        except BlockingIOError:
            count = 0
        while rest and count >= len(rest[0]):
            count -= len(rest.pop(0))
        if count:
            rest[0] = rest[0][count:]
        try:
            found += receiver.recv_nowait(50_000)
        except BlockingIOError:
            pass
    return bytes(found)


class _Conversation:
    """Sends ``data`` over a stream, and receives as much, in the running event loop."""

    def __init__(self, stream: pyrox.Stream, data: bytes) -> None:
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[bytes] = self.loop.create_future()
        self._stream = stream
        self._unsent = memoryview(data)
        self._found = bytearray()
        self._size = len(data)
        self.loop.add_reader(stream.fileno(), self._go_on)
        self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        while self._send_some() or self._receive_some():
            pass
        if self._stream.waits_to_send(bool(self._unsent)):
            self.loop.add_writer(self._stream.fileno(), self._go_on)
        else:
            self.loop.remove_writer(self._stream.fileno())
        if not self._unsent and len(self._found) >= self._size and not self.done.done():
            self.done.set_result(bytes(self._found))

    def _send_some(self) -> bool:
        if not self._unsent:
            return False
        try:
            self._unsent = self._unsent[self._stream.send_nowait([self._unsent]) :]
        except BlockingIOError:
            return False
        return True

    def _receive_some(self) -> bool:
        try:
            data = self._stream.recv_nowait(200_000)
        except BlockingIOError:
            return False
        self._found += data
        return bool(data)
