"""The thread server: many calls at once, and a connection that is quiet costs no thread.

Starting a thread, or waking one on another CPU, costs more than a whole small call. So one thread,
the *leader*, polls and runs the calls itself, one behind the other, as long as they are quick. A
parked thread keeps an eye on it, and when a call keeps the leader busy for longer than a moment,
takes over the lead; the old leader finishes its call and parks. A method that was seen to do so is
remembered as slow: before calling it the leader hands over the lead by itself. Slow calls so run
side by side, up to ``max_calls`` of them; further ones queue, up to
``max_queued_calls``; and what comes then is answered with an OverloadedError.

While a single client is busy, a worker *stays* with its connection and receives blockingly, which
saves the poller's system calls; it gives the connection back when it goes quiet.

Rules of this file, besides those of server.py:

- ``_leader`` changes under ``_lock`` only. Two leaders for a moment do no harm, since a link is
  claimed by one of them; a moment without one is ended by a token or by a parked thread.
- A thread that runs a call holds one of the ``_slots``.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from ..contracts.transport import Listener
from ..errors import ProtocolError
from ..logic.invocation import Dispatcher, Invocation
from ..objects.exposure import Member
from ..values.config import Config
from ..wire.buffers import Buffer
from ..wire.message import Flags
from .link import ServerLink
from .server import Server
from .workers import Worker, distrust

__all__ = ["ThreadServer"]

log = logging.getLogger("pyrox.server")

_ONEWAY = Flags.ONEWAY
TICK = 0.005
"""How often, in seconds, a parked thread looks whether the leader gets on."""
PATIENCE = 2
"""For how many ticks a call may keep the leader before it loses the lead."""
QUIET_TICKS = 40
"""After how many ticks without work nobody looks any more, until there is work."""
QUICK = 0.001
"""A call that takes less, in seconds, is a quick one."""
STAY_AFTER = 8
"""After how many requests in a row from one connection a worker stays with it."""
STAY_WITHIN = 0.02
"""How quickly they have to come, and how long a worker then waits for the next one (seconds)."""
SPARE_LIFETIME = 10.0
"""How long, in seconds, a parked thread that nobody needs lives on."""


class ThreadServer(Server):
    """Serves a listener with threads of its own."""

    server_type = "thread"

    def __init__(
        self,
        listener: Listener | None,
        dispatcher: Dispatcher,
        config: Config,
        connected: Callable[[ServerLink], None],
        disconnected: Callable[[ServerLink], None],
    ) -> None:
        super().__init__(listener, dispatcher, config, connected, disconnected)
        self._lock = threading.Lock()
        self._slots: list[None] = [None] * config.max_calls
        self._queue: deque[tuple[ServerLink | None, Invocation]] = deque()
        self._ready_links: deque[ServerLink] = deque()
        self._workers: set[Worker] = set()
        self._local = threading.local()
        self._leader: Worker | None = None
        self._turns = 0
        self._spares = 0
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._alarms: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._watching = threading.Lock()
        self._watcher_asleep = False
        self._stayed_with: ServerLink | None = None

    def start(self) -> None:
        """Start serving in the background."""
        self._spawn()
        self._spawn()

    def turn(self, timeout: float | None) -> None:
        """Do nothing: the server's threads do it."""

    # The life of a thread

    def _spawn(self) -> None:
        if len(self._workers) > self._config.max_calls + 2:
            return
        worker = Worker()
        self._workers.add(worker)
        worker.thread = threading.Thread(
            target=self._live, args=(worker,), name="pyrox-worker", daemon=True
        )
        try:
            worker.thread.start()
        except RuntimeError as error:
            self._workers.discard(worker)
            if isinstance(error.__context__, KeyboardInterrupt):
                raise error.__context__ from None  # it came while the thread was being started
            log.error("cannot start another thread: %s", error)

    def _live(self, me: Worker) -> None:
        self._local.worker = me
        try:
            self._take_lead(me)
            while not self.stopping:
                if self._leader is me:
                    self._lead(me)
                self._run_queued(me)
                if self._leader is not me and not self._park(me):
                    break
        except Exception:
            if not self.stopping:
                log.exception("a worker thread failed; another one takes its place")
        finally:
            me.polling = False
            self._workers.discard(me)
            with self._lock:
                vacant = self._leader is me
                if vacant:
                    self._leader = None
            if vacant and not self.stopping:
                self._summon()

    def _park(self, me: Worker) -> bool:
        """Wait until there is something to do; False where this thread is not needed."""
        # A spare from here on: either it gets to watch, or whoever watches knows of it.
        self._count_spares(1)
        if self._watching.acquire(blocking=False):
            self._count_spares(-1)
            try:
                return self._watch(me)
            finally:
                self._watching.release()
                self._replace_watcher()
        try:
            self._tokens.get(timeout=SPARE_LIFETIME)
        except queue.Empty:
            return not self._watching.locked()
        finally:
            self._count_spares(-1)
        self._take_lead(me)
        return True

    def _replace_watcher(self) -> None:
        """See to it that somebody watches whoever leads now."""
        if self._spares:
            self._tokens.put(None)
        elif not self.stopping:
            self._spawn()

    def _count_spares(self, difference: int) -> None:
        with self._lock:
            self._spares += difference

    def _watch(self, me: Worker) -> bool:
        """Take over when asked to, or when the leader does not get on."""
        quiet = stuck = 0
        while not self.stopping:
            if self._take_lead(me) or (self._queue and self._slots):
                return True
            seen = self._turns
            # First told, then looked: a leader that starts to work after this look sees it.
            self._watcher_asleep = quiet > QUIET_TICKS
            leader = self._leader
            if self._watcher_asleep and not (leader is not None and leader.polling):
                self._watcher_asleep = False
            try:
                self._alarms.get(timeout=SPARE_LIFETIME if self._watcher_asleep else TICK)
            except queue.Empty:
                pass
            else:
                quiet = stuck = 0
                continue
            leader = self._leader
            if seen != self._turns:
                quiet = stuck = 0
            elif leader is not None and leader.polling:
                quiet, stuck = quiet + 1, 0
            else:
                stuck += 1
                if stuck >= PATIENCE and self._depose(me, seen):
                    return True
        return False

    def _take_lead(self, me: Worker) -> bool:
        with self._lock:
            if self._leader is None:
                self._leader = me
            return self._leader is me

    def _depose(self, me: Worker, seen: int) -> bool:
        """Take the lead from a leader that is stuck in a call."""
        with self._lock:
            old = self._leader
            if (old is not None and old.polling) or self._turns != seen:
                return False
            self._leader = me
        if old is not None:
            if old.running is not None:
                distrust(old.running)
            self._continue_held(old)
        return True

    def _continue_held(self, worker: Worker) -> None:
        """Let others go on with the connection of a oneway call that takes long."""
        with contextlib.suppress(IndexError):
            self._pass_on(worker.held.pop())

    def _begin(self, link: ServerLink) -> None:
        # Not at once: a handshake may take long, and others that are ready must not wait for it.
        self._pass_on(link)

    def _pass_on(self, link: ServerLink) -> None:
        """Let whoever leads go on with a link."""
        self._ready_links.append(link)
        if self.stopping:
            self._close_idle()

    def _give_back(self, link: ServerLink) -> None:
        self._pass_on(link)
        self._poller.wake()

    def _hand_over(self, me: Worker) -> None:
        """Give up the lead before something that may take long."""
        with self._lock:
            if self._leader is not me:
                return
            self._leader = None
        self._summon()

    def _summon(self) -> None:
        """Get some thread to take the lead, or a call from the queue."""
        if self._spares:
            self._tokens.put(None)
        elif self._watching.locked():
            self._alarms.put(None)
        else:
            self._spawn()

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
                if fd == self._listening:
                    self._accept()
                elif (link := armed.pop(fd, None)) is not None:
                    ready.append(link)
            try:
                link = ready[0] if len(fds) == 1 else None
            except IndexError:
                link = None
            if link is None or link is not last or link.unsent or link.closing:
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

        Nothing may be unsent on it: while it receives, a worker does not look after that.
        """
        self._stayed_with = link
        self._hand_over(me)
        try:
            link.stream.set_timeouts(STAY_WITHIN, STAY_WITHIN)
            self._local.stays = True
            others, mine = self._turns, 0
            while self._serve_next(link):
                mine += 1
                if self._turns - others > 64 + mine // 4 or self.draining:
                    self._arm(link)  # Others are busy too: one thread serves all best.
                    return
        except OSError:
            self._lose(link)
        finally:
            self._stayed_with, self._local.stays = None, False

    def _send(self, link: ServerLink, buffers: Sequence[Buffer]) -> bool:
        patient = len(buffers) > 1 and getattr(self._local, "stays", False)
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

    def _execute(self, link: ServerLink, invocation: Invocation) -> bool:
        if self._queue:
            return self._enqueue(link, invocation)  # who came first goes first
        try:
            self._slots.pop()
        except IndexError:
            return self._enqueue(link, invocation)
        me: Worker = self._local.worker
        try:
            if invocation.request.flags & _ONEWAY:
                return self._run_oneway(me, link, invocation)
            member = invocation.member
            if member is not None and member.slow:
                buffers = self._run_slow(me, invocation, member)
            else:
                me.running = member
                buffers = self._dispatcher.call(invocation)
        finally:
            me.running = None
            self._slots.append(None)
            if self._queue:
                self._summon()
        return buffers is None or self._send(link, buffers)

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

    def _run_oneway(self, me: Worker, link: ServerLink, invocation: Invocation) -> bool:
        """Run a oneway call so that its connection goes on even if it takes long."""
        if self._leader is me and not (invocation.member and invocation.member.slow):
            me.held.append(link)
            if self._leader is not me:  # not any more
                self._continue_held(me)
                self._poller.wake()
            self._run(me, invocation)
            try:
                me.held.pop()
            except IndexError:
                return False  # somebody else goes on with the connection
            return True
        # Nobody watches this thread, or it will take long for sure.
        self._give_back(link)
        self._hand_over(me)
        self._run(me, invocation)
        return False

    def _enqueue(self, link: ServerLink, invocation: Invocation) -> bool:
        """Let a call wait for a free slot; True where its connection may go on meanwhile."""
        oneway = invocation.is_oneway
        full = len(self._queue) >= self._config.max_queued_calls
        if full and not oneway:
            return self._finish(link, self._dispatcher.overloaded(link, invocation.request))
        # A oneway call is not refused, since nobody would know: its connection waits instead.
        goes_on = oneway and not full
        self._queue.append((None if goes_on else link, invocation))
        if self._slots:
            self._summon()
        return goes_on

    def _run_queued(self, me: Worker) -> None:
        """Run calls from the queue, while this thread does not lead."""
        while self._queue and self._leader is not me and not self.stopping:
            try:
                self._slots.pop()
            except IndexError:
                return
            try:
                link, invocation = self._queue.popleft()
            except IndexError:
                self._slots.append(None)
                return
            try:
                buffers = self._run(me, invocation)
            finally:
                me.running = None
                self._slots.append(None)
            if link is not None:
                self._answer_late(link, buffers)

    def _answer_late(self, link: ServerLink, buffers: tuple[Buffer, ...] | None) -> None:
        """Send the answer of a call that waited in the queue; let its connection go on."""
        try:
            goes_on = buffers is None or self._send(link, buffers)
        except OSError:
            self._drop(link)
            return
        if goes_on:
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
                link, invocation = self._queue.popleft()
            except IndexError:  # a worker was quicker
                break
            if link is not None:
                reason = "the daemon is shutting down; this call was not started"
                answer = self._dispatcher.overloaded(link, invocation.request, reason)
                self._answer_late(link, answer)
        if self._listener is None:
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
