"""The text of a refusal, read without trusting marshal with it."""

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrox import SerializeError
from pyrox.protocol.connection import reason_in
from pyrox.wire.message import Message, MessageType

TEXTS = ["", "no", "unknown object", "x" * 255, "y" * 256, "z" * 1000, "žluťoučký kůň", "日本"]


def refused(payload: bytes, serializer_id: int = 2) -> Message:
    return Message(MessageType.CONNECTFAIL, 0, 0, serializer_id, payload, None, None)


@pytest.mark.parametrize("version", range(marshal.version + 1))
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_string_of_any_marshal_version_is_read(text: str, version: int) -> None:
    assert reason_in(refused(marshal.dumps(text, version))) == text


@pytest.mark.parametrize(
    ("payload", "form"),
    [
        (b"z\x05hello", "short ascii"),
        (b"\xfa\x05hello", "short ascii, may be referred to"),
        (b"Z\x05hello", "short ascii, interned"),
        (b"\xda\x05hello", "short ascii, interned, may be referred to"),
        (b"a\x05\0\0\0hello", "ascii"),
        (b"\xe1\x05\0\0\0hello", "ascii, may be referred to"),
        (b"A\x05\0\0\0hello", "ascii, interned"),
        (b"\xc1\x05\0\0\0hello", "ascii, interned, may be referred to"),
        (b"u\x05\0\0\0hello", "unicode"),
        (b"\xf5\x05\0\0\0hello", "unicode, may be referred to"),
        (b"t\x05\0\0\0hello", "interned"),
        (b"\xf4\x05\0\0\0hello", "interned, may be referred to"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_form_of_a_string_is_read(payload: bytes, form: str) -> None:
    assert reason_in(refused(payload)) == "hello", form


@pytest.mark.parametrize(
    "payload", [b"z", b"z\xff", b"u", b"u\xff", b"u\xff\xff\xff\xff", b"A\x01"]
)
def test_a_truncated_string_gives_what_is_there(payload: bytes) -> None:
    assert reason_in(refused(payload)) == ""


@pytest.mark.parametrize("payload", [b"z\x02hello", b"u\x02\0\0\0hello", b"a\x02\0\0\0hello"])
def test_what_follows_the_string_is_no_part_of_it(payload: bytes) -> None:
    assert reason_in(refused(payload)) == "he"


def test_a_length_beyond_the_end_gives_what_is_there() -> None:
    assert reason_in(refused(b"u\xff\xff\xff\x7fhello")) == "hello"


@pytest.mark.parametrize("payload", [b"", b"N", b"(", b"c" + bytes(30), marshal.dumps([1])])
def test_anything_but_a_string_is_refused(payload: bytes) -> None:
    with pytest.raises(SerializeError, match="not a marshalled string"):
        reason_in(refused(payload))


@pytest.mark.parametrize("serializer_id", [1, 3, 4, 42])
def test_another_serializer_is_left_to_that_serializer(serializer_id: int) -> None:
    with pytest.raises(SerializeError):
        reason_in(refused(b"z\x05hello", serializer_id))


@given(st.binary(max_size=100))
def test_arbitrary_bytes_give_text_or_a_serialize_error(payload: bytes) -> None:
    try:
        assert isinstance(reason_in(refused(payload)), str)
    except SerializeError:
        pass
