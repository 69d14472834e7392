"""The 40-byte header, and messages of protocol 502 made by hand.

The floor speaks through these, and so do the raw clients, which send the same bytes to every
contender: opening idle connections and loading a server must not depend on whose client does it.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

from .workload import OBJECT_ID

__all__ = [
    "BATCH",
    "CONNECT",
    "CONNECTOK",
    "HEADER",
    "INVOKE",
    "ONEWAY",
    "RESULT",
    "STREAM",
    "frame",
    "header",
    "invoke",
    "open_raw",
    "packb",
    "receive",
    "split_address",
]

HEADER = struct.Struct("!4sHBBHHII16sHH")
CONNECT, CONNECTOK, INVOKE, RESULT = 1, 2, 4, 5
ONEWAY, BATCH, STREAM = 0x04, 0x08, 0x10
_MSGPACK = 4
_NO_ID = b"\0" * 16
_MAGIC = 0x4DC5

pack = HEADER.pack
packb = msgpack.packb


def header(kind: int, flags: int, seq: int, data_size: int, annotations_size: int = 0) -> bytes:
    """Return a header for a message serialized with msgpack."""
    return pack(
        b"PYRO",
        502,
        kind,
        _MSGPACK,
        flags,
        seq,
        data_size,
        annotations_size,
        _NO_ID,
        0,
        _MAGIC,
    )


def frame(kind: int, flags: int, seq: int, value: Any) -> bytes:
    """Return a whole message that carries ``value``."""
    body: bytes = packb(value)
    return header(kind, flags, seq, len(body)) + body


def invoke(method: str, *args: Any, flags: int = 0, seq: int = 1) -> bytes:
    """Return a call of the served object."""
    return frame(INVOKE, flags, seq, (OBJECT_ID, method, args, {}))


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of ``host:port`` or of a URI that ends so."""
    host, _, port = address.rpartition("@")[2].rpartition(":")
    return host.strip("[]"), int(port)


def receive(sock: socket.socket) -> tuple[int, int, bytes]:
    """Read one message of whoever answers in order; return kind, flags and payload."""
    data = sock.recv(65536)
    while data:
        if len(data) >= HEADER.size:
            fields = HEADER.unpack_from(data)
            start = HEADER.size + fields[7]
            if len(data) >= start + fields[6]:
                return fields[2], fields[4], data[start : start + fields[6]]
        more = sock.recv(65536)
        if not more:
            break
        data += more
    raise ConnectionError("the server closed the connection")


def open_raw(address: str) -> socket.socket:
    """Return a connection over which the handshake of protocol 502 was made."""
    _, is_unix, path = address.rpartition("./u:")
    if is_unix:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(10)
        sock.connect(path)
    else:
        sock = socket.create_connection(split_address(address), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    hello = {"handshake": "hello", "object": OBJECT_ID}
    sock.sendall(frame(CONNECT, 0, 0, hello))
    kind, _, payload = receive(sock)
    if kind != CONNECTOK:
        raise ConnectionError(f"the handshake was refused: {payload!r}")
    return sock
