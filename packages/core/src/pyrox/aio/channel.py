"""A stream under an event loop: whatever comes is taken at once, what is given is sent in order.

Rules of this file:

- Nothing here waits. Reading goes on whenever something comes, unless it is paused; what the peer
  does not take at once is kept and sent when it can be.
- What is written while something is received is sent together, right after it; what is written
  otherwise, at the end of the loop's turn. Only what is urgent is sent at once.
- A channel belongs to one loop and is used in its thread only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence

from ..contracts.transport import Stream, without
from ..errors import CommunicationError
from ..wire.buffers import Buffer
from ..wire.receiver import READ_SIZE, Receiver

__all__ = ["HIGH", "Channel", "running_loop"]

log = logging.getLogger("pyrox.connection")

HIGH = 256 * 1024
"""From how many unsent bytes on a channel is full: whoever wants to write more should wait."""
_FLUSH_AT = 8 * 1024
"""From how many unsent bytes on the end of the turn is not waited for."""
_JOIN_BELOW = 64 * 1024
_READS_A_TURN = 16
"""How often one channel reads for a large message before others get their turn."""


class Channel(ABC):
    """One connection. A subclass says what to do with what comes, and with the end.

    ``closed`` is True once nothing can be sent any more; ``unsent`` is how many bytes wait for the
    peer to take them.
    """

    __slots__ = (
        "_fd",
        "_flushing",
        "_layered",
        "_out",
        "_paused",
        "_receiver",
        "_roomy",
        "_writing",
        "closed",
        "loop",
        "stream",
        "unsent",
    )

    def __init__(self, stream: Stream, receiver: Receiver, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.stream = stream
        self.closed = False
        self._receiver = receiver
        self._fd = stream.fileno()
        self._layered = type(stream).pending is not Stream.pending
        self._out: list[Buffer] | None = None  # an empty list would cost each idle connection
        self.unsent = 0
        self._flushing = False
        self._writing = False
        self._paused = True
        self._roomy: Sequence[asyncio.Future[None]] = ()

    # To be implemented

    @abstractmethod
    def _take(self, data: bytes) -> None:
        """Take what one read gave."""

    @abstractmethod
    def _take_filled(self, count: int) -> None:
        """Take note of bytes that were read into the receiver's own buffer."""

    @abstractmethod
    def _ended(self, error: BaseException | None) -> None:
        """Take note that nothing more will come: None at the peer's end of it.

        A ProtocolError is what the peer did wrong, OSError a lost connection.
        """

    def _drained(self) -> None:  # noqa: B027
        """Take note that there is room again, after the channel was full."""

    def _all_sent(self) -> None:  # noqa: B027
        """Take note that the peer has taken everything."""

    # Receiving

    @property
    def is_paused(self) -> bool:
        """Whether nothing is received for now."""
        return self._paused

    def resume(self) -> None:
        """Receive from now on."""
        if self._paused and not self.closed:
            self._paused = False
            self.loop.add_reader(self._fd, self.receive)
            if self._layered and self.stream.pending():
                self.loop.call_soon(self.receive)

    def pause(self) -> None:
        """Receive no more for now."""
        if not self._paused:
            self._paused = True
            self.loop.remove_reader(self._fd)

    def receive(self) -> None:
        """Take what is there, and send what is said to it."""
        gathers, self._flushing = not self._flushing, True
        try:
            if self._receiver.body is None and not self._paused:
                data = self.stream.recv_nowait(READ_SIZE)
                if data:
                    self._take(data)
                else:
                    self._ended(None)
            if self._receiver.body is not None:
                self._receive_body()
        except BlockingIOError:
            pass
        except (CommunicationError, OSError) as error:
            self._ended(error)
        except Exception:
            # Not to the loop: it would come here again at once, and for ever.
            log.exception("dropped %s after an unexpected error", self.stream.peer_address)
            self._ended(ConnectionAbortedError("an unexpected error; see the log"))
        finally:
            if gathers:
                self._flushing = False
        if gathers and self._out and not self._writing:
            self._send()
        if self._layered and not self.closed:
            if not self._paused and self.stream.pending():
                self.loop.call_soon(self.receive)
            self._watch()

    def _receive_body(self) -> None:
        """Receive what is there of a large message, straight into its place."""
        for _ in range(_READS_A_TURN):
            buffer = self._receiver.get_buffer()
            if buffer is None or self._paused:
                return
            count = self.stream.recv_into_nowait(buffer)
            if not count:
                self._ended(None)
                return
            self._take_filled(count)

    # Sending

    @property
    def is_full(self) -> bool:
        """Whether the peer takes less than it is sent."""
        return self.unsent > HIGH

    def write(self, buffers: Sequence[Buffer]) -> None:
        """Send ``buffers`` behind what was written before."""
        if self.closed:
            return
        if self._out is None:
            self._out = list(buffers)
        else:
            self._out += buffers
        self.unsent += sum(map(len, buffers))
        if self._writing:
            return
        if _FLUSH_AT <= self.unsent <= HIGH:
            self._send()  # so that the peer can begin
        elif not self._flushing:
            self._flushing = True
            self.loop.call_soon(self.flush)

    def write_now(self, buffers: Sequence[Buffer]) -> None:
        """Do the same, and send it at once where nothing else waits to be sent."""
        data = buffers[0]
        if self._out or self._flushing or len(buffers) > 1 or type(data) is not bytes:
            self.write(buffers)
            return
        if self.closed:
            return
        size = len(data)
        try:
            sent = self.stream.send_nowait(buffers)
        except BlockingIOError:
            sent = 0
        except (CommunicationError, OSError) as error:
            self._ended(error)
            return
        if sent != size or self._layered:
            self.unsent = size - sent
            self._out = [memoryview(data)[sent:]] if self.unsent else None
            self._watch()

    async def room(self) -> None:
        """Wait until the channel is not full any more, or closed."""
        while self.is_full and not self.closed:
            await self._next_sending()

    async def flushed(self) -> None:
        """Wait until all that was written is sent, or the channel closed."""
        while self.unsent and not self.closed:
            await self._next_sending()

    def _next_sending(self) -> asyncio.Future[None]:
        waiter = self.loop.create_future()
        self._roomy = (*self._roomy, waiter)
        return waiter

    def flush(self) -> None:
        """Send what the peer takes now."""
        self._flushing = False
        if self._out and not self.closed:
            self._send()

    def _send(self) -> None:
        out, before = self._out or (), self.unsent
        try:
            if len(out) > 1 and before <= _JOIN_BELOW:
                out = self._out = [b"".join(out)]
            sent = self.stream.send_nowait(out)
            while sent < self.unsent:
                self.unsent -= sent
                # A copy: what is left of a buffer is looked at again and again.
                out = self._out = list(without([memoryview(buffer) for buffer in out], sent))
                sent = self.stream.send_nowait(out)
            self._out = None
            self.unsent = 0
        except BlockingIOError:
            pass
        except (CommunicationError, OSError) as error:
            self._ended(error)
            return
        if self._out or self._writing or self._layered:
            self._watch()
        if self._out is None:
            self._all_sent()
        if before > HIGH or self._roomy:
            self._make_way(before > HIGH)

    def _make_way(self, was_full: bool) -> None:
        """Tell those who wait for room, if there is some now."""
        if self.unsent <= HIGH:
            self._wake()
            if was_full:
                self._drained()

    def _watch(self) -> None:
        """Be told when something can be sent, where something waits for that."""
        wanted = bool(self._out)
        if self._layered:
            wanted = self.stream.waits_to_send(wanted)
        if wanted and not self._writing:
            self._writing = True
            self.loop.add_writer(self._fd, self._sendable)
        elif self._writing and not wanted:
            self._writing = False
            self.loop.remove_writer(self._fd)

    def _sendable(self) -> None:
        if self._layered and not self._out:
            self.receive()  # the layer itself has something to say
            if not self.closed:
                self._watch()
            return
        self.flush()

    # Ending

    def close(self) -> None:
        """Close the stream at once; closing again does nothing."""
        if self.closed:
            return
        self.closed = True
        if not self.loop.is_closed():
            self.loop.remove_reader(self._fd)
            self.loop.remove_writer(self._fd)
        self._paused = True
        self._out = None
        self.unsent = 0
        self._wake()
        self.stream.close()

    def hang_up(self) -> None:
        """Close it from wherever: its loop may have ended, or run in another thread."""
        if self.loop.is_running() and self.loop is not running_loop():
            with contextlib.suppress(RuntimeError):  # it has just ended
                self.loop.call_soon_threadsafe(self.close)
                return
        self.close()

    def abandon(self) -> None:
        """Let go of it in a forked process: connection and loop are the parent's."""
        self.closed = True
        self.stream.abandon()

    def _wake(self) -> None:
        waiting, self._roomy = self._roomy, ()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
