"""Messages out: sizes, flags, and how many buffers a message is sent as."""

import struct
from array import array
from collections.abc import Mapping

import pytest

from pyrox import Buffer, LocalProtocolError, MessageTooLargeError, Outcome, Payload, Pieces
from pyrox.wire.message import (
    HEADER_SIZE,
    JOIN_BELOW,
    MAX_SIZE,
    Flags,
    Message,
    encode,
    encode_annotations,
    encode_plain,
)
from pyrox.wire.receiver import Receiver


def written(
    payload: Payload = b"",
    flags: int = 0,
    annotations: Mapping[str, Buffer] | None = None,
    compress: bool = False,
    limit: int = MAX_SIZE,
) -> tuple[Buffer, ...]:
    return encode(4, flags, 1, 3, payload, annotations, None, compress, limit)


def read(buffers: tuple[Buffer, ...]) -> Message:
    (message,) = Receiver(MAX_SIZE).receive(b"".join(buffers))
    return message


@pytest.mark.parametrize("payload", [b"value", bytearray(b"value"), memoryview(b"value")])
def test_a_payload_is_any_buffer(payload: Buffer) -> None:
    assert read(written(payload)).payload == b"value"


def test_an_empty_message_is_a_header_alone() -> None:
    (buffer,) = written(b"")
    assert len(buffer) == HEADER_SIZE == 40


def test_a_small_message_is_one_buffer() -> None:
    assert len(written(bytes(JOIN_BELOW), annotations={"ABCD": b"data"})) == 1


def test_a_large_payload_is_not_copied() -> None:
    payload = bytes(JOIN_BELOW + 1)
    header, sent = written(payload, annotations={"ABCD": b"data"})
    assert sent is payload
    assert len(header) == HEADER_SIZE + 8 + 4


def test_pieces_of_a_large_payload_are_not_joined() -> None:
    first, second = bytes(JOIN_BELOW), bytearray(b"end")
    _, *sent = written(Pieces([first, second]))
    assert sent[0] is first
    assert sent[1] is second


def test_pieces_of_a_small_payload_are_joined() -> None:
    (buffer,) = written(Pieces([b"one", memoryview(b"two")]))
    assert bytes(buffer).endswith(b"onetwo")


def test_pieces_count_bytes_rather_than_items() -> None:
    numbers = array("i", range(10_000))
    pieces = Pieces([b"head", memoryview(numbers)])
    assert len(pieces) == 4 + 10_000 * numbers.itemsize
    assert read(written(pieces)).payload == b"head" + numbers.tobytes()


def test_pieces_are_the_bytes_of_all() -> None:
    assert bytes(Pieces([b"one", bytearray(b"two"), memoryview(b"three")])) == b"onetwothree"


def test_a_correlation_id_sets_its_flag() -> None:
    message = read(encode(4, 0, 1, 3, b"", None, b"0123456789abcdef"))
    assert message.flags == Flags.CORRELATION_ID
    assert message.correlation_id == b"0123456789abcdef"


def test_without_a_correlation_id_there_is_no_flag() -> None:
    message = read(written())
    assert message.flags == 0
    assert message.correlation_id is None


def test_the_callers_compressed_flag_is_dropped() -> None:
    assert read(written(b"plain", flags=Flags.COMPRESSED | Flags.BATCH)).flags == Flags.BATCH


def test_the_reserved_field_is_zero() -> None:
    assert struct.unpack_from("!H", written()[0], 36) == (0,)


@pytest.mark.parametrize("size", [0, 1, 999, JOIN_BELOW])
def test_a_plain_message_is_what_encode_makes_of_it(size: int) -> None:
    payload = bytes(size)
    for correlation_id in (None, b"0123456789abcdef"):
        plain = encode_plain(5, Flags.EXCEPTION, 65535, 4, payload, correlation_id)
        assert plain == encode(5, Flags.EXCEPTION, 65535, 4, payload, None, correlation_id)


def test_a_message_of_exactly_the_limit_is_written() -> None:
    assert read(written(bytes(90), annotations={"ABCD": b"xy"}, limit=100)).payload == bytes(90)


@pytest.mark.parametrize("payload", [bytes(91), Pieces([bytes(90), b"x"])])
def test_a_message_over_the_limit_is_not_sent(payload: Payload) -> None:
    with pytest.raises(
        MessageTooLargeError, match=r"^message too large \(101, max=100\)"
    ) as caught:
        written(payload, annotations={"ABCD": b"xy"}, limit=100)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert "max_message_size" in str(caught.value)


# Annotations


def test_annotations_stand_in_the_order_given() -> None:
    wire = encode_annotations({"ZZZZ": b"1", "AAAA": b"22"})
    assert wire == b"ZZZZ\x00\x00\x00\x011AAAA\x00\x00\x00\x0222"


@pytest.mark.parametrize("data", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_annotation_data_is_any_buffer(data: Buffer) -> None:
    assert encode_annotations({"DATA": data}) == b"DATA\x00\x00\x00\x03abc"


def test_annotation_sizes_count_bytes_rather_than_items() -> None:
    numbers = array("i", [1, 2])
    wire = encode_annotations({"NUMS": memoryview(numbers)})
    assert wire == b"NUMS" + struct.pack("!I", 2 * numbers.itemsize) + numbers.tobytes()


@pytest.mark.parametrize("key", ["", "ABC", "ABCDE", "ÄBCD", 1234, b"ABCD"])
def test_an_annotation_identifier_is_four_ascii_characters(key: str) -> None:
    with pytest.raises(LocalProtocolError, match="4 ascii characters") as caught:
        written(annotations={key: b""})
    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("data", ["text", None, 5, [1]])
def test_annotation_data_that_is_no_bytes_is_named(data: bytes) -> None:
    with pytest.raises(LocalProtocolError, match=f"DATA is a {type(data).__name__}"):
        written(annotations={"DATA": data})


def test_no_annotations_are_no_bytes() -> None:
    assert written(b"x", annotations={}) == written(b"x", annotations=None)
