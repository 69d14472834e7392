"""One message of Pyro protocol 502: a header of 40 bytes, annotations, a payload.

The format is described byte for byte in docs/reference/protocol.md (section "Header").
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from struct import Struct
from typing import NamedTuple

from ..errors import LocalProtocolError, MessageTooLargeError, Outcome, RemoteProtocolError
from .buffers import Buffer, Payload, Pieces

__all__ = [
    "COMPRESS_ABOVE",
    "HEADER_SIZE",
    "JOIN_BELOW",
    "MAGIC",
    "MAX_SIZE",
    "NOTHING_BESIDE",
    "PLAIN_START",
    "PROTOCOL_VERSION",
    "TOO_LARGE",
    "Buffer",
    "Flags",
    "Header",
    "Message",
    "MessageType",
    "build",
    "check_prefix",
    "decode_answer",
    "decode_annotations",
    "decode_header",
    "decode_plain",
    "encode",
    "encode_annotations",
    "encode_plain",
    "pack_plain",
    "plain_answer",
    "too_large",
]

PROTOCOL_VERSION = 502
HEADER_SIZE = 40
COMPRESS_ABOVE = 100
"""Payloads up to this many bytes are never compressed."""
JOIN_BELOW = 16 * 1024
"""Up to here copying a payload behind its header is cheaper than sending two buffers."""
TOO_LARGE = "message too large"
"""How the refusal of a message over the limit begins; Pyro 5 says the same."""
MAX_ANNOTATIONS = 1000
MAX_SIZE = 2**32 - 1
"""What the length fields of a header can say at most, in bytes."""

_TAG = b"PYRO"
_TLS = (b"\x16\x03", b"\x15\x03")  # how a handshake begins, and an alert
MAGIC = 0x4DC5
_NO_ID = bytes(16)
_HEADER = Struct("!4sHBBHHII16sHH")
_PLAIN = Struct("!6sBBHHI20sHH")  # the same, with what is always alike in few pieces
PLAIN_START = Struct("!4sH").pack(_TAG, PROTOCOL_VERSION)
NOTHING_BESIDE = bytes(20)  # no annotations, no correlation id
_NO_ANNOTATIONS = bytes(4)
_CHUNK = Struct("!4sI")
_RESULT = 5
_COMPRESSED = 0x02
_CORRELATION_ID = 0x40
_NOT_PLAIN = _COMPRESSED | _CORRELATION_ID
_pack_header = _HEADER.pack
_unpack_header = _HEADER.unpack_from
pack_plain = _PLAIN.pack
"""Writes the header of a plain message: PLAIN_START, type, serializer id, flags, sequence, payload
size, NOTHING_BESIDE, time left, MAGIC."""
_unpack_plain = _PLAIN.unpack_from
# The same in fewer pieces yet, for those that have no time limit either.
_unpack_plainer = Struct("!6sBBHHI24s").unpack_from
_PLAIN_END = NOTHING_BESIDE + Struct("!HH").pack(0, MAGIC)
_unpack_answer = Struct("!QHHI24s").unpack_from
_ANSWER_STARTS = [
    int.from_bytes(PLAIN_START + bytes([_RESULT, serializer_id]), "big")
    for serializer_id in range(256)
]


class MessageType:
    """What a message is for; plain integers, since they are compared for every message."""

    CONNECT = 1
    CONNECTOK = 2
    CONNECTFAIL = 3
    INVOKE = 4
    RESULT = 5
    PING = 6
    CANCEL = 16
    """Only between pyrox peers: the client does not want the answer with that sequence number."""

    DRAIN = 17
    """Only between pyrox peers: the daemon is about to stop; calls are better made elsewhere."""

    NAMES = {
        1: "CONNECT", 2: "CONNECTOK", 3: "CONNECTFAIL", 4: "INVOKE", 5: "RESULT", 6: "PING",
        16: "CANCEL", 17: "DRAIN",
    }  # fmt: skip


class Flags:
    """Bits of the header's flags; a receiver passes over bits that it does not know."""

    EXCEPTION = 0x01
    COMPRESSED = 0x02
    ONEWAY = 0x04
    BATCH = 0x08
    ITEM_STREAM = 0x10
    KEEP_SERIALIZED = 0x20
    CORRELATION_ID = 0x40


class Header(NamedTuple):
    """The fixed part of a message, as it stands on the wire."""

    tag: bytes
    version: int
    type: int
    serializer_id: int
    flags: int
    sequence: int
    payload_size: int
    annotations_size: int
    correlation_id: bytes
    time_left: int
    magic: int


class Message(NamedTuple):
    """A message that was received. ``payload`` is decompressed; annotations are copies.

    The payload is Pieces where large bytes in it were received apart.

    ``time_left`` is what stands in the header where Pyro 5 has nothing: see time_left.py.
    """

    type: int
    flags: int
    sequence: int
    serializer_id: int
    payload: Payload
    annotations: dict[str, bytes] | None
    correlation_id: bytes | None
    time_left: int = 0

    def __repr__(self) -> str:
        return (
            f"<Message {MessageType.NAMES.get(self.type, self.type)} sequence={self.sequence} "
            f"flags=0x{self.flags:02x} serializer={self.serializer_id}>"
        )


# A named tuple's own constructor costs twice as much.
_new_tuple: Callable[..., Message] = tuple.__new__


def plain_answer(sequence: int, serializer_id: int, payload: bytes) -> Message:
    """Return what :func:`decode_answer` found as the message that it was."""
    return _new_tuple(Message, (_RESULT, 0, sequence, serializer_id, payload, None, None, 0))


def encode(
    type: int,
    flags: int,
    sequence: int,
    serializer_id: int,
    payload: Payload,
    annotations: Mapping[str, Buffer] | None = None,
    correlation_id: bytes | None = None,
    compress: bool = False,
    limit: int = MAX_SIZE,
    time_left: int = 0,
) -> tuple[Buffer, ...]:
    """Return a message as one buffer, or as several where copying a large payload costs more.

    ``correlation_id`` is 16 raw bytes. ``limit`` is the largest size in bytes of payload and
    annotations together. Raises LocalProtocolError for annotations that cannot be written,
    MessageTooLargeError over the limit.
    """
    chunks = encode_annotations(annotations) if annotations else b""
    flags &= ~Flags.COMPRESSED
    if isinstance(payload, Pieces) and (compress or len(payload) <= JOIN_BELOW):
        payload = bytes(payload)
    if compress and len(payload) > COMPRESS_ABOVE:
        assert not isinstance(payload, Pieces)
        payload = zlib.compress(payload, 4)
        flags |= Flags.COMPRESSED
    size = len(payload)
    if size + len(chunks) > limit:
        raise MessageTooLargeError(too_large(size + len(chunks), limit), outcome=Outcome.NOT_SENT)
    if correlation_id is None:
        correlation_id = _NO_ID
    else:
        flags |= Flags.CORRELATION_ID
    header = _pack_header(
        _TAG,
        PROTOCOL_VERSION,
        type,
        serializer_id,
        flags,
        sequence,
        size,
        len(chunks),
        correlation_id,
        time_left,
        MAGIC,
    )
    if isinstance(payload, Pieces):
        return header + chunks, *payload.buffers
    if size > JOIN_BELOW:
        return header + chunks, payload
    return (header + chunks + payload if chunks else header + payload,)


def encode_plain(
    type: int,
    flags: int,
    sequence: int,
    serializer_id: int,
    payload: bytes,
    correlation_id: bytes | None,
    time_left: int = 0,
) -> tuple[bytes]:
    """Return what :func:`encode` returns for a small payload without annotations or compression.

    That is what nearly every small call needs; the caller has seen to it that the payload is not
    longer than ``JOIN_BELOW``.
    """
    beside = NOTHING_BESIDE
    if correlation_id is not None:
        flags |= _CORRELATION_ID
        beside = _NO_ANNOTATIONS + correlation_id
    return (
        pack_plain(
            PLAIN_START,
            type,
            serializer_id,
            flags,
            sequence,
            len(payload),
            beside,
            time_left,
            MAGIC,
        )
        + payload,
    )


def too_large(size: int, limit: int) -> str:
    """Say that ``size`` bytes are too many for one message, and what to do."""
    return (
        f"{TOO_LARGE} ({size}, max={limit}): "
        "send it in parts, or raise max_message_size at both ends"
    )


def encode_annotations(annotations: Mapping[str, Buffer]) -> bytes:
    """Return the chunks of ``annotations``: 4 ASCII letters each, a length, the data."""
    parts: list[Buffer] = []
    for key, data in annotations.items():
        if not (isinstance(key, str) and len(key) == 4 and key.isascii()):
            raise LocalProtocolError(
                f"annotation identifier must be 4 ascii characters, not {key!r}"
            )
        if not isinstance(data, bytes | bytearray | memoryview):
            raise LocalProtocolError(
                f"annotation data must be bytes, bytearray, or memoryview; "
                f"{key} is a {type(data).__name__}"
            )
        view = memoryview(data)
        parts.append(_CHUNK.pack(key.encode("ascii"), view.nbytes))
        parts.append(view)
    return b"".join(parts)


def decode_annotations(area: memoryview) -> dict[str, bytes]:
    """Read the chunks of an annotations area; a repeated identifier overwrites the earlier one."""
    annotations: dict[str, bytes] = {}
    position, end, count = 0, len(area), 0
    while position < end:
        count += 1
        if count > MAX_ANNOTATIONS:
            raise RemoteProtocolError(f"more than {MAX_ANNOTATIONS} annotations in one message")
        if end - position < _CHUNK.size:
            raise RemoteProtocolError("an annotation ends in the middle of its header")
        key, size = _CHUNK.unpack_from(area, position)
        position += _CHUNK.size
        if size > end - position:
            raise RemoteProtocolError(
                f"annotation {key!r} claims {size:,} bytes where {end - position:,} are left"
            )
        try:
            name = key.decode("ascii")
        except UnicodeDecodeError:
            raise RemoteProtocolError(f"annotation identifier {key!r} is not ascii") from None
        annotations[name] = bytes(area[position : position + size])
        position += size
    return annotations


def decode_header(data: Buffer, limit: int = MAX_SIZE, offset: int = 0) -> Header:
    """Read and check the 40 bytes at ``offset``.

    Raises RemoteProtocolError for anything that is no protocol 502 header,
    MessageTooLargeError where it announces more than ``limit`` bytes.
    """
    header = Header._make(_unpack_header(data, offset))
    if header.tag != _TAG:
        raise _strange(header.tag)
    if header.version != PROTOCOL_VERSION:
        raise RemoteProtocolError(
            f"invalid protocol version: {header.version} (this side speaks {PROTOCOL_VERSION})"
        )
    if header.magic != MAGIC:
        raise RemoteProtocolError("invalid message or protocol version: wrong magic number")
    size = header.payload_size + header.annotations_size
    if size > limit:
        raise MessageTooLargeError(f"{TOO_LARGE} ({size}, max={limit})")
    return header


def _strange(tag: bytes) -> RemoteProtocolError:
    """Return the error about bytes that begin as no message does."""
    text = f"invalid data: it starts with {tag!r}, not {_TAG!r}"
    if tag[:2] in _TLS:
        text += "; that is TLS, which only one side uses: give the other a PYRO+TLS: URI, or TLS"
    return RemoteProtocolError(text)


def decode_plain(data: bytes, limit: int, offset: int = 0) -> Message | None:
    """Read the message at ``offset`` if all of it is there, without annotations or compression.

    That is what nearly every small call needs; for anything else the answer is None, and the long
    way finds out what it is. There may be more behind it.
    """
    if len(data) - offset < HEADER_SIZE:
        return None
    start, type, serializer_id, flags, sequence, size, rest = _unpack_plainer(data, offset)
    begin = offset + HEADER_SIZE
    end = begin + size
    if (
        rest == _PLAIN_END
        and start == PLAIN_START
        and end <= len(data)
        and size <= limit
        and not flags & _NOT_PLAIN
    ):
        payload = data[begin:end]
        return _new_tuple(Message, (type, flags, sequence, serializer_id, payload, None, None, 0))
    return _decode_nearly_plain(data, limit, offset)


def _decode_nearly_plain(data: bytes, limit: int, offset: int) -> Message | None:
    """Do the same where there may be a correlation id, or a time limit."""
    start, type, serializer_id, flags, sequence, size, beside, time_left, magic = _unpack_plain(
        data, offset
    )
    begin = offset + HEADER_SIZE
    end = begin + size
    if (
        end > len(data)
        or size > limit
        or start != PLAIN_START
        or magic != MAGIC
        or flags & _COMPRESSED
        or (beside != NOTHING_BESIDE and beside[:4] != _NO_ANNOTATIONS)
    ):
        return None
    correlation_id = beside[4:] if flags & _CORRELATION_ID else None
    payload = data[begin:end]
    return _new_tuple(
        Message,
        (type, flags, sequence, serializer_id, payload, None, correlation_id, time_left),
    )


def decode_answer(data: bytes, limit: int, serializer_id: int) -> tuple[int, bytes] | None:
    """Return sequence number and payload if ``data`` is exactly one plain answer, else None.

    Plain: a RESULT without flags, annotations or correlation id, by that serializer.
    """
    size = len(data) - HEADER_SIZE
    if size < 0:
        return None
    start, flags, sequence, payload_size, rest = _unpack_answer(data)
    if (
        payload_size == size
        and start == _ANSWER_STARTS[serializer_id]
        and not flags
        and rest == _PLAIN_END
        and size <= limit
    ):
        return sequence, data[HEADER_SIZE:]
    return None


def check_prefix(data: Buffer) -> None:
    """Refuse a beginning that cannot become a header, without waiting for all 40 bytes."""
    tag = bytes(data[:4])
    if tag != _TAG[: len(tag)]:
        raise _strange(tag)
    if len(data) >= 6 and (version := int.from_bytes(data[4:6], "big")) != PROTOCOL_VERSION:
        raise RemoteProtocolError(
            f"invalid protocol version: {version} (this side speaks {PROTOCOL_VERSION})"
        )


def build(header: Header, body: Payload, limit: int = MAX_SIZE) -> Message:
    """Make the message out of a checked header and the annotations and payload behind it.

    Pieces are a payload alone, not compressed.

    Raises RemoteProtocolError for broken annotations or compressed data, MessageTooLargeError
    where the payload is larger than ``limit`` bytes once it is decompressed.
    """
    annotations = None
    payload = body
    if isinstance(body, Pieces):
        assert not header.annotations_size and not header.flags & Flags.COMPRESSED
    elif size := header.annotations_size:
        view = memoryview(body)
        annotations = decode_annotations(view[:size])
        payload = view[size:]
    flags = header.flags
    if flags & Flags.COMPRESSED:
        assert not isinstance(payload, Pieces)
        payload = _decompress(payload, limit)
        flags &= ~Flags.COMPRESSED
    return Message(
        header.type,
        flags,
        header.sequence,
        header.serializer_id,
        payload,
        annotations,
        header.correlation_id if flags & Flags.CORRELATION_ID else None,
        header.time_left,
    )


def _decompress(payload: Buffer, limit: int) -> bytes:
    """Inflate with a bound on the output: a small message must not become a huge one."""
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(payload, limit + 1)
    except zlib.error as error:
        raise RemoteProtocolError(f"compressed payload cannot be read: {error}") from error
    if len(data) > limit:
        raise MessageTooLargeError(f"{TOO_LARGE} once decompressed (max={limit})")
    if not inflater.eof:
        raise RemoteProtocolError("compressed payload ends too early")
    return data
