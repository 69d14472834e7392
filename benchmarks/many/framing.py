"""The floor's wire: four bytes of length, then msgpack.

A request is id, method and arguments; an answer is id and result.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

__all__ = ["READ", "SIZE", "answer_all", "packb", "split", "unpackb"]

SIZE = struct.Struct("!I")
READ = 65536

packb: Callable[[Any], bytes] = msgpack.packb
unpackb: Callable[[Any], Any] = msgpack.unpackb


def split(data: bytes) -> tuple[list[Any], bytes]:
    """Return the values of the whole messages in ``data``, and what is left of it."""
    values, start, end = [], 0, len(data)
    unpack_size = SIZE.unpack_from
    while end - start >= 4:
        stop = start + 4 + unpack_size(data, start)[0]
        if stop > end:
            break
        values.append(unpackb(data[start + 4 : stop]))
        start = stop
    return values, data[start:]


def answer_all(requests: list[Any], methods: dict[str, Callable[..., Any]]) -> bytes:
    """Call what the requests ask for; return the answers, ready to be sent at once."""
    parts = []
    for number, method, args in requests:
        body = packb((number, methods[method](*args)))
        parts.append(SIZE.pack(len(body)) + body)
    return b"".join(parts)
