"""Bytes in, messages out, however the network cut them."""

import tracemalloc
from collections.abc import Callable
from typing import TypeAlias

import pytest

from pyrox import MessageTooLargeError, RemoteProtocolError
from pyrox.wire.message import MAX_SIZE, Message
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import INVOKE, RESULT, chunk, header, message

Feed: TypeAlias = Callable[[Receiver, bytes], list[Message]]
MIB = 1024 * 1024
FIRST = message(INVOKE, b"first payload", chunk(b"AAAA", b"one"), sequence=1)
SECOND = message(RESULT, b"", sequence=2)
THIRD = message(INVOKE, b"third payload", sequence=3)


def payloads(messages: list[Message]) -> list[bytes]:
    return [bytes(found.payload) for found in messages]


def fed(receiver: Receiver, data: bytes) -> list[Message]:
    """Feed a receiver as a driver does that reads large bodies in place."""
    place = receiver.get_buffer()
    if place is None:
        return receiver.receive(data)
    count = min(len(place), len(data))
    place[:count] = data[:count]
    found = receiver.buffer_updated(count)
    return found + fed(receiver, data[count:]) if count < len(data) else found


def test_nothing_gives_nothing() -> None:
    receiver = Receiver(MAX_SIZE)
    assert receiver.receive(b"") == []
    assert receiver.idle


def test_a_whole_message_is_complete_at_once() -> None:
    receiver = Receiver(MAX_SIZE)
    (found,) = receiver.receive(THIRD)
    assert (found.type, found.sequence, found.payload) == (INVOKE, 3, b"third payload")
    assert receiver.idle


@pytest.mark.parametrize("feed", [Receiver.receive, fed])
@pytest.mark.parametrize("at", range(1, len(FIRST)))
def test_a_message_may_be_cut_anywhere(at: int, feed: Feed) -> None:
    receiver = Receiver(MAX_SIZE)
    assert feed(receiver, FIRST[:at]) == []
    assert not receiver.idle
    assert feed(receiver, FIRST[at:]) == Receiver(MAX_SIZE).receive(FIRST)
    assert receiver.idle


@pytest.mark.parametrize("feed", [Receiver.receive, fed])
def test_a_message_may_come_byte_by_byte(feed: Feed) -> None:
    receiver = Receiver(MAX_SIZE)
    found = [feed(receiver, bytes([byte])) for byte in FIRST + SECOND]
    assert [len(messages) for messages in found if messages] == [1, 1]
    assert found[-1] == Receiver(MAX_SIZE).receive(SECOND)


def test_one_read_may_hold_many_messages() -> None:
    found = Receiver(MAX_SIZE).receive((FIRST + SECOND + THIRD) * 100)
    assert [message.sequence for message in found] == [1, 2, 3] * 100


@pytest.mark.parametrize("at", range(1, len(SECOND + THIRD)))
def test_one_read_may_hold_a_message_and_the_beginning_of_the_next(at: int) -> None:
    receiver = Receiver(MAX_SIZE)
    stream = FIRST + SECOND + THIRD
    cut = len(FIRST) + at
    found = receiver.receive(stream[:cut]) + receiver.receive(stream[cut:])
    assert [message.sequence for message in found] == [1, 2, 3]


def test_the_end_of_a_large_body_may_come_with_the_next_message() -> None:
    receiver = Receiver(MAX_SIZE)
    large = message(INVOKE, bytes(200_000), sequence=8)
    assert receiver.receive(large[:65536]) == []
    found = receiver.receive(large[65536:] + SECOND + THIRD[:50])
    assert [message.sequence for message in found] == [8, 2]
    assert [message.sequence for message in receiver.receive(THIRD[50:])] == [3]


def test_messages_without_a_body_need_no_more_than_their_header() -> None:
    receiver = Receiver(MAX_SIZE)
    assert receiver.receive(SECOND[:39]) == []
    assert payloads(receiver.receive(SECOND[39:])) == [b""]


# Large bodies


def test_a_large_body_is_read_in_place() -> None:
    payload = bytes(range(256)) * 4096
    data = message(INVOKE, payload)
    receiver = Receiver(MAX_SIZE)
    assert receiver.get_buffer() is None
    assert receiver.receive(data[:65536]) == []
    place = receiver.get_buffer()
    assert place is not None
    assert len(place) == len(data) - 65536
    place[:1000] = data[65536:66536]
    assert receiver.buffer_updated(1000) == []
    place = receiver.get_buffer()
    assert place is not None
    assert len(place) == len(data) - 66536
    place[:] = data[66536:]
    (found,) = receiver.buffer_updated(len(place))
    assert found.payload == payload
    assert receiver.get_buffer() is None
    assert receiver.idle


def test_a_large_body_is_not_copied_on_its_way() -> None:
    size = 8 * MIB
    receiver = Receiver(MAX_SIZE)
    tracemalloc.start()
    try:
        receiver.receive(header(INVOKE, payload_size=size))
        place = receiver.get_buffer()
        assert place is not None
        (found,) = receiver.buffer_updated(len(place))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.payload) == size
    assert peak < MIB


def test_a_large_body_with_annotations_is_cut_into_its_parts() -> None:
    annotations = chunk(b"AAAA", b"a" * 100_000)
    data = message(INVOKE, b"p" * 100_000, annotations)
    receiver = Receiver(MAX_SIZE)
    messages = [found for at in range(0, len(data), 65536)
                for found in fed(receiver, data[at : at + 65536])]  # fmt: skip
    assert payloads(messages) == [b"p" * 100_000]
    assert messages[0].annotations == {"AAAA": b"a" * 100_000}


def test_each_large_body_has_a_place_of_its_own() -> None:
    receiver = Receiver(MAX_SIZE)
    found = []
    for letter in (b"a", b"b", b"c"):
        data = message(INVOKE, letter * 300_000)
        receiver.receive(data[:100])
        found += fed(receiver, data[100:])
    assert payloads(found) == [letter * 300_000 for letter in (b"a", b"b", b"c")]


# Limits


@pytest.mark.parametrize("size", [1001, MIB, 2**32 - 1])
def test_a_body_over_the_limit_is_refused_from_its_header_alone(size: int) -> None:
    receiver = Receiver(1000)
    tracemalloc.start()
    try:
        with pytest.raises(MessageTooLargeError, match=f"{size}, max=1000"):
            receiver.receive(header(INVOKE, payload_size=size))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    assert receiver.get_buffer() is None


def test_a_body_that_is_announced_and_never_sent_takes_no_memory() -> None:
    receiver = Receiver(MAX_SIZE)
    tracemalloc.start()
    try:
        receiver.receive(header(INVOKE, payload_size=2**30))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    place = receiver.get_buffer()
    assert place is not None
    assert len(place) == 2**30


def test_the_limit_may_change_between_messages() -> None:
    receiver = Receiver(10)
    assert len(receiver.receive(message(INVOKE, bytes(10)))) == 1
    receiver.limit = 20
    assert len(receiver.receive(message(INVOKE, bytes(20)))) == 1
    with pytest.raises(MessageTooLargeError):
        receiver.receive(message(INVOKE, bytes(21)))


def test_a_body_of_exactly_the_limit_is_received() -> None:
    data = message(INVOKE, bytes(80), chunk(b"AAAA", bytes(12)))
    assert payloads(Receiver(100).receive(data)) == [bytes(80)]


# What no peer should send


@pytest.mark.parametrize(
    "data", [b"\0", b"X", b"PYR0", b"HTTP", b"PYRO\0\0", header(INVOKE, version=1)[:6]]
)
def test_junk_is_refused_before_a_whole_header_is_there(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        Receiver(MAX_SIZE).receive(data)


def test_junk_behind_a_message_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="invalid data"):
        Receiver(MAX_SIZE).receive(FIRST + b"\r\n")


def test_junk_in_the_second_part_of_a_header_is_refused() -> None:
    receiver = Receiver(MAX_SIZE)
    receiver.receive(b"PY")
    with pytest.raises(RemoteProtocolError, match="invalid data"):
        receiver.receive(b"TH")


def test_a_wrong_magic_number_is_refused_once_the_header_is_whole() -> None:
    receiver = Receiver(MAX_SIZE)
    data = header(INVOKE, magic=0)
    assert receiver.receive(data[:39]) == []
    with pytest.raises(RemoteProtocolError, match="magic"):
        receiver.receive(data[39:])


def test_broken_annotations_are_refused_once_the_body_is_whole() -> None:
    receiver = Receiver(MAX_SIZE)
    data = message(INVOKE, b"x", chunk(b"AAAA", b"data", size=2**31))
    assert receiver.receive(data[:-1]) == []
    with pytest.raises(RemoteProtocolError, match="claims"):
        receiver.receive(data[-1:])
