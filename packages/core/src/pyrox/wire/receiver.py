"""Bytes in, messages out: however the network cut them.

Rules of this file:

- A read of up to ``READ_SIZE`` bytes goes to :meth:`Receiver.receive`, which returns what it
  completes.
- While a large message is under way, :meth:`Receiver.get_buffer` offers the rest of its body, so
  that a driver reads straight into the place where the body ends up
  (the method names are those of ``asyncio.BufferedProtocol``).
- Sizes are checked against ``limit`` before memory is taken, and memory for a large body costs
  nothing until bytes arrive in it: a peer that announces much and sends little holds little.
- After an error the receiver is of no further use: the connection has to be closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .buffers import Space, SplitSpace
from .message import (
    HEADER_SIZE,
    Flags,
    Header,
    Message,
    build,
    check_prefix,
    decode_header,
    decode_plain,
)

__all__ = ["READ_SIZE", "FindBulk", "Receiver"]

FindBulk: TypeAlias = Callable[[bytes], tuple[int, int] | None]
"""Says of a payload's beginning where large bytes in it begin, and how many they are."""

BULK_ABOVE = 128 * 1024
"""From how many bytes on it is worth while to receive them where they are to stay."""
READ_SIZE = 64 * 1024
"""How many bytes to ask the network for at once while no large body is under way."""


class Receiver:
    """Collects the messages of one direction of one connection.

    ``limit`` is the largest payload and annotations together, in bytes, that a message may have,
    before and after decompression; it may be changed between messages. ``body`` is the place for
    the large body that is under way, None between large bodies; ``idle`` is True between messages.
    ``bulk_finders``, by serializer id, say where large bytes are in a body: they are received
    where they are to stay, and the payload is in Pieces.
    """

    __slots__ = ("_head", "_header", "body", "bulk_finders", "idle", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._head = b""
        self._header: Header | None = None
        self.body: Space | None = None
        self.bulk_finders: Mapping[int, FindBulk] = {}
        self.idle = True

    def receive(self, data: bytes) -> list[Message]:
        """Take what one read gave; return the messages that are complete now.

        A caller may try :meth:`lone` first, and spare itself this. Raises RemoteProtocolError and
        MessageTooLargeError as :func:`decode_header` and :func:`build` do.
        """
        limit = self.limit
        messages: list[Message] = []
        if self.body is not None:
            while data and self.body is not None:
                rest = self.body.rest()
                taken = min(len(data), len(rest))
                rest[:taken] = data[:taken]
                messages += self.buffer_updated(taken)
                data = data[taken:]
        if self._head:
            data, self._head = self._head + data, b""
        position, end = 0, len(data)
        self.idle = self._header is None
        while position < end:
            message = decode_plain(data, limit, position)
            if message is not None:
                messages.append(message)
                position += HEADER_SIZE + len(message.payload)
                continue
            if end - position < HEADER_SIZE:
                self._head = data[position:]
                self.idle = False
                check_prefix(self._head)
                break
            header = decode_header(data, limit, position)
            start = position + HEADER_SIZE
            position = start + header.payload_size + header.annotations_size
            if position > end:
                self._expect(header, data[start:])
                break
            messages.append(build(header, data[start:position], self.limit))
        return messages

    def lone(self, data: bytes) -> Message | None:
        """Return the message if what one read gave is exactly one, and a plain one.

        That is what nearly every read of a small call gives; None means that :meth:`receive` is to
        have a look.
        """
        if not self.idle:
            return None
        message = decode_plain(data, self.limit)
        if message is not None and len(message.payload) == len(data) - HEADER_SIZE:
            return message
        return None

    def get_buffer(self) -> memoryview | None:
        """Return where more of a large body belongs, or None between large bodies."""
        return None if self.body is None else self.body.rest()

    def buffer_updated(self, count: int) -> list[Message]:
        """Take note of ``count`` bytes read into :meth:`get_buffer`; return what is complete."""
        assert self._header is not None and self.body is not None
        if not self.body.advance(count):
            return []
        message = build(self._header, self.body.content(), self.limit)
        self._header = self.body = None
        self.idle = True
        return [message]

    def _expect(self, header: Header, beginning: bytes) -> None:
        self.idle = False
        self._header = header
        size = header.payload_size + header.annotations_size
        bulk = self._find_bulk(header, beginning) if size > BULK_ABOVE else None
        if bulk is None:
            self.body = Space(size, beginning)
        else:
            self.body = SplitSpace(size, beginning, *bulk)

    def _find_bulk(self, header: Header, beginning: bytes) -> tuple[int, int] | None:
        find = self.bulk_finders.get(header.serializer_id)
        if find is None or header.annotations_size or header.flags & Flags.COMPRESSED:
            return None
        found = find(beginning)
        if found is None:
            return None
        start, count = found
        fits = start <= len(beginning) and start + count <= header.payload_size
        return found if fits and count > BULK_ABOVE else None
