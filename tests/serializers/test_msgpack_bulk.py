"""msgpack's large bytes: found in the beginning of a payload, and read from Pieces."""

from typing import Any

import msgpack
import pytest

from pyrox import Converters, Pieces, SerializeError
from pyrox_msgpack import MsgpackSerializer

BULK = b"\xc6" * 200_000


@pytest.fixture
def codec() -> Any:
    return MsgpackSerializer().codec(Converters())


def cut(codec: Any, payload: Any) -> Pieces:
    """Return the pieces in which a payload arrives."""
    data = bytes(payload)
    start, count = codec.find_bulk(data[:60_000])
    return Pieces((data[:start], data[start : start + count], data[start + count :]))


def test_a_result_of_large_bytes_is_given_as_it_arrived(codec):
    pieces = cut(codec, codec.dumps(BULK))
    assert codec.loads(pieces) is pieces.buffers[1]


@pytest.mark.parametrize(
    "args", [(BULK,), (1, "x", BULK), (BULK, {"a": BULK}), ([1, [2]], BULK, BULK)]
)
@pytest.mark.parametrize("kwargs", [{}, {"key": (1, 2)}, None])
def test_a_call_with_large_bytes_is_read_from_its_pieces(codec, args, kwargs):
    pieces = cut(codec, codec.dumps_call("object", "method", args, kwargs))
    object_id, method, read_args, read_kwargs = codec.loads_call(pieces)
    assert (object_id, method) == ("object", "method")
    assert tuple(read_args) == args
    assert read_kwargs == (kwargs and {"key": [1, 2]})
    assert any(arg is pieces.buffers[1] for arg in read_args)


def test_what_is_beside_large_bytes_is_read_as_ever(codec):
    args = ({(1, 2): "odd key"}, ValueError("registered"), 1j, BULK)
    pieces = cut(codec, codec.dumps_call("object", "method", args, {}))
    keys, error, number, bulk = codec.loads_call(pieces)[2]
    assert keys == {(1, 2): "odd key"}
    assert type(error) is ValueError
    assert (number, bulk) == (1j, BULK)


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xc6", b"\xc6\0\0", b"\xc5\xff\xff" + bytes(99), b"\x94\xa1o\xa1m",
        b"\x93\xa1o\xa1m\xc6",
        b"\x94\xa1o\xa1m\xc6\0\3\0\0", b"\x94\xc1\xc1\x91\xc6\0\3\0\0", b"\x94\xa1o\xa1m\x91\xc6\0",
        b"\xdd\xff\xff\xff\xff", b"\x94\xa1o\xa1m\xdd\xff\xff\xff\xff" + bytes(99),
    ],
)  # fmt: skip
def test_in_a_payload_of_another_form_nothing_is_found(codec, payload):
    assert codec.find_bulk(payload) is None


def test_an_extension_of_a_strangers_own_is_no_way_to_the_bulk(codec):
    with pytest.raises(SerializeError, match="invalid ext code"):
        codec.loads(msgpack.packb(msgpack.ExtType(0x7F, b"")))
