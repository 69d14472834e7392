"""The thread server: many calls at once, and a connection that is quiet costs no thread.

The leader (see leading.py) runs quick calls itself. A method that was seen to hold it up is
remembered as slow: before calling it the leader hands over the lead by itself. Slow calls so run
side by side, up to ``max_calls`` of them; further ones queue, up to ``max_queued_calls``; and what
comes then is answered with an OverloadedError.

A pyrox client may have many calls on its way. Where one takes long, its connection is passed on
and the call runs *apart* from it: whoever runs it sends the answer, whoever has the connection
then. One client has up to ``max_calls`` of those, and is not read beyond that. The calls of a
``session`` object, which belongs to a connection, run one after the other as ever.

While a single client is busy, a worker *stays* with its connection and receives blockingly, which
saves the poller's system calls; it gives the connection back when it goes quiet.

Rules of this file, besides those of server.py and leading.py:

- A thread that runs a call holds one of the ``_slots``.
- An answer of a call that ran apart is sent, and its connection armed, under the link's ``lock``:
  so either who arms it sees what is unsent, or who sends can claim it and arm it for that.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from ..contracts.transport import Listener
from ..errors import ProtocolError, RemoteProtocolError
from ..logic.invocation import Dispatcher, Invocation
from ..objects.exposure import Member
from ..values.config import Config
from ..wire.buffers import Buffer
from ..wire.message import Flags
from .leading import LedServer
from .link import ServerLink
from .server import CANCELLED
from .workers import Worker

__all__ = ["ThreadServer"]

_ONEWAY = Flags.ONEWAY

log = logging.getLogger("pyrox.server")

QUICK = 0.001
"""A call that takes less, in seconds, is a quick one."""
SHORT = 1024
"""Up to how many bytes an answer is sent together with those to the requests behind it."""
STAY_AFTER = 8
"""After how many requests in a row from one connection a worker stays with it."""
STAY_WITHIN = 0.02
"""How quickly they have to come, and how long a worker then waits for the next one (seconds)."""


class ThreadServer(LedServer):
    """Serves a listener with threads of its own: calls run side by side."""

    server_type = "thread"
    capabilities = LedServer.capabilities | {"keepalive"}

    def __init__(
        self,
        listener: Listener | None,
        dispatcher: Dispatcher,
        config: Config,
        connected: Callable[[ServerLink], None],
        disconnected: Callable[[ServerLink], None],
    ) -> None:
        super().__init__(listener, dispatcher, config, connected, disconnected)
        self._slots: list[None] = [None] * config.max_calls
        self._queue: deque[tuple[ServerLink, Invocation, bool]] = deque()
        self._stayed_with: ServerLink | None = None

    # Leading

    def _lead(self, me: Worker) -> None:
        ready, armed = self._ready_links, self._armed
        last: ServerLink | None = None
        streak, since = 0, 0.0
        while self._leader is me and not self.stopping:
            if ready:
                with contextlib.suppress(IndexError):  # a new leader may have been quicker
                    self._serve(ready.popleft())
                self._turns += 1
                continue
            me.polling = True
            if self.stopping:
                break
            fds = self._poller.wait(None)
            me.polling = False
            self._turns += 1
            if self._watcher_asleep:
                self._watcher_asleep = False
                self._alarms.put(None)
            for fd in fds:
                if fd in self._listeners:
                    self._accept(fd)
                elif (link := armed.pop(fd, None)) is not None:
                    ready.append(link)
            try:
                link = ready[0] if len(fds) == 1 else None
            except IndexError:
                link = None
            if link is None or link is not last or link.unsent or link.closing or link.calls:
                streak, last = 0, link
                continue
            streak += 1
            if streak == 1:
                since = time.monotonic()
            elif streak >= STAY_AFTER:
                streak = 0
                if time.monotonic() - since < STAY_WITHIN and self._stayed_with is None:
                    with contextlib.suppress(IndexError):
                        taken = ready.popleft()
                        if taken is link:
                            self._stay(me, link)
                            return
                        self._serve(taken)
        if self.stopping:
            self._close_idle()
        elif ready:
            self._poller.wake()  # the new leader may have been waiting before these were here

    def _stay(self, me: Worker, link: ServerLink) -> None:
        """Serve a single busy connection, receiving blockingly, until it goes quiet.

        Nothing may be unsent on it, and none of its calls run elsewhere: while it receives, a
        worker does not look after that.
        """
        self._stayed_with, self._stayer = link, me
        self._hand_over(me)
        if self._watcher_asleep:
            self._watcher_asleep = False
            self._alarms.put(None)
        try:
            link.stream.set_timeouts(STAY_WITHIN, STAY_WITHIN)
            self._local.stays = True
            others, before = self._turns, me.served
            while self._serve_next(link):
                me.served += 1
                mine = me.served - before
                if self._turns - others > 64 + mine // 4 or self.draining:
                    self._arm(link)  # Others are busy too: one thread serves all best.
                    return
        except OSError:
            self._lose(link)
        finally:
            self._stayed_with = self._stayer = None
            self._local.stays = False

    def _send(self, link: ServerLink, buffers: Sequence[Buffer]) -> bool:
        patient = len(buffers) > 1 and not link.gathered and getattr(self._local, "stays", False)
        sent = link.send_patiently(buffers) if patient else link.send(buffers)
        return sent or self._wait_to_send(link)

    def _serve_next(self, link: ServerLink) -> bool:
        """Wait for the next requests and answer them; False where the link is not ours any more."""
        try:
            message = link.read(True) if link.backlog is None and not self.stopping else None
            if self.stopping:
                self._arm(link)
                return False
            return self._work_off(link) if message is None else self._handle(link, message)
        except (BlockingIOError, TimeoutError):
            self._arm(link)
        except (EOFError, OSError):
            self._lose(link)
        except ProtocolError as error:
            self._refuse(link, error)
        except Exception:
            log.exception("dropped %s after an unexpected error", link.peer)
            self._drop(link)
        return False

    # Calls

    def _has_enough(self, link: ServerLink) -> bool:
        """Tell whether a client has to wait, since it has as many calls as one may have."""
        with link.lock:
            link.waits = len(link.calls) >= self._config.max_calls
            return link.waits

    def _execute(self, link: ServerLink, invocation: Invocation) -> bool:
        if link.calls and invocation.request.sequence in link.calls:
            number = invocation.request.sequence
            raise RemoteProtocolError(f"sequence number {number} is that of a call under way")
        if self._queue:
            return self._enqueue(link, invocation)  # who came first goes first
        try:
            self._slots.pop()
        except IndexError:
            return self._enqueue(link, invocation)
        me: Worker = self._local.worker
        try:
            member = invocation.member
            if invocation.request.flags & _ONEWAY or (link.shares and not invocation.entry.in_turn):
                if (self._leader is not me and self._stayer is not me) or (
                    member is not None and member.slow
                ):
                    return self._run_apart(me, link, invocation)
                me.held.append((link, invocation))
                if self._leader is not me and self._stayer is not me:  # not any more
                    self._continue_held(me)
                    self._poller.wake()
                me.running = member
                buffers = self._dispatcher.call(invocation)
                try:
                    me.held.pop()
                except IndexError:  # somebody else goes on with the connection
                    self._answer_late(link, invocation, buffers)
                    return False
            elif link.shares:
                self._send_gathered(link)
                link.hold()
                try:
                    buffers = self._run(me, invocation)
                finally:
                    link.let_go()
            else:
                buffers = self._run(me, invocation)
        finally:
            me.running = None
            self._slots.append(None)
            if self._queue:
                self._summon()
        if buffers is None:
            return True
        if link.backlog and link.shares and len(buffers) == 1 and len(buffers[0]) <= SHORT:
            return link.gather(buffers) or self._wait_to_send(link)
        return self._send(link, buffers)

    def _work_off(self, link: ServerLink) -> bool:
        goes_on = super()._work_off(link)
        if link.gathered and goes_on:
            return self._send(link, ())
        return goes_on

    def _run(self, me: Worker, invocation: Invocation) -> tuple[Buffer, ...] | None:
        member = invocation.member
        if member is not None and member.slow:
            return self._run_slow(me, invocation, member)
        me.running = member
        return self._dispatcher.call(invocation)

    def _run_slow(
        self, me: Worker, invocation: Invocation, member: Member
    ) -> tuple[Buffer, ...] | None:
        """Run what will take long, as far as we know, while somebody else leads."""
        self._hand_over(me)
        began = time.monotonic()
        try:
            return self._dispatcher.call(invocation)
        finally:
            if time.monotonic() - began < QUICK:
                member.slow -= 1

    def _run_apart(self, me: Worker, link: ServerLink, invocation: Invocation) -> bool:
        """Run a call while others go on with its connection.

        Nobody watches this thread, or the call will take long for sure.
        """
        self._set_apart(link, invocation)
        self._send_gathered(link)
        self._give_back(link)
        self._hand_over(me)
        self._answer_late(link, invocation, self._run(me, invocation))
        return False

    def _enqueue(self, link: ServerLink, invocation: Invocation) -> bool:
        """Let a call wait for a free slot; True where its connection may go on meanwhile."""
        self._send_gathered(link)
        oneway = invocation.is_oneway
        full = len(self._queue) >= self._config.max_queued_calls
        if full and not oneway:
            return self._finish(link, self._dispatcher.overloaded(link, invocation.request))
        # A oneway call is not refused, since nobody would know: its connection waits instead.
        apart = not full if oneway else link.shares and not invocation.entry.in_turn
        if apart:
            self._set_apart(link, invocation)
        else:
            link.hold()
        self._queue.append((link, invocation, apart))
        if self._slots:
            self._summon()
        return apart and not (link.calls and self._has_enough(link))

    def _has_queued(self) -> bool:
        return bool(self._queue and self._slots)

    def _run_queued(self, me: Worker) -> None:
        """Run calls from the queue, while this thread does not lead."""
        while self._queue and self._leader is not me and not self.stopping:
            try:
                self._slots.pop()
            except IndexError:
                return
            try:
                link, invocation, apart = self._queue.popleft()
            except IndexError:
                self._slots.append(None)
                return
            try:
                if invocation.cancelled:
                    request = invocation.request
                    buffers = self._dispatcher.overloaded(link, request, CANCELLED)
                else:
                    buffers = self._run(me, invocation)
            finally:
                me.running = None
                self._slots.append(None)
            self._answer_queued(link, invocation, apart, buffers)

    def _answer_queued(
        self,
        link: ServerLink,
        invocation: Invocation,
        apart: bool,
        buffers: tuple[Buffer, ...] | None,
    ) -> None:
        """Send the answer of a call that waited in the queue; let its connection go on."""
        if apart:
            self._answer_late(link, invocation, buffers)
            return
        link.let_go()
        try:
            goes_on = buffers is None or self._send(link, buffers)
        except OSError:
            self._drop(link)
            return
        if goes_on:
            self._give_back(link)

    def _answer_late(
        self, link: ServerLink, invocation: Invocation, buffers: tuple[Buffer, ...] | None
    ) -> None:
        """Send the answer of a call whose connection went on, whoever has that now."""
        if invocation.is_oneway:
            return
        claimed = False
        try:
            with link.lock:
                if link.idle_timeout or self.draining:
                    link.last_used = time.monotonic()
                if buffers and not link.closing and not link.send(buffers):
                    claimed = self._claim(link)
        except OSError:
            pass  # the poller announces that, to whoever goes on with the link
        with link.lock:
            # Last: whoever has the link takes no lock once it has no calls any more.
            link.calls.pop(invocation.request.sequence, None)
            waited, link.waits = link.waits, False
        if claimed:
            self._wait_to_send(link)
        elif waited and self.stopping:
            self._arm(link)
        elif waited:
            self._give_back(link)

    def stop(self, timeout: float) -> None:
        self.stopping = True
        for _ in list(self._workers):
            self._tokens.put(None)
            self._alarms.put(None)
        # From here on this thread polls; a poller must not be closed under another one, either.
        while any(worker.polling for worker in list(self._workers)):
            self._poller.wake()
            time.sleep(0.001)
        while self._queue:
            try:
                link, invocation, apart = self._queue.popleft()
            except IndexError:  # a worker was quicker
                break
            reason = "the daemon is shutting down; this call was not started"
            answer = self._dispatcher.overloaded(link, invocation.request, reason)
            if not (apart and invocation.is_oneway):
                self._answer_queued(link, invocation, apart, answer)
        if self._is_given:
            self._wait_for_receiver()
        super().stop(timeout)

    def _wait_for_receiver(self) -> None:
        """Let the worker that receives from a socket of the program's own leave it.

        It must not take away what somebody else is to read next, and only its stream's timeout
        ends its wait: that must not be lifted before.
        """
        ends = time.monotonic() + 5 * STAY_WITHIN
        while (link := self._stayed_with) is not None and link.backlog is None:
            if time.monotonic() > ends:  # it runs a oneway call, while others have the link
                break
            time.sleep(0.001)

    def _close_idle(self) -> None:
        # Nobody leads any more: what was passed on to the leader ends here.
        with contextlib.suppress(IndexError):
            while link := self._ready_links.popleft():
                self._arm(link, write=bool(link.unsent))
        super()._close_idle()
