"""Byte for byte the messages of Pyro 5.17, in both directions."""

import pytest

from pyrox.wire.message import MAX_SIZE, MessageType, build, decode_header, decode_plain, encode
from pyrox.wire.receiver import Receiver
from tests.core.wire.golden import GOLDEN, Golden

EACH = pytest.mark.parametrize("golden", GOLDEN.values(), ids=GOLDEN.keys())
CORRELATION_FLAG = 0x40


@EACH
def test_a_message_is_written_as_pyro5_writes_it(golden: Golden) -> None:
    buffers = encode(
        golden.type,
        golden.flags,
        golden.sequence,
        golden.serializer_id,
        golden.payload,
        golden.annotations,
        golden.correlation_id,
    )
    assert b"".join(buffers) == golden.wire


@EACH
def test_a_message_of_pyro5_is_read_as_it_was_meant(golden: Golden) -> None:
    (message,) = Receiver(MAX_SIZE).receive(golden.wire)
    assert bytes(message.payload) == golden.payload
    assert message.type == golden.type
    assert message.serializer_id == golden.serializer_id
    assert message.sequence == golden.sequence
    assert message.flags & ~CORRELATION_FLAG == golden.flags
    assert message.annotations == golden.annotations
    assert message.correlation_id == golden.correlation_id


@EACH
def test_the_short_way_of_reading_gives_the_same_or_declines(golden: Golden) -> None:
    message = decode_plain(golden.wire, MAX_SIZE)
    if golden.annotations:
        assert message is None
    else:
        assert [message] == Receiver(MAX_SIZE).receive(golden.wire)


@EACH
def test_header_and_body_apart_give_the_same_message(golden: Golden) -> None:
    message = build(decode_header(golden.wire), golden.wire[40:])
    assert [message] == Receiver(MAX_SIZE).receive(golden.wire)


def test_every_type_of_message_was_captured() -> None:
    of_pyro5 = set(MessageType.NAMES) - {MessageType.CANCEL, MessageType.DRAIN}
    assert {golden.type for golden in GOLDEN.values()} == of_pyro5
