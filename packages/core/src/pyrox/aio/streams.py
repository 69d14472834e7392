"""The item streams of an asyncio daemon."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

from ..logic.daemon_object import DaemonObject
from ..objects.exposure import expose
from ..objects.streams import StreamTable
from ..values.context import serving

__all__ = ["AsyncDaemonObject", "AsyncStreamTable"]

log = logging.getLogger("pyrox.daemon")


class AsyncStreamTable(StreamTable):
    """Item streams whose iterators may be asynchronous ones."""

    def __init__(self, lifetime: float, linger: float, limit: int) -> None:
        super().__init__(lifetime, linger, limit)
        self._closing: set[asyncio.Future[Any]] = set()

    async def fetch(self, stream_id: str, connection: Any) -> Any:
        """Return the next item, a plain iterator's from a thread; StopAsyncIteration ends it."""
        if self.is_asynchronous(stream_id):
            return await self.next_item_async(stream_id, connection)
        end = object()
        call = serving.get()

        def advance() -> Any:
            token = serving.set(call)
            try:
                return self.next_item(stream_id, connection)
            except StopIteration:  # which no future can carry
                return end
            finally:
                serving.reset(token)

        item = await asyncio.get_running_loop().run_in_executor(None, advance)
        if item is end:
            raise StopAsyncIteration
        return item

    def _close_iterator(self, stream: Any, iterator: Iterator[Any] | AsyncIterator[Any]) -> None:
        """Close it in the background, since it is the user's own code."""
        aclose = getattr(iterator, "aclose", None)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing is left to be done
            loop = asyncio.get_running_loop()
            if aclose is not None:
                self._keep(loop.create_task(_close(aclose())))
            elif hasattr(iterator, "close"):
                close = super()._close_iterator
                self._keep(loop.run_in_executor(None, close, stream, iterator))

    def _keep(self, closing: asyncio.Future[Any]) -> None:
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def closed(self) -> None:
        """Wait until the iterators that are being closed are."""
        while self._closing:
            await asyncio.wait(set(self._closing))


async def _close(closing: Any) -> None:
    try:
        await closing
    except Exception:
        log.warning("an item stream could not be closed", exc_info=True)


class AsyncDaemonObject(DaemonObject):
    """The daemon as an object, whose streams do not hold up the loop."""

    _streams: AsyncStreamTable

    @expose
    async def get_next_stream_item(self, streamId: str) -> Any:
        """Return the next item of an item stream; StopIteration ends it."""
        context = serving.get()
        return await self._streams.fetch(streamId, context.connection if context else None)
