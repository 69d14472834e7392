"""Memory for large messages: taken lazily on the way in, not joined on the way out."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from io import BytesIO
from typing import TypeAlias

__all__ = ["Buffer", "Payload", "Pieces", "Space", "SplitSpace", "give_back", "take"]

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


class Space:
    """The place for a body of ``size`` bytes, of which the ``beginning`` is here."""

    __slots__ = ("_filled", "_view")

    def __init__(self, size: int, beginning: bytes) -> None:
        self._view = take(size)
        self._filled = len(beginning)
        self._view[: self._filled] = beginning

    def rest(self) -> memoryview:
        """Return where the bytes that are still to come belong, or the first of them."""
        return self._view[self._filled :]

    def advance(self, count: int) -> bool:
        """Note that ``count`` bytes were put there; tell whether that was the last of them."""
        self._filled += count
        return self._filled == len(self._view)

    def content(self) -> Payload:
        """Return the body."""
        return self._view


class SplitSpace(Space):
    """The same for a body with large bytes in it, which are received where they are to stay.

    They begin at ``start`` and are ``count``. The body is three Pieces: what is before them, the
    bytes, what is after them.
    """

    __slots__ = ("_bulk", "_head", "_lent", "_tail")

    def __init__(self, size: int, beginning: bytes, start: int, count: int) -> None:
        # A BytesIO that alone has its bytes lends them to be written into, and gives them away
        # without a copy once nothing is lent any more.
        self._bulk = BytesIO(_new_bytes(count))
        self._tail = bytearray(size - start - count)
        self._head = beginning[:start]
        self._view = self._lent = self._bulk.getbuffer()
        self._filled = 0
        behind = beginning[start + count :]
        here = beginning[start : start + count]
        self._view[: len(here)] = here
        if not self.advance(len(here)) and behind:
            self._view[: len(behind)] = behind
            self.advance(len(behind))

    def rest(self) -> memoryview:
        self._lent = self._view[self._filled :]
        return self._lent

    def advance(self, count: int) -> bool:
        self._filled += count
        if self._filled < len(self._view):
            return False
        if self._view.obj is self._tail:
            return True
        self._lent.release()
        self._view.release()
        self._view, self._filled = memoryview(self._tail), 0
        return not self._tail

    def content(self) -> Payload:
        return Pieces((self._head, self._bulk.getvalue(), bytes(self._tail)))


@cache
def _allocator() -> Callable[[int], bytes]:
    """Return what makes bytes that are not set to zero first, which costs a tenth of receiving."""
    try:
        from ctypes import c_char_p, c_ssize_t, py_object, pythonapi
    except ImportError:
        return bytes
    make = pythonapi.PyBytes_FromStringAndSize
    make.restype, make.argtypes = py_object, (c_char_p, c_ssize_t)
    return partial(make, None)


def _new_bytes(count: int) -> bytes:
    return _allocator()(count)


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
