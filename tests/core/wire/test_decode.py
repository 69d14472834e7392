"""Headers and annotations in: what is accepted, and what each refusal says."""

import pytest

from pyrox import MessageTooLargeError, RemoteProtocolError
from pyrox.wire.message import (
    HEADER_SIZE,
    MAX_ANNOTATIONS,
    MAX_SIZE,
    Message,
    build,
    check_prefix,
    decode_annotations,
    decode_header,
    decode_plain,
)
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import COMPRESSED, INVOKE, chunk, header, message


def received(data: bytes, limit: int = MAX_SIZE) -> Message:
    (found,) = Receiver(limit).receive(data)
    return found


REFUSED_HEADERS = {
    "junk": (b"\0" * 40, "invalid data"),
    "another protocol": (b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n----", "invalid data"),
    "the wrong tag": (header(INVOKE, tag=b"PYRX"), "invalid data"),
    "an older version": (header(INVOKE, version=501), "invalid protocol version: 501"),
    "a newer version": (header(INVOKE, version=503), "this side speaks 502"),
    "the wrong magic number": (header(INVOKE, magic=0x4DC6), "wrong magic number"),
}


@pytest.mark.parametrize("kind", REFUSED_HEADERS)
def test_what_is_no_header_is_refused(kind: str) -> None:
    data, reason = REFUSED_HEADERS[kind]
    with pytest.raises(RemoteProtocolError, match=reason):
        decode_header(data)


@pytest.mark.parametrize("kind", REFUSED_HEADERS)
def test_the_short_way_of_reading_declines_what_is_no_header(kind: str) -> None:
    assert decode_plain(REFUSED_HEADERS[kind][0], MAX_SIZE) is None


@pytest.mark.parametrize(
    ("payload", "annotations"), [(101, 0), (0, 101), (100, 1), (2**32 - 1, 2**32 - 1)]
)
def test_sizes_over_the_limit_are_refused(payload: int, annotations: int) -> None:
    data = header(INVOKE, payload_size=payload, annotations_size=annotations)
    expected = rf"message too large \({payload + annotations}, max=100\)"
    with pytest.raises(MessageTooLargeError, match=expected):
        decode_header(data, 100)


@pytest.mark.parametrize(("payload", "annotations"), [(100, 0), (0, 100), (60, 40)])
def test_sizes_of_exactly_the_limit_are_accepted(payload: int, annotations: int) -> None:
    data = header(INVOKE, payload_size=payload, annotations_size=annotations)
    assert decode_header(data, 100).payload_size == payload


def test_the_reserved_field_is_passed_over() -> None:
    assert received(message(INVOKE, b"x", reserved=0xFFFF)).payload == b"x"


def test_unknown_flags_are_passed_over() -> None:
    assert received(message(INVOKE, b"x", flags=0xFF80)).payload == b"x"


def test_a_correlation_id_without_its_flag_means_nothing() -> None:
    data = message(INVOKE, correlation_id=b"0123456789abcdef")
    assert received(data).correlation_id is None
    assert received(message(INVOKE, flags=0x40, correlation_id=bytes(16))).correlation_id == bytes(
        16
    )


@pytest.mark.parametrize("length", range(41))
def test_every_beginning_of_a_header_is_accepted(length: int) -> None:
    check_prefix(header(INVOKE)[:length])


@pytest.mark.parametrize("data", [b"Q", b"PYRA", b"PX", b"\x00", b"GET ", b"PYRX\x01\xf6"])
def test_a_beginning_that_cannot_become_a_tag_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="invalid data"):
        check_prefix(data)


@pytest.mark.parametrize("data", [b"PYRO\x01\xf7", b"PYRO\x00\x00", b"PYRO\xff\xff\x01"])
def test_a_wrong_version_is_refused_as_soon_as_it_is_there(data: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="invalid protocol version"):
        check_prefix(data)


# Annotations


def test_annotations_are_read_by_their_identifiers() -> None:
    area = chunk(b"AAAA", b"one") + chunk(b"BBBB") + chunk(b"CC  ", b"\0")
    assert decode_annotations(memoryview(area)) == {"AAAA": b"one", "BBBB": b"", "CC  ": b"\0"}


def test_a_repeated_annotation_overwrites_the_earlier_one() -> None:
    area = chunk(b"SAME", b"first") + chunk(b"ELSE", b"x") + chunk(b"SAME", b"last")
    assert decode_annotations(memoryview(area)) == {"SAME": b"last", "ELSE": b"x"}


def test_annotations_are_copies_that_outlive_the_message() -> None:
    area = bytearray(chunk(b"AAAA", b"one"))
    annotations = decode_annotations(memoryview(area))
    area[:] = bytes(len(area))
    assert annotations == {"AAAA": b"one"}


@pytest.mark.parametrize("size", range(1, 8))
def test_an_annotation_that_ends_in_its_header_is_refused(size: int) -> None:
    with pytest.raises(RemoteProtocolError, match="middle of its header"):
        decode_annotations(memoryview(chunk(b"AAAA", b"one") + chunk(b"BBBB")[:size]))


@pytest.mark.parametrize("size", [5, 2**31, 2**32 - 1])
def test_an_annotation_that_claims_more_than_there_is_is_refused(size: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"claims {size:,} bytes where 4 are left"):
        decode_annotations(memoryview(chunk(b"AAAA", b"data", size=size)))


def test_an_annotation_cannot_reach_into_the_payload() -> None:
    area = chunk(b"AAAA", b"data", size=8)
    with pytest.raises(RemoteProtocolError, match="claims 8 bytes where 4 are left"):
        received(message(INVOKE, b"payload", area))


def test_an_identifier_that_is_not_ascii_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="not ascii"):
        decode_annotations(memoryview(chunk(b"\xc4BCD", b"data")))


def test_no_more_than_a_thousand_annotations_are_read() -> None:
    assert len(decode_annotations(memoryview(many_chunks(MAX_ANNOTATIONS)))) == MAX_ANNOTATIONS
    with pytest.raises(RemoteProtocolError, match="more than 1000 annotations"):
        decode_annotations(memoryview(many_chunks(MAX_ANNOTATIONS + 1)))


def many_chunks(count: int) -> bytes:
    return b"".join(chunk(b"%04d" % (number % 10_000)) for number in range(count))


# The short way


def test_the_short_way_reads_one_plain_message() -> None:
    data = message(INVOKE, b"payload", serializer=4, sequence=7, flags=0x41,
                   correlation_id=b"0123456789abcdef")  # fmt: skip
    assert Receiver(MAX_SIZE).lone(data) == build(decode_header(data), data[HEADER_SIZE:])


def test_the_short_way_reads_the_first_of_several_and_the_one_at_an_offset() -> None:
    data = message(INVOKE, b"first", sequence=1) + message(INVOKE, b"second", sequence=2)
    first = decode_plain(data, MAX_SIZE)
    assert first is not None
    second = decode_plain(data, MAX_SIZE, HEADER_SIZE + len(first.payload))
    assert second is not None
    assert (first.payload, first.sequence) == (b"first", 1)
    assert (second.payload, second.sequence) == (b"second", 2)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        header(INVOKE)[:39],
        message(INVOKE, b"payload")[:-1],
        message(INVOKE, b"payload") + b"P",
        message(INVOKE) + message(INVOKE),
        message(INVOKE, b"payload", chunk(b"AAAA")),
        message(INVOKE, b"payload", flags=COMPRESSED),
        message(INVOKE, bytes(101)),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_the_short_way_declines_anything_else(data: bytes) -> None:
    assert Receiver(100).lone(data) is None


def test_a_message_shows_what_it_is_but_not_its_payload() -> None:
    text = repr(received(message(INVOKE, b"secret", serializer=4, sequence=7, flags=4)))
    assert text == "<Message INVOKE sequence=7 flags=0x04 serializer=4>"
