"""The contract of a layer: what stands between the bytes that pyrox means and those that travel.

TLS is one, WebSocket another. A layer is handed bytes and hands out bytes; it neither waits nor
knows where they come from, so that it serves every kind of stream.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

from ..wire.buffers import Buffer

__all__ = ["ByteQueue", "Layer"]


class ByteQueue:
    """Bytes that wait for their turn: written at one end, read from the other."""

    __slots__ = ("_data",)

    def __init__(self) -> None:
        self._data = bytearray()

    @property
    def pending(self) -> int:
        """How many bytes wait."""
        return len(self._data)

    def write(self, data: Buffer, /) -> int:
        """Add ``data`` behind what is there; return how many bytes that was."""
        self._data += data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        """Take the first ``size`` bytes away, or all of them, and return them."""
        if 0 <= size < len(self._data):
            data = bytes(self._data[:size])
            del self._data[:size]
        else:
            data = bytes(self._data)
            self._data.clear()
        return data


class Outgoing(Protocol):
    """What a stream wants of the bytes that are to be sent: a ByteQueue, or an ssl.MemoryBIO."""

    @property
    def pending(self) -> int: ...

    def write(self, data: Buffer, /) -> int: ...

    def read(self, size: int = -1, /) -> bytes: ...


class Layer(ABC):
    """The state of one connection's own protocol, on one side. It only computes.

    A subclass implements :meth:`feed` and :meth:`write`: what came is decoded into ``incoming``,
    and what is to travel is written to ``outgoing``, answers of its own included. A client's layer
    writes its greeting there at once. Both sides set ``is_open`` once they have agreed on how to
    go on, and ``ended`` once the peer has said that nothing more will come.

    One thread at a time calls it. It is fed only when nothing is left to read, and asked to write
    only when most of what it wrote has been sent: what it keeps stays small by that.

    Raise ConnectError from :meth:`feed` to tell a client why it is not let in. Another exception
    means that the peer does not keep to the protocol.
    """

    is_open: bool = False
    """Whether both sides have agreed on how to go on. Nothing is read or written before."""
    ended: bool = False
    """Whether the peer has said that nothing more will come."""
    heard: bytes = b""
    """How the peer began, for errors to look at: at least its first four bytes."""
    incoming: ByteQueue
    """What was decoded and not read yet."""
    outgoing: Outgoing
    """What is encoded and not sent yet."""

    def __init__(self) -> None:
        self.incoming = ByteQueue()
        self.outgoing = ByteQueue()

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Take in what came from the peer; no bytes mean that the connection ended."""

    @abstractmethod
    def write(self, data: memoryview) -> int:
        """Encode the beginning of ``data``; return how many bytes of it that was."""

    def read(self, size: int) -> bytes | None:
        """Return up to ``size`` decoded bytes; none at the end, None where more must come first."""
        if self.incoming.pending:
            return self.incoming.read(size)
        return b"" if self.ended else None

    def read_into(self, buffer: memoryview) -> int | None:
        """Like :meth:`read`, into ``buffer``; return how many bytes that was."""
        data = self.read(len(buffer))
        if data is None:
            return None
        buffer[: len(data)] = data
        return len(data)

    @property
    def pending(self) -> bool:
        """Whether there may be something to read without being fed."""
        return self.incoming.pending > 0

    def say_goodbye(self) -> None:  # noqa: B027
        """Write that nothing more will follow, where the protocol has a word for that."""

    def peer_certificate(self) -> Mapping[str, Any] | None:
        """Return what the peer's certificate says (see Stream.peer_certificate), if it has one."""
        return None
