"""Whatever arrives, and in whatever portions: the same messages, or a ProtocolError."""

import zlib

from hypothesis import example, given
from hypothesis import strategies as st

from pyrox import ProtocolError
from pyrox.wire.message import (
    HEADER_SIZE,
    Message,
    build,
    decode_annotations,
    decode_header,
    encode,
)
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import COMPRESSED, INVOKE, chunk, header, message

LIMIT = 100_000
identifiers = st.text(st.characters(max_codepoint=127), min_size=4, max_size=4)


@st.composite
def wire_messages(draw: st.DrawFn) -> bytes:
    size = draw(st.sampled_from([0, 1, 39, 40, 101, 5000, 20_000, 70_000]))
    payload = draw(st.binary(max_size=200)) + bytes(size)
    buffers = encode(
        draw(st.integers(1, 6)),
        draw(st.integers(0, 0xFFFF)) & ~0x40,
        draw(st.integers(0, 0xFFFF)),
        draw(st.integers(0, 255)),
        payload,
        draw(st.none() | st.dictionaries(identifiers, st.binary(max_size=60), max_size=4)),
        draw(st.none() | st.binary(min_size=16, max_size=16)),
        draw(st.booleans()),
    )
    return b"".join(buffers)


def fed(receiver: Receiver, portion: bytes) -> list[Message]:
    """Feed a portion as a driver does: large bodies in place, everything else as bytes."""
    found: list[Message] = []
    while portion and (place := receiver.get_buffer()) is not None:
        count = min(len(place), len(portion))
        place[:count] = portion[:count]
        found += receiver.buffer_updated(count)
        portion = portion[count:]
    return found + receiver.receive(portion)


@given(st.lists(wire_messages(), max_size=4), st.data())
def test_any_portions_of_a_stream_give_the_same_messages(
    wires: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(wires)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    in_place = data.draw(st.booleans())
    receiver = Receiver(LIMIT)
    found: list[Message] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        portion = stream[start:end]
        found += fed(receiver, portion) if in_place else receiver.receive(portion)
    assert found == [one for wire in wires for one in Receiver(LIMIT).receive(wire)]
    assert len(found) == len(wires)
    assert receiver.idle
    assert receiver.get_buffer() is None


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_arbitrary_bytes_raise_only_protocol_errors(portions: list[bytes]) -> None:
    receiver = Receiver(LIMIT)
    try:
        for portion in portions:
            receiver.receive(portion)
    except ProtocolError:
        pass


@given(
    st.integers(0, 255),
    st.integers(0, 0xFFFF),
    st.integers(0, 300),
    st.integers(0, 300),
    st.binary(max_size=400),
)
@example(INVOKE, COMPRESSED, 8, 0, zlib.compress(b""))
@example(INVOKE, 0, 0, 12, chunk(b"AAAA", b"data"))
@example(INVOKE, 0, 0, 12, chunk(b"AAAA", b"data", size=5))
def test_arbitrary_bodies_raise_only_protocol_errors(
    kind: int, flags: int, payload_size: int, annotations_size: int, body: bytes
) -> None:
    head = header(kind, flags=flags, payload_size=payload_size, annotations_size=annotations_size)
    try:
        Receiver(LIMIT).receive(head + body)
    except ProtocolError:
        pass


@given(st.binary(max_size=300))
def test_arbitrary_annotations_raise_only_protocol_errors(area: bytes) -> None:
    try:
        decode_annotations(memoryview(area))
    except ProtocolError:
        pass


@given(st.integers(0, 120), st.integers(0, 255))
def test_one_wrong_byte_raises_only_protocol_errors(position: int, byte: int) -> None:
    data = bytearray(message(INVOKE, zlib.compress(b"x" * 50), chunk(b"AAAA", b"y" * 40), flags=2))
    data[position % len(data)] = byte
    try:
        Receiver(LIMIT).receive(bytes(data))
    except ProtocolError:
        pass


@given(st.binary(max_size=200) | wire_messages())
def test_the_short_way_never_reads_anything_else_than_the_long_way(data: bytes) -> None:
    found = Receiver(LIMIT).lone(data)
    if found is not None:
        assert found == build(decode_header(data, LIMIT), data[HEADER_SIZE:], LIMIT)
