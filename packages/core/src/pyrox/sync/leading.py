"""Threads of which one leads: it waits for all connections, and is replaced when it is held up.

Starting a thread, or waking one on another CPU, costs more than a whole small call. So one thread,
the *leader*, polls and runs the calls itself, one behind the other, as long as they are quick. A
parked thread keeps an eye on it, and when a call keeps the leader busy for longer than a moment,
takes over the lead; the old leader finishes its call and parks. The same goes for a thread that
*stays* with one connection: what it holds is passed on to the leader.

Rules of this file:

- ``_leader`` changes under ``_lock`` only. Two leaders for a moment do no harm, since a link is
  claimed by one of them; a moment without one is ended by a token or by a parked thread.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Callable

from ..contracts.transport import Listener
from ..logic.invocation import Dispatcher, Invocation
from ..values.config import Config
from .link import ServerLink
from .server import Server
from .workers import Worker, distrust

__all__ = ["LedServer"]

log = logging.getLogger("pyrox.server")

TICK = 0.005
"""How often, in seconds, a parked thread looks whether the leader gets on."""
PATIENCE = 2
"""For how many ticks a call may keep the leader before it loses the lead."""
QUIET_TICKS = 40
"""After how many ticks without work nobody looks any more, until there is work."""
SPARE_LIFETIME = 10.0
"""How long, in seconds, a parked thread that nobody needs lives on."""


class LedServer(Server):
    """Serves a listener with threads of its own. A subclass says what leading is."""

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
        self._stayer: Worker | None = None

    # To be implemented

    @abstractmethod
    def _lead(self, me: Worker) -> None:
        """Wait for connections and serve them, as long as this thread is the leader."""

    @abstractmethod
    def _run_queued(self, me: Worker) -> None:
        """Do what waits for a thread that does not lead."""

    @abstractmethod
    def _has_queued(self) -> bool:
        """Tell whether there is something of that kind."""

    def start(self) -> None:
        """Start serving in the background, unless that was done before."""
        if not self._workers:
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
        stayed = (0, 0)
        while not self.stopping:
            if self._take_lead(me) or self._has_queued():
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
            stayer = self._stayer
            if stayer is not None:
                quiet, stayed = 0, self._look_after(stayer, *stayed)
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

    def _look_after(self, stayer: Worker, served: int, ticks: int) -> tuple[int, int]:
        """Let others go on with a connection whose thread is stuck in a call.

        ``served`` is how many calls it had served a tick ago, since when it is stuck for so many
        ``ticks``; returns the same for the next tick.
        """
        if stayer.served != served or not stayer.held:
            return stayer.served, 0
        if ticks + 1 >= PATIENCE:
            if stayer.running is not None:
                distrust(stayer.running)
            self._continue_held(stayer)
            self._poller.wake()
        return served, ticks + 1

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
        """Let others go on with the connection of a call that takes long."""
        try:
            link, call = worker.held.pop()
        except IndexError:  # it has just ended
            return
        self._set_apart(link, call)
        self._send_gathered(link)
        self._pass_on(link)

    def _send_gathered(self, link: ServerLink) -> None:
        """Send the answers that were to go with the next one, which takes long."""
        if link.gathered:
            with contextlib.suppress(OSError):  # whoever goes on with it finds that out
                link.send(())

    def _set_apart(self, link: ServerLink, call: Invocation) -> None:
        """Note that a call runs while its connection goes on."""
        if not call.is_oneway:
            link.calls[call.request.sequence] = call

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
