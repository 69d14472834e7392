"""Compressed payloads: written as Pyro 5 writes them, read without trusting them."""

import tracemalloc
import zlib

import pytest

from pyrox import MessageTooLargeError, Pieces, RemoteProtocolError
from pyrox.wire.message import COMPRESS_ABOVE, MAX_SIZE, Buffer, Flags, Message, encode
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import COMPRESSED, INVOKE, chunk, message

TEXT = b"compressible " * 100


def compressed(payload: Buffer | Pieces) -> bytes:
    return b"".join(encode(INVOKE, 0, 1, 3, payload, None, None, True))


def received(data: bytes, limit: int = MAX_SIZE) -> Message:
    (found,) = Receiver(limit).receive(data)
    return found


def test_a_compressed_payload_arrives_as_it_was() -> None:
    data = compressed(TEXT)
    assert len(data) < 100
    assert received(data).payload == TEXT


def test_compression_is_zlib_at_level_4() -> None:
    assert compressed(TEXT)[40:] == zlib.compress(TEXT, 4)
    assert compressed(TEXT)[40:42] == b"\x78\x5e"


def test_the_flag_is_gone_once_the_payload_is_decompressed() -> None:
    data = compressed(TEXT)
    assert int.from_bytes(data[8:10], "big") == Flags.COMPRESSED
    assert received(data).flags == 0


@pytest.mark.parametrize("size", [0, 1, COMPRESS_ABOVE])
def test_payloads_up_to_100_bytes_stay_as_they_are(size: int) -> None:
    assert compressed(bytes(size))[40:] == bytes(size)
    assert compressed(bytes(COMPRESS_ABOVE + 1))[40:] != bytes(COMPRESS_ABOVE + 1)


def test_annotations_are_not_compressed() -> None:
    data = b"".join(encode(INVOKE, 0, 1, 3, TEXT, {"PLAIN"[:4]: b"x" * 200}, None, True))
    assert b"x" * 200 in data
    assert received(data).annotations == {"PLAI": b"x" * 200}
    assert received(data).payload == TEXT


def test_pieces_are_compressed_together() -> None:
    assert compressed(Pieces([TEXT, TEXT])) == compressed(TEXT + TEXT)


def test_any_receiver_reads_compressed_payloads() -> None:
    """A peer that does not compress itself still has to read what others compressed."""
    assert received(message(INVOKE, zlib.compress(b"tiny", 9), flags=COMPRESSED)).payload == b"tiny"


def test_a_payload_of_exactly_the_limit_is_decompressed() -> None:
    data = message(INVOKE, zlib.compress(bytes(1000)), flags=COMPRESSED)
    assert received(data, limit=1000).payload == bytes(1000)


def test_a_payload_over_the_limit_once_decompressed_is_refused() -> None:
    data = message(INVOKE, zlib.compress(bytes(1001)), flags=COMPRESSED)
    with pytest.raises(MessageTooLargeError, match=r"once decompressed \(max=1000\)"):
        received(data, limit=1000)


def test_a_bomb_takes_no_more_memory_than_the_limit() -> None:
    bomb = message(INVOKE, zlib.compress(bytes(64 * 1024 * 1024), 9), flags=COMPRESSED)
    limit = 1024 * 1024
    assert len(bomb) < limit
    tracemalloc.start()
    try:
        with pytest.raises(MessageTooLargeError):
            received(bomb, limit)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * limit


@pytest.mark.parametrize("cut", [0, 1, 2, 10, -4, -1])
def test_a_truncated_payload_is_refused(cut: int) -> None:
    payload = zlib.compress(TEXT)[:cut]
    with pytest.raises(RemoteProtocolError, match="compressed payload ends too early"):
        received(message(INVOKE, payload, flags=COMPRESSED))


@pytest.mark.parametrize("payload", [b"\0" * 50, b"not compressed at all", b"\x78\x5e" + bytes(50)])
def test_a_payload_that_is_not_compressed_is_refused(payload: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="compressed payload cannot be read"):
        received(message(INVOKE, payload, flags=COMPRESSED))


def test_a_wrong_checksum_is_refused() -> None:
    payload = bytearray(zlib.compress(TEXT))
    payload[-1] ^= 1
    with pytest.raises(RemoteProtocolError, match="compressed payload cannot be read"):
        received(message(INVOKE, bytes(payload), flags=COMPRESSED))


def test_a_compressed_payload_may_stand_behind_annotations() -> None:
    data = message(INVOKE, zlib.compress(TEXT), chunk(b"AAAA", b"one"), flags=COMPRESSED)
    assert received(data).payload == TEXT
    assert received(data).annotations == {"AAAA": b"one"}


def test_a_large_body_is_decompressed_too() -> None:
    noise = bytes(range(256)) * 1000
    data = message(INVOKE, zlib.compress(noise, 0), flags=COMPRESSED)
    receiver = Receiver(MAX_SIZE)
    assert receiver.receive(data[:1000]) == []
    (found,) = receiver.receive(data[1000:])
    assert found.payload == noise
