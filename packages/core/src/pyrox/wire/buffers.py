"""Memory for large messages: taken lazily on the way in, not joined on the way out."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Buffer", "Payload", "Pieces", "give_back", "take"]

Buffer: TypeAlias = bytes | bytearray | memoryview

_LAZY_ABOVE = 128 * 1024
_PAGE = 64 * 1024
_MAX_SPARE = 16 * 1024 * 1024
_MAX_SPARES = 4
_spares: list[mmap.mmap] = []


class Pieces:
    """A payload of several buffers, which travel one behind the other without being joined.

    A serializer returns one where a value holds large bytes: copying them costs more than sending
    them. Its length is the number of bytes of all.
    """

    __slots__ = ("buffers", "size")

    def __init__(self, buffers: Sequence[Buffer]) -> None:
        self.buffers = tuple(buffers)
        self.size = sum(memoryview(buffer).nbytes for buffer in self.buffers)

    def __len__(self) -> int:
        return self.size

    def __bytes__(self) -> bytes:
        return b"".join(self.buffers)


Payload: TypeAlias = Buffer | Pieces


def take(size: int) -> memoryview:
    """Return writable memory for ``size`` bytes.

    Above a certain size it is an anonymous map, whose pages exist once they are written: a peer
    that announces much and sends little costs little. Maps that were given back are used again,
    since getting fresh pages from the system takes longer than receiving into them.
    """
    if size <= _LAZY_ABOVE:
        return memoryview(bytearray(size))
    for _ in range(len(_spares)):
        try:
            spare = _spares.pop()
        except IndexError:
            break
        if size <= len(spare):
            return memoryview(spare)[:size]
        _spares.insert(0, spare)
    return memoryview(mmap.mmap(-1, -(-size // _PAGE) * _PAGE))[:size]


def give_back(view: memoryview) -> None:
    """Take back what :func:`take` returned, if nothing else refers to it any more.

    ``view`` is released: it cannot be used after this.
    """
    owner = view.obj
    try:
        view.release()
    except BufferError:
        return  # somebody keeps it, an array for one
    if (
        isinstance(owner, mmap.mmap)
        and len(owner) <= _MAX_SPARE
        and len(_spares) < _MAX_SPARES
        and sys.getrefcount(owner) == 2  # this function's, and that of the question
    ):
        _spares.append(owner)
