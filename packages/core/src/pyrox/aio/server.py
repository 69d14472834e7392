"""Serving many connections under asyncio: accepting, answering, and closing them.

Rules of this file:

- Everything happens in the loop's thread, except plain methods (see ``running``).
- A Pyro 5 client's requests are answered one after the other; a pyrox client's side by side, up
  to ``max_in_flight`` of them. What comes beyond that waits, and soon is not read any more.
- A client that takes no answers is not read from, either, and dropped after ``send_timeout``.
  Calls of its that did not begin are postponed meanwhile: their answers would pile up.
- A client's mistake costs its own connection: it is told, and closed once it has been told.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext

from ..contracts.transport import Listener, Stream
from ..errors import OverloadedError, ProtocolError
from ..logic.complaints import Complaints
from ..logic.invocation import Dispatcher, RequestError
from ..logic.welcome import Verdict
from ..protocol.connection import State
from ..values.config import Config
from ..wire.buffers import Buffer
from ..wire.message import Message, MessageType
from .channel import HIGH
from .link import Link
from .running import Calls

__all__ = ["Server"]

log = logging.getLogger("pyrox.server")

FAREWELL = 2.0
"""How long, in seconds, a client that was told to go may take to read that."""
_ACCEPTS_A_TURN = 64
_BACKLOG = 64
_BACKLOG_SIZE = 256 * 1024
"""How many requests of a client, and bytes, may wait before it is not read from any more.

Some may: that one of them is cancelled, or that the client is gone, is to be noticed.
"""
_CANCEL = MessageType.CANCEL
_INVOKE = MessageType.INVOKE
_PING = MessageType.PING
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Server:
    """Serves listeners in an event loop.

    ``connected`` and ``disconnected`` are called with each link that finished its handshake, and
    when it ends.
    """

    def __init__(
        self,
        listener: Listener,
        dispatcher: Dispatcher,
        config: Config,
        connected: Callable[[Link], None],
        disconnected: Callable[[Link], None],
    ) -> None:
        self._listeners = [listener]
        self._dispatcher = dispatcher
        self._config = config
        self._connected = connected
        self._disconnected = disconnected
        self._links: set[Link] = set()
        self._greeting: dict[Link, None] = {}  # in the order in which they came
        self._complaints = Complaints(nullcontext())
        self._calls = Calls(dispatcher, config, self._answered)
        self._accepting = False
        self.stopping = self.draining = False
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    @property
    def calls(self) -> int:
        """How many calls are running or wait for a thread."""
        return len(self._calls)

    def start(self) -> None:
        """Serve in the running loop from now on."""
        self.loop = asyncio.get_running_loop()
        self._calls.start(self.loop)
        self._accept_again()

    # Accepting

    def _accept_again(self) -> None:
        if not (self._accepting or self.stopping or self.draining) and self.loop is not None:
            self._accepting = True
            for listener in self._listeners:
                self.loop.add_reader(listener.fileno(), self._accept, listener)

    def _accept_no_more(self) -> None:
        if self._accepting and self.loop is not None:
            self._accepting = False
            for listener in self._listeners:
                self.loop.remove_reader(listener.fileno())

    def listen(self, listener: Listener) -> None:
        """Accept connections there, too."""
        self._listeners.append(listener)
        if self._accepting and self.loop is not None:
            self.loop.add_reader(listener.fileno(), self._accept, listener)

    def _stop_listening(self) -> None:
        self._accept_no_more()
        for listener in self._listeners:
            listener.close()

    def _accept(self, listener: Listener) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                stream = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _OUT_OF_DESCRIPTORS:
                    # It would be announced again at once: housekeeping starts over later.
                    log.error("cannot accept connections for now: %s", error)
                    self._accept_no_more()
                return
            self._welcome(stream, listener)

    def _welcome(self, stream: Stream, listener: Listener) -> None:
        assert self.loop is not None
        self._make_room()
        now = time.monotonic()
        link = Link(stream, self._config, self.loop, now, self, listener)
        self._links.add(link)
        self._greeting[link] = None
        limit = self._config.max_connections
        if limit and len(self._links) > limit:
            self._refuse(link, OverloadedError(f"this daemon keeps {limit} connections at most"))
            return
        link.resume()
        link.receive()  # its first request is there already, as a rule

    def _make_room(self) -> None:
        """Drop the silent strangers that have been waiting longest, where there are too many."""
        limit = self._config.max_unauthenticated
        while limit and len(self._greeting) >= limit:
            oldest = next(iter(self._greeting))
            reason = "too many connections without a handshake"
            self._complaints.add("dropped %s: %s", oldest.peer, reason)
            self._drop(oldest)

    # Requests

    def requested_one(self, link: Link, message: Message) -> None:
        """Take a lone request of a client, which is nearly every one, and begin it if possible."""
        if (
            message.type != _INVOKE
            or link.backlog
            or link.postponed
            or self.stopping
            or not self._may_begin(link)
        ):
            self.requested(link, [message])
            return
        link.last_used = time.monotonic()
        try:
            self._invoke(link, message)
        except Exception as error:
            self._cannot_begin(link, error)
        if link.unsent > HIGH:
            self._go_on(link)

    def requested(self, link: Link, messages: list[Message]) -> None:
        """Take requests of a client; begin those whose turn it is."""
        for message in messages:
            if message.type == _CANCEL:
                self._cancel(link, message)  # not in its turn: it may be about what goes before
            elif message.type == _PING and "keepalive" in link.peer.capabilities:
                link.write(link.protocol.pong(message))  # nor this: busy is not gone
            else:
                link.postpone(message)
        link.last_used = time.monotonic()
        self._go_on(link)

    def _cancel(self, link: Link, message: Message) -> None:
        """Cancel a call, whether it is running or waits for its turn; one that ended is no matter.

        It is answered all the same, so that its number is free again.
        """
        running = link.calls.get(message.sequence)
        if running is not None:
            running.call.cancelled = True
            if running.task is not None:
                running.task.cancel()
            return
        request = link.withdraw(message.sequence)
        if request is not None:
            reason = "the call was cancelled before it was begun"
            link.write(self._dispatcher.overloaded(link, request, reason) or ())

    def _go_on(self, link: Link) -> None:
        if self.stopping:
            self._send_away(link)
            return
        self._calls.resume(link)
        try:
            while link.backlog and self._may_begin(link):
                self._begin(link, link.next_request())
        except Exception as error:
            self._cannot_begin(link, error)
            return
        if link.closed or link.closing:
            return
        waiting = len(link.backlog or ())
        if link.is_full or waiting > _BACKLOG or link.backlog_size > _BACKLOG_SIZE:
            link.pause()
            if link.is_full and not link.deadline and self._config.send_timeout:
                link.deadline = time.monotonic() + self._config.send_timeout
                link.progress = link.unsent
        else:
            link.resume()

    def _may_begin(self, link: Link) -> bool:
        return not (
            link.closing
            or link.closed
            or link.unsent > HIGH
            or link.running >= link.most
            or link.oneways > self._config.max_queued_calls
        )

    def _cannot_begin(self, link: Link, error: Exception) -> None:
        if isinstance(error, ProtocolError):
            self._refuse(link, error)
        else:
            log.error("dropped %s after an unexpected error", link.peer, exc_info=error)
            self._drop(link)

    def _begin(self, link: Link, message: Message) -> None:
        if message.type == _INVOKE:
            self._invoke(link, message)
        elif message.type == _PING:
            link.write(link.protocol.pong(message))
        else:
            self._shake_hands(link, message)

    def _shake_hands(self, link: Link, message: Message) -> None:
        buffers, verdict = self._dispatcher.handshake(link, message)
        if verdict is Verdict.REFUSED:
            self._dismiss(link, buffers)
            return
        link.write(buffers)
        if verdict is Verdict.ASKED:
            return
        self._greeting.pop(link, None)
        link.welcome = True
        link.deadline = 0.0
        if "mux" in link.peer.capabilities:
            link.most = self._config.max_in_flight
        if "cancel" in link.peer.capabilities:
            link.protocol.allow(_CANCEL)
        self._connected(link)

    def _invoke(self, link: Link, message: Message) -> None:
        try:
            invocation = self._dispatcher.begin(link, message)
        except RequestError as problem:
            buffers = self._dispatcher.refuse(link, message, problem)
            if problem.fatal and "mux" not in link.peer.capabilities:
                self._dismiss(link, buffers or ())
            else:
                link.write(buffers or ())
            return
        self._calls.begin(link, invocation)

    def _answered(self, link: Link) -> None:
        """Take note that a call has ended that took its time."""
        if not self.stopping and (link.backlog or link.is_full):
            self._go_on(link)

    # Ending a link

    def lost(self, link: Link, error: BaseException | None) -> None:
        """Let go of a link whose client is gone, or tell it what it did wrong."""
        if isinstance(error, ProtocolError) and not link.closing:
            self._refuse(link, error)
            return
        if not link.protocol.receiver.idle and not link.closing:
            log.info("%s went away in the middle of a message", link.peer)
        self._drop(link)

    def _refuse(self, link: Link, error: Exception) -> None:
        """Tell a client what it did wrong, and end its connection."""
        self._complaints.add("closing the connection of %s: %s", link.peer, error)
        self._dismiss(link, link.protocol.refusal(str(error)))

    def _dismiss(self, link: Link, buffers: tuple[Buffer, ...] | tuple[()]) -> None:
        """Send last words and close once the client has had time to read them."""
        link.protocol.state = State.CLOSED
        link.dismiss(buffers, time.monotonic() + FAREWELL)

    def _drop(self, link: Link) -> None:
        """Close a link and forget it; once it is forgotten, do nothing."""
        if link not in self._links:
            return
        self._links.discard(link)
        self._greeting.pop(link, None)
        welcome, link.welcome = link.welcome, False
        link.protocol.state = State.CLOSED
        link.close()
        link.cancel_calls()
        self._calls.forget_postponed(link)
        if welcome:
            self._disconnected(link)
        link.close_resources()
        link.instances.clear()

    def drain(self) -> None:
        """Accept nobody any more, and ask all clients to make their next calls elsewhere.

        Who is in the middle of an item stream is asked at its end.
        """
        self.draining = True
        self._stop_listening()
        for link in self._links:
            link.last_used = time.monotonic()
        self._ask_to_leave(self._dispatcher.stream_readers)

    def _ask_to_leave(self, readers: set[Link]) -> None:
        for link in list(self._links):
            if not link.told and link.welcome and link not in readers:
                link.told = True
                link.write(link.protocol.drain())

    def is_drained(self, grace: float, stream_grace: float) -> bool:
        """Tell whether nothing is in flight, nor was in the last ``grace`` seconds.

        ``stream_grace`` is for clients that are in the middle of an item stream.
        """
        now, readers = time.monotonic(), self._dispatcher.stream_readers
        self._ask_to_leave(readers)
        return not self.calls and all(
            not link.unsent and link.last_used < now - (stream_grace if link in readers else grace)
            for link in self._links
        )

    # Now and then

    def housekeeping(self, now: float) -> None:
        """Drop the links whose time is over, and accept again after a shortage."""
        idle = self._config.idle_timeout
        for link in list(self._links):
            if link.deadline and now > link.deadline:
                self._overdue(link, now)
            elif idle and not (link.running or link.oneways) and now - link.last_used > idle:
                self._drop(link)
            elif link.is_paused and not link.is_full and "keepalive" in link.peer.capabilities:
                link.write(link.protocol.heartbeat())  # nobody would answer if it asked
        self._accept_again()
        self._complaints.sum_up(now)

    def end_late_handshakes(self, now: float) -> None:
        """Refuse those whose handshake takes too long; costs next to nothing without any."""
        for link in list(self._greeting):
            if link.closing or not link.deadline:
                continue
            if now <= link.deadline:
                return  # those behind it came later
            self._refuse_late(link)

    def _refuse_late(self, link: Link) -> None:
        self._refuse(link, ProtocolError("the handshake took too long"))
        # It had its time: where a layer cannot even tell it, there is nothing to wait for.
        if link.unsent:
            self._drop(link)

    def _overdue(self, link: Link, now: float) -> None:
        if link.closing:
            self._drop(link)
        elif not link.welcome:
            self._refuse_late(link)
        else:
            self._insist(link, now)

    def _insist(self, link: Link, now: float) -> None:
        """Drop a link whose client took nothing for too long.

        A stream is announced as writable once much of its buffer is free, which takes a slow
        client longer than that: so whether it took anything is found out by sending.
        """
        link.flush()
        if link.closed or not link.deadline:
            return  # it is gone, or has taken enough
        if link.unsent < link.progress:
            link.progress = link.unsent
            link.deadline = now + self._config.send_timeout
        else:
            log.warning("dropped %s: it does not take its answers", link.peer)
            self._drop(link)

    def _send_away(self, link: Link) -> None:
        """Tell a client of the calls that will not be begun."""
        reason = "the daemon is shutting down; this call was not started"
        while link.backlog:
            request = link.next_request()
            if request.type == _INVOKE:
                link.write(self._dispatcher.overloaded(link, request, reason) or ())
        for request in self._calls.forget_postponed(link):
            link.write(self._dispatcher.overloaded(link, request, reason) or ())

    async def stop(self, timeout: float) -> None:
        """Stop accepting, let running calls finish for ``timeout`` seconds, close everything."""
        self.stopping = self._calls.stopping = True
        self._stop_listening()
        for link in list(self._links):
            link.pause()
            self._send_away(link)
        await self._calls.end(timeout)
        flushing = [asyncio.ensure_future(link.flushed()) for link in self._links if link.unsent]
        if flushing:
            _, late = await asyncio.wait(flushing, timeout=max(timeout, 0.1))
            for waiting in late:
                waiting.cancel()
        for link in list(self._links):
            self._drop(link)
        self._calls.close()
        self._complaints.sum_up(time.monotonic(), at_end=True)
