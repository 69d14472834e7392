"""Serving many connections under asyncio: accepting, answering, and closing them.

Rules of this file:

- Everything happens in the loop's thread, except the methods themselves: a plain one runs in a
  thread of the pool, unless it is marked as quick, and its answer comes back to the loop.
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
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from ..contracts.transport import Listener, Stream
from ..errors import DaemonError, OverloadedError, ProtocolError, TimeoutError
from ..logic.invocation import Dispatcher, Invocation, RequestError
from ..logic.welcome import Verdict
from ..protocol.connection import State
from ..values.config import Config
from ..wire.buffers import Buffer
from ..wire.message import Flags, Message, MessageType
from .channel import HIGH
from .eager import Starter
from .link import Link, Running, alarm_at

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
_ONEWAY = Flags.ONEWAY
_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Server:
    """Serves a listener in an event loop.

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
        self._listener = listener
        self._dispatcher = dispatcher
        self._config = config
        self._connected = connected
        self._disconnected = disconnected
        self._links: set[Link] = set()
        self._greeting: dict[Link, None] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._pool = ThreadPoolExecutor(config.max_calls, "pyrox-call")
        self._in_threads = 0
        self._finished: deque[tuple[Link, Invocation, tuple[Buffer, ...] | None, bool]] = deque()
        self._collecting = False
        self._accepting = False
        self._idle = asyncio.Event()
        self.stopping = self.draining = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self._starter: Starter | None = None
        self._context = copy_context()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    @property
    def calls(self) -> int:
        """How many calls are running or wait for a thread."""
        return len(self._tasks) + self._in_threads

    def start(self) -> None:
        """Serve in the running loop from now on."""
        self.loop = asyncio.get_running_loop()
        self._starter = Starter(self.loop)
        self._context = copy_context()
        self._accept_again()

    # Accepting

    def _accept_again(self) -> None:
        if not (self._accepting or self.stopping or self.draining) and self.loop is not None:
            self._accepting = True
            self.loop.add_reader(self._listener.fileno(), self._accept)

    def _accept_no_more(self) -> None:
        if self._accepting and self.loop is not None:
            self._accepting = False
            self.loop.remove_reader(self._listener.fileno())

    def _accept(self) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                stream = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _OUT_OF_DESCRIPTORS:
                    # It would be announced again at once: housekeeping starts over later.
                    log.error("cannot accept connections for now: %s", error)
                    self._accept_no_more()
                return
            self._welcome(stream)

    def _welcome(self, stream: Stream) -> None:
        assert self.loop is not None
        self._make_room()
        now = time.monotonic()
        link = Link(stream, self._config, self.loop, now, self._requested, self._requested_one, self._lost)
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
            log.warning("dropped %s: too many connections without a handshake", oldest.peer)
            self._drop(oldest)

    # Requests

    def _requested_one(self, link: Link, message: Message) -> None:
        """Take a lone request of a client, which is nearly every one, and begin it if possible."""
        if (
            message.type != _INVOKE
            or link.backlog
            or link.postponed
            or self.stopping
            or not self._may_begin(link)
        ):
            self._requested(link, [message])
            return
        link.last_used = time.monotonic()
        try:
            self._invoke(link, message)
        except Exception as error:
            self._cannot_begin(link, error)
        if link.is_full:
            self._go_on(link)

    def _requested(self, link: Link, messages: list[Message]) -> None:
        """Take requests of a client; begin those whose turn it is."""
        for message in messages:
            if message.type == _CANCEL:
                self._cancel(link, message)  # not in its turn: it may be about what goes before
            else:
                link.backlog.append(message)
                link.backlog_size += len(message.payload)
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
        for request in link.backlog:
            if request.sequence == message.sequence and request.type == _INVOKE:
                link.backlog.remove(request)
                link.backlog_size -= len(request.payload)
                reason = "the call was cancelled before it was begun"
                link.write(self._dispatcher.overloaded(link, request, reason) or ())
                return

    def _go_on(self, link: Link) -> None:
        if self.stopping:
            self._send_away(link)
            return
        backlog = link.backlog
        while link.postponed and not link.is_full:
            self._pool.submit(self._work, link, link.postponed.pop(0))
        try:
            while backlog and self._may_begin(link):
                request = backlog.pop(0)
                link.backlog_size -= len(request.payload)
                self._begin(link, request)
        except Exception as error:
            self._cannot_begin(link, error)
            return
        if link.closed or link.closing:
            return
        if link.is_full or len(backlog) > _BACKLOG or link.backlog_size > _BACKLOG_SIZE:
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
        elif message.type == MessageType.PING:
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
        member = invocation.member
        if member is None:
            members = invocation.entry.members
            calls = invocation.args
            if any(name in members and members[name].is_async for name, _, _ in calls):
                self._call_coroutine(link, invocation)
            else:
                self._call_in_thread(link, invocation)
        elif member.inline:
            link.write(self._dispatcher.call(invocation) or ())
        elif member.is_async:
            self._call_coroutine(link, invocation)
        else:
            self._call_in_thread(link, invocation)

    @staticmethod
    def _count(link: Link, request: Message, change: int) -> None:
        if request.flags & _ONEWAY:
            link.oneways += change
        else:
            link.running += change

    # Calls

    def _call_coroutine(self, link: Link, invocation: Invocation) -> None:
        """Run a call here and now until it waits for something; then it goes on in a task."""
        assert self._starter is not None
        work = self._dispatcher.call_async(invocation, asyncio.CancelledError)
        try:
            task = self._starter.start(work, self._context.copy())
        except StopIteration as over:
            link.write(over.value or ())
            return
        except asyncio.CancelledError:
            error = self._why_cancelled(invocation)
            link.write(self._dispatcher.fail(invocation, error) or ())
            return
        self._count(link, invocation.request, 1)
        alarm = alarm_at(invocation.deadline, task) if invocation.deadline else None
        link.calls[invocation.request.sequence] = Running(invocation, task)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, link, invocation, alarm))

    def _ended(
        self,
        link: Link,
        invocation: Invocation,
        alarm: asyncio.TimerHandle | None,
        task: asyncio.Task[tuple[Buffer, ...] | None],
    ) -> None:
        self._tasks.discard(task)
        if alarm is not None:
            alarm.cancel()
        if task.cancelled():
            buffers = self._dispatcher.fail(invocation, self._why_cancelled(invocation))
        else:
            buffers = task.result()
        self._finish(link, invocation, buffers)
        self._look_whether_idle()

    def _why_cancelled(self, invocation: Invocation) -> Exception:
        if invocation.cancelled:
            return DaemonError("the call was cancelled by its caller")
        if not invocation.is_wanted:
            return TimeoutError("the time that the caller gave this call is over")
        if self.stopping:
            return DaemonError("the call was cancelled: the daemon is shutting down")
        return DaemonError("the method was cancelled")

    def _call_in_thread(self, link: Link, invocation: Invocation) -> None:
        config = self._config
        request = invocation.request
        limit = config.max_calls + config.max_queued_calls
        if self._in_threads >= limit and not invocation.is_oneway:
            link.write(self._dispatcher.overloaded(link, request) or ())
            return
        self._count(link, request, 1)
        link.calls[request.sequence] = Running(invocation, None)
        self._in_threads += 1
        self._pool.submit(self._work, link, invocation)

    def _work(self, link: Link, invocation: Invocation) -> None:
        """Run a call; in a thread of the pool."""
        if link.is_full and not (link.closed or self.stopping):
            self._finished.append((link, invocation, None, True))
        else:
            buffers = self._dispatcher.call(invocation)
            self._finished.append((link, invocation, buffers, False))
        if not self._collecting:
            self._collecting = True
            assert self.loop is not None
            try:
                self.loop.call_soon_threadsafe(self._collect)
            except RuntimeError:
                log.debug("a call ended after the event loop")

    def _collect(self) -> None:
        """Take the answers that threads have brought."""
        self._collecting = False
        while self._finished:
            link, invocation, buffers, postponed = self._finished.popleft()
            if postponed and link.is_full:
                link.postponed.append(invocation)
            elif postponed:
                self._pool.submit(self._work, link, invocation)
            else:
                self._in_threads -= 1
                self._finish(link, invocation, buffers)

    def _finish(
        self, link: Link, invocation: Invocation, buffers: tuple[Buffer, ...] | None
    ) -> None:
        request = invocation.request
        self._count(link, request, -1)
        link.calls.pop(request.sequence, None)
        self._answer(link, buffers)

    def _answer(self, link: Link, buffers: tuple[Buffer, ...] | None) -> None:
        if buffers:
            if link.running or link.oneways:
                link.write(buffers)  # others may be about to answer, too
            else:
                link.write_now(buffers)
        if self.stopping:
            self._look_whether_idle()
        elif link.backlog or link.is_full:
            self._go_on(link)

    def _look_whether_idle(self) -> None:
        if self.stopping and not self.calls:
            self._idle.set()

    # Ending a link

    def _lost(self, link: Link, error: BaseException | None) -> None:
        """Let go of a link whose client is gone, or tell it what it did wrong."""
        if isinstance(error, ProtocolError) and not link.closing:
            self._refuse(link, error)
            return
        if not link.protocol.receiver.idle and not link.closing:
            log.info("%s went away in the middle of a message", link.peer)
        self._drop(link)

    def _refuse(self, link: Link, error: Exception) -> None:
        """Tell a client what it did wrong, and end its connection."""
        log.warning("closing the connection of %s: %s", link.peer, error)
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
        self._in_threads -= len(link.postponed)
        link.postponed.clear()
        if welcome:
            self._disconnected(link)
        link.instances.clear()

    def drain(self) -> None:
        """Accept nobody any more, and ask all clients to make their next calls elsewhere."""
        self.draining = True
        self._accept_no_more()
        self._listener.close()
        for link in self._links:
            link.last_used = time.monotonic()
            link.write(link.protocol.drain())

    def is_drained(self, grace: float) -> bool:
        """Tell whether nothing is in flight, nor was in the last ``grace`` seconds."""
        quiet_since = time.monotonic() - grace
        return not self.calls and all(
            not link.unsent and link.last_used < quiet_since for link in self._links
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
        self._accept_again()

    def _overdue(self, link: Link, now: float) -> None:
        if link.closing:
            self._drop(link)
        elif not link.welcome:
            self._refuse(link, ProtocolError("the handshake took too long"))
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
            request = link.backlog.pop(0)
            if request.type == _INVOKE:
                link.write(self._dispatcher.overloaded(link, request, reason) or ())
        while link.postponed:
            request = link.postponed.pop(0).request
            self._in_threads -= 1
            link.write(self._dispatcher.overloaded(link, request, reason) or ())

    async def stop(self, timeout: float) -> None:
        """Stop accepting, let running calls finish for ``timeout`` seconds, close everything."""
        self.stopping = True
        self._accept_no_more()
        self._listener.close()
        for link in self._links:
            link.pause()
            self._send_away(link)
        me = asyncio.current_task()
        if self.calls and not (len(self._tasks) == 1 and me in self._tasks):
            try:
                await asyncio.wait_for(self._idle.wait(), timeout)
            except asyncio.TimeoutError:  # another class before Python 3.11
                log.info("%d calls did not end in time", self.calls)
        for task in self._tasks - {me}:
            task.cancel()
        if others := self._tasks - {me}:
            await asyncio.wait(others, timeout=1.0)
        flushing = [asyncio.ensure_future(link.flushed()) for link in self._links if link.unsent]
        if flushing:
            _, late = await asyncio.wait(flushing, timeout=max(timeout, 0.1))
            for waiting in late:
                waiting.cancel()
        for link in list(self._links):
            self._drop(link)
        self._pool.shutdown(wait=False, cancel_futures=True)
