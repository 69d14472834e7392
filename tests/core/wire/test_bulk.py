"""Large bytes within a body: received where they are to stay, however the network cut them."""

from collections.abc import Iterator

import pytest

from pyrox.errors import MessageTooLargeError
from pyrox.wire.buffers import Pieces
from pyrox.wire.message import HEADER_SIZE, Message, encode
from pyrox.wire.receiver import BULK_ABOVE, READ_SIZE, Receiver

LIMIT = 10_000_000
BULK = bytes(range(256)) * (BULK_ABOVE // 256) + b"end"
SMALL = encode(5, 0, 2, 4, b"small", None)[0]


def receiver(start: int, count: int) -> Receiver:
    made = Receiver(LIMIT)
    made.bulk_finders = {4: lambda beginning: (start, count)}
    return made


def by_receive(receiver: Receiver, data: bytes, size: int) -> list[Message]:
    """Give the receiver what reads of ``size`` bytes give."""
    found: list[Message] = []
    for at in range(0, len(data), size):
        found += receiver.receive(data[at : at + size])
    return found


def by_buffer(receiver: Receiver, data: bytes, size: int) -> list[Message]:
    """Read large bodies into the receiver's own buffer, as the drivers do."""
    found: list[Message] = []
    rest = memoryview(data)
    while rest:
        place = receiver.get_buffer()
        if place is None:
            found += receiver.receive(bytes(rest[:size]))
            rest = rest[size:]
            continue
        count = min(len(place), size, len(rest))
        place[:count] = rest[:count]
        found += receiver.buffer_updated(count)
        rest = rest[count:]
    return found


@pytest.mark.parametrize("read", [by_receive, by_buffer])
@pytest.mark.parametrize("size", [1009, READ_SIZE, BULK_ABOVE + 60, LIMIT])
@pytest.mark.parametrize(
    ("before", "after"), [(b"", b""), (b"head", b""), (b"", b"t"), (b"head", b"tail")]
)
def test_bulk_arrives_apart_and_unharmed(read, size, before, after):
    payload = before + BULK + after
    wire = b"".join(encode(5, 0, 1, 4, payload, None)) + SMALL
    first, second = read(receiver(len(before), len(BULK)), wire, size)
    assert bytes(first.payload) == payload
    assert second.payload == b"small"
    if size <= READ_SIZE:
        assert isinstance(first.payload, Pieces)
        assert first.payload.buffers == (before, BULK, after)
        assert type(first.payload.buffers[1]) is bytes


@pytest.mark.parametrize(
    ("start", "count"),
    [(0, len(BULK) + 1), (READ_SIZE + 1, len(BULK) - READ_SIZE), (0, BULK_ABOVE), (10, len(BULK))],
    ids=["too long", "beyond what is here", "not worth while", "beyond the end"],
)
def test_a_place_that_cannot_be_is_passed_over(start, count):
    wire = b"".join(encode(5, 0, 1, 4, BULK, None))
    (message,) = by_receive(receiver(start, count), wire, READ_SIZE)
    assert not isinstance(message.payload, Pieces)
    assert bytes(message.payload) == BULK


@pytest.mark.parametrize("how", [{"annotations": {"TEST": b"x"}}, {"compress": True}])
def test_a_body_that_is_more_than_its_payload_is_received_in_one_piece(how):
    wire = b"".join(encode(5, 0, 1, 4, BULK, **how))
    (message,) = by_receive(receiver(0, len(BULK)), wire, 1000)
    assert bytes(message.payload) == BULK


def test_other_serializers_are_not_asked():
    made = receiver(0, len(BULK))
    wire = b"".join(encode(5, 0, 1, 1, BULK, None))
    (message,) = by_receive(made, wire, READ_SIZE)
    assert not isinstance(message.payload, Pieces)


def test_the_limit_holds_before_anything_is_asked():
    def ask(beginning: bytes) -> Iterator[int]:
        raise AssertionError("asked")

    made = Receiver(1000)
    made.bulk_finders = {4: ask}  # type: ignore[dict-item]
    with pytest.raises(MessageTooLargeError):
        made.receive(b"".join(encode(5, 0, 1, 4, BULK, None))[: HEADER_SIZE + 10])
