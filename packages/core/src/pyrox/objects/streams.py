"""The item streams of a daemon: iterators that methods returned, fetched item by item."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

from ..errors import DaemonError
from ..values.context import CallContext, serving
from ..values.ids import new_uuid

__all__ = ["STREAM_ANNOTATION", "StreamTable", "is_iterator"]

log = logging.getLogger("pyrox.daemon")

STREAM_ANNOTATION = "STRM"
"""The annotation that carries a stream's id, as 36 ASCII characters."""


class _Stream:
    __slots__ = ("connection", "context", "created", "iterator", "lingering_since")

    def __init__(self, iterator: Iterator[Any], connection: Any, now: float) -> None:
        # A list, so that taking the iterator out is one atomic step: two fetches at once must
        # not enter the same generator.
        self.iterator: list[Any] = [iterator]
        # A generator may keep a block of call options open between its items, which are fetched
        # in different threads: those must not find its options there.
        self.context = copy_context()
        self.connection: Any = connection
        self.created = now
        self.lingering_since: float | None = None


class StreamTable:
    """Item streams by id. ``lifetime`` and ``linger`` are seconds, ``limit`` is a count.

    The former two may be changed at any time, and count for the streams that are there, too.
    """

    def __init__(self, lifetime: float, linger: float, limit: int) -> None:
        self.lifetime = lifetime
        self.linger = linger
        self._limit = limit
        self._streams: dict[str, _Stream] = {}

    def __len__(self) -> int:
        return len(self._streams)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._streams))

    def add(self, iterator: Iterator[Any], connection: Any, now: float) -> str:
        """Keep an iterator for the client of ``connection``; return the stream's id."""
        if self._limit and len(self._streams) >= self._limit:
            raise DaemonError(
                f"this daemon keeps {self._limit} item streams at most (max_streams): "
                "read some to their end, or close them"
            )
        stream_id = str(new_uuid())
        self._streams[stream_id] = _Stream(iterator, connection, now)
        return stream_id

    def next_item(self, stream_id: str, connection: Any) -> Any:
        """Return the next item. At the end, or if the iterator fails, the stream is forgotten."""
        stream, iterator = self.take(stream_id, connection)
        try:
            item = stream.context.run(_advance, iterator, serving.get())
        except BaseException:
            self.forget(stream_id)
            raise
        stream.iterator.append(iterator)
        return item

    async def next_item_async(self, stream_id: str, connection: Any) -> Any:
        """Return the next item of an asynchronous iterator; StopAsyncIteration at the end."""
        stream, iterator = self.take(stream_id, connection)
        try:
            item = await iterator.__anext__()
        except BaseException:
            self.forget(stream_id)
            raise
        stream.iterator.append(iterator)
        return item

    def is_asynchronous(self, stream_id: str) -> bool:
        """Tell whether a stream's items are to be awaited."""
        stream = self._streams.get(stream_id)
        return stream is not None and any(hasattr(it, "__anext__") for it in stream.iterator)

    def take(self, stream_id: str, connection: Any) -> tuple[_Stream, Any]:
        """Return a stream and its iterator, which is then missing there: nobody else gets it."""
        stream = self._streams.get(stream_id)
        if stream is None:
            raise DaemonError("item stream terminated")
        stream.connection, stream.lingering_since = connection, None
        try:
            return stream, stream.iterator.pop()
        except IndexError:
            raise DaemonError("another fetch from this item stream is still running") from None

    def forget(self, stream_id: str) -> None:
        """Forget a stream that has come to its end."""
        self._streams.pop(stream_id, None)

    def close(self, stream_id: str) -> None:
        """Forget a stream and close its generator; an unknown id is passed over."""
        stream = self._streams.pop(stream_id, None)
        if stream is not None:
            for iterator in stream.iterator:
                self._close_iterator(stream, iterator)

    def _close_iterator(self, stream: _Stream, iterator: Any) -> None:
        closer = getattr(iterator, "close", None)
        if callable(closer):
            try:
                stream.context.run(closer)
            except BaseException:  # the user's own code, run where nobody waits for it
                log.warning("an item stream could not be closed", exc_info=True)

    def disconnected(self, connection: Any, now: float) -> None:
        """Let the streams of a connection that ended linger, or drop them."""
        for stream_id, stream in list(self._streams.items()):
            if stream.connection is connection:
                stream.connection = None
                if self.linger:
                    stream.lingering_since = now
                else:
                    self.close(stream_id)

    def readers(self) -> set[Any]:
        """Return the connections whose clients have not read all of their streams."""
        return {stream.connection for stream in list(self._streams.values())} - {None}

    def expire(self, now: float) -> None:
        """Drop the streams whose time is over."""
        for stream_id, stream in list(self._streams.items()):
            since = stream.lingering_since
            if (self.lifetime and now - stream.created > self.lifetime) or (
                since is not None and now - since > self.linger
            ):
                self.close(stream_id)

    def clear(self) -> None:
        """Drop all streams."""
        for stream_id in list(self._streams):
            self.close(stream_id)


def _advance(iterator: Iterator[Any], call: CallContext | None) -> Any:
    token = serving.set(call)
    try:
        return next(iterator)
    finally:
        serving.reset(token)


def is_iterator(result: Any) -> bool:
    """Tell whether a result is to be streamed."""
    kind = type(result)
    if hasattr(kind, "__next__"):
        return hasattr(kind, "__iter__")
    return hasattr(kind, "__anext__") and hasattr(kind, "__aiter__")
