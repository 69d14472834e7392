"""Messages as two unmodified Pyro 5.17 programs sent them, with what they mean."""

from typing import NamedTuple

CORRELATION_ID = bytes.fromhex("00112233445566778899aabbccddeeff")
NO_ID = bytes(16)
SERPENT, MARSHAL, JSON, MSGPACK = 1, 2, 3, 4

_ID = b'\x00\x11"3DUfw\x88\x99\xaa\xbb\xcc\xdd\xee\xff'
_END = b"\x00\x00M\xc5"


class Golden(NamedTuple):
    """``wire`` is what was captured; the rest is what it says."""

    wire: bytes
    type: int
    serializer_id: int
    flags: int
    sequence: int
    payload: bytes
    annotations: dict[str, bytes] | None = None
    correlation_id: bytes | None = CORRELATION_ID


_CONNECT = b"# serpent utf-8 python3.2\n{'handshake':'hello','object':'calc'}"
_CONNECTOK = (
    b"# serpent utf-8 python3.2\n{'handshake':'hello','meta':{'methods':{'add','gen','fail'},"
    b"'oneway':(),'attrs':{'v'}}}"
)
_CALL_SERPENT = b"# serpent utf-8 python3.2\n('calc','add',(5,),{'b':7})"
_CALL_JSON = b'{"object": "calc", "method": "add", "params": [5], "kwargs": {"b": 7}}'
_CALL_MSGPACK = b"\x94\xa4calc\xa3add\x91\x05\x81\xa1b\x07"
_CALL_MARSHAL = (
    b")\x04\xfa\x04calc\xda\x03add\xdb\x01\x00\x00\x00\xe9\x05\x00\x00\x00\xfb"
    b"\xda\x01b\xe9\x07\x00\x00\x000"
)
_ERROR_JSON = (
    b'{"__class__": "builtins.ValueError", "__exception__": true, "args": ["bad"], '
    b'"attributes": {"_pyroTraceback": ["Traceback...\\n", "ValueError: bad\\n"]}}'
)
_ERROR_MSGPACK = (
    b"\x84\xa9__class__\xb3builtins.ValueError\xad__exception__\xc3\xa4args\x91\xa3bad"
    b"\xaaattributes\x81\xae_pyroTraceback\x92\xadTraceback...\n\xb0ValueError: bad\n"
)
_STREAM_MSGPACK = (
    b"\x84\xa9__class__\xbaPyro5.errors.ProtocolError\xad__exception__\xc3\xa4args\x91\xbd"
    b"result of call is an iterator\xaaattributes\x81\xae_pyroTraceback\xc0"
)
_STREAM_ID = b"c0de46ec-657d-4a86-a69b-8e37bec76950"
_BLOB_INFO = b")\x03\xda\x03inf\xfa\x04calc\xda\x03add"

GOLDEN = {
    "connect": Golden(
        b"PYRO\x01\xf6\x01\x01\x00@\x00\x00\x00\x00\x00?\x00\x00\x00\x00" + _ID + _END + _CONNECT,
        1, SERPENT, 0, 0, _CONNECT,
    ),
    "connect accepted": Golden(
        b"PYRO\x01\xf6\x02\x01\x00@\x00\x00\x00\x00\x00q\x00\x00\x00\x00" + _ID + _END + _CONNECTOK,
        2, SERPENT, 0, 0, _CONNECTOK,
    ),
    "connect refused": Golden(
        b"PYRO\x01\xf6\x03\x01\x00@\x00\x00\x00\x00\x00*\x00\x00\x00\x00" + _ID + _END
        + b"# serpent utf-8 python3.2\n'unknown object'",
        3, SERPENT, 0, 0, b"# serpent utf-8 python3.2\n'unknown object'",
    ),
    "serpent call": Golden(
        b"PYRO\x01\xf6\x04\x01\x00@\x00\x01\x00\x00\x005\x00\x00\x00\x00" + _ID + _END
        + _CALL_SERPENT,
        4, SERPENT, 0, 1, _CALL_SERPENT,
    ),
    "serpent result": Golden(
        b"PYRO\x01\xf6\x05\x01\x00@\x00\x01\x00\x00\x00\x1c\x00\x00\x00\x00" + _ID + _END
        + b"# serpent utf-8 python3.2\n12",
        5, SERPENT, 0, 1, b"# serpent utf-8 python3.2\n12",
    ),
    "json call": Golden(
        b"PYRO\x01\xf6\x04\x03\x00@\x00\x01\x00\x00\x00F\x00\x00\x00\x00" + _ID + _END + _CALL_JSON,
        4, JSON, 0, 1, _CALL_JSON,
    ),
    "json result": Golden(
        b"PYRO\x01\xf6\x05\x03\x00@\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00" + _ID + _END + b"12",
        5, JSON, 0, 1, b"12",
    ),
    "msgpack call": Golden(
        b"PYRO\x01\xf6\x04\x04\x00@\x00\x01\x00\x00\x00\x10\x00\x00\x00\x00" + _ID + _END
        + _CALL_MSGPACK,
        4, MSGPACK, 0, 1, _CALL_MSGPACK,
    ),
    "msgpack result": Golden(
        b"PYRO\x01\xf6\x05\x04\x00@\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00" + _ID + _END + b"\x0c",
        5, MSGPACK, 0, 1, b"\x0c",
    ),
    "marshal call": Golden(
        b"PYRO\x01\xf6\x04\x02\x00@\x00\x01\x00\x00\x00!\x00\x00\x00\x00" + _ID + _END
        + _CALL_MARSHAL,
        4, MARSHAL, 0, 1, _CALL_MARSHAL,
    ),
    "marshal result": Golden(
        b"PYRO\x01\xf6\x05\x02\x00@\x00\x01\x00\x00\x00\x05\x00\x00\x00\x00" + _ID + _END
        + b"\xe9\x0c\x00\x00\x00",
        5, MARSHAL, 0, 1, b"\xe9\x0c\x00\x00\x00",
    ),
    "json exception": Golden(
        b"PYRO\x01\xf6\x05\x03\x00A\x00\x01\x00\x00\x00\x97\x00\x00\x00\x00" + _ID + _END
        + _ERROR_JSON,
        5, JSON, 0x01, 1, _ERROR_JSON,
    ),
    "msgpack exception": Golden(
        b"PYRO\x01\xf6\x05\x04\x00A\x00\x01\x00\x00\x00s\x00\x00\x00\x00" + _ID + _END
        + _ERROR_MSGPACK,
        5, MSGPACK, 0x01, 1, _ERROR_MSGPACK,
    ),
    "stream start": Golden(
        b"PYRO\x01\xf6\x05\x04\x00Q\x00\x01\x00\x00\x00u\x00\x00\x00," + _ID + _END
        + b"STRM\x00\x00\x00$" + _STREAM_ID + _STREAM_MSGPACK,
        5, MSGPACK, 0x11, 1, _STREAM_MSGPACK, {"STRM": _STREAM_ID},
    ),
    "call with an annotation": Golden(
        b"PYRO\x01\xf6\x04\x04\x00@\x00\x01\x00\x00\x00\x0e\x00\x00\x00\x0b" + _ID + _END
        + b"USRA\x00\x00\x00\x03\x01\x02\x03" + b"\x94\xa4calc\xa3add\x92\x01\x02\x80",
        4, MSGPACK, 0, 1, b"\x94\xa4calc\xa3add\x92\x01\x02\x80", {"USRA": b"\x01\x02\x03"},
    ),
    "attribute read": Golden(
        b"PYRO\x01\xf6\x04\x04\x00@\x00\x01\x00\x00\x00\x16\x00\x00\x00\x00" + _ID + _END
        + b"\x94\xa4calc\xab__getattr__\x91\xa1v\xc0",
        4, MSGPACK, 0, 1, b"\x94\xa4calc\xab__getattr__\x91\xa1v\xc0",
    ),
    "blob call": Golden(
        b"PYRO\x01\xf6\x04\x04\x00`\x00\x01\x00\x00\x00\x0e\x00\x00\x00\x1a" + _ID + _END
        + b"BLBI\x00\x00\x00\x12" + _BLOB_INFO + b"\x94\xa4calc\xa3add\x92\x01\x02\x80",
        4, MSGPACK, 0x20, 1, b"\x94\xa4calc\xa3add\x92\x01\x02\x80", {"BLBI": _BLOB_INFO},
    ),
    "ping": Golden(
        b"PYRO\x01\xf6\x06\x2a\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00" + NO_ID + _END
        + b"ping",
        6, 42, 0, 0, b"ping", None, None,
    ),
    "ping answered": Golden(
        b"PYRO\x01\xf6\x06\x2a\x00\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00\x00" + NO_ID + _END
        + b"pong",
        6, 42, 0, 0, b"pong", None, None,
    ),
}  # fmt: skip
