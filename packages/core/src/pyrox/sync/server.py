"""Serving many connections: accepting, reading, answering, and closing them.

:class:`Server` does all of it in the thread that calls it: that is the multiplex server. The
thread server (threads.py) is the same with more threads to run the calls.

Rules of this file:

- A link that is armed belongs to the poller. Whoever takes it out of ``_armed`` has claimed it,
  and either arms it again, or passes it on, or drops it.
- Nothing here waits for one client: reading and writing never block, what a client does not take
  is kept and sent when it can be, and a client that takes nothing for too long is dropped.
- A client's mistake costs its own connection: it is told, and closed once it has been told.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import partial

from ..errors import CommunicationError, ProtocolError
from ..logic.complaints import Complaints
from ..logic.invocation import Invocation, RequestError
from ..logic.welcome import Verdict
from ..protocol.connection import State
from ..values.uri import DAEMON_ID
from ..wire.buffers import Buffer
from ..wire.message import Flags, Message, MessageType
from .accepting import Accepting
from .guests import Guests
from .link import ServerLink
from .oneways import Oneways
from .poller import new_poller

__all__ = ["Server"]

log = logging.getLogger("pyrox.server")

_INVOKE = MessageType.INVOKE
_ONEWAY = Flags.ONEWAY
_ONEWAY_OR_BATCH = Flags.ONEWAY | Flags.BATCH
CANCELLED = "the call was cancelled before it was begun"
FAREWELL = 2.0
"""How long, in seconds, a client that was told to go may take to read that."""


class Server(Accepting):
    """Serves a listener, or connections that it is given, in one thread, the caller's.

    Oneway calls run in threads of their own, since a slow one would hold up everybody for a
    client that does not even wait. ``connected`` and ``disconnected`` are called with each link
    that finished its handshake, and when it ends.
    """

    server_type = "multiplex"
    capabilities = frozenset({"cancel", "deadline", "drain", "mux"})
    """What a daemon can do with it beyond Pyro 5."""

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

    @property
    def drops_here(self) -> bool:
        """Whether it is this thread that ends a link, and tells those who want to know."""
        return threading.get_ident() in self._dropping

    def fileno(self) -> int:
        """Return a descriptor that is readable when :meth:`turn` has something to do."""
        return self._poller.fileno()

    def start(self) -> None:
        """Start what serves in the background; nothing, here."""

    def turn(self, timeout: float | None) -> None:
        """Serve what is ready, or becomes ready within ``timeout`` seconds."""
        for fd in self._poller.wait(timeout):
            self._ready(fd)
        while self._returned:
            self._serve(self._returned.popleft())

    def wake(self) -> None:
        """Make :meth:`turn` return soon; may be called from any thread."""
        self._poller.wake()

    def _ready(self, fd: int) -> None:
        if fd in self._listeners:
            self._accept(fd)
            return
        link = self._armed.pop(fd, None)
        if link is not None:
            self._serve(link)
        else:
            self.guests.serve(fd)

    # Serving one link, which the caller has claimed

    def _serve(self, link: ServerLink) -> None:
        """Do what the link is ready for, and arm it again or let go of it."""
        if link.calls and self._has_enough(link):
            return
        try:
            if link.closing:
                self._take_farewell(link)
                return
            if link.unsent and not self._send_rest(link):
                return
            message = link.read(wait=False) if link.backlog is None else None
            if self._work_off(link) if message is None else self._handle(link, message):
                self._arm(link)
        except BlockingIOError:
            self._arm(link)
        except (EOFError, OSError):
            self._lose(link)
        except ProtocolError as error:
            self._refuse(link, error)
        except Exception:
            log.exception("dropped %s after an unexpected error", link.peer)
            self._drop(link)

    def _has_enough(self, link: ServerLink) -> bool:
        """Tell whether a client has to wait, since it has as many calls as one may have."""
        return False

    def _work_off(self, link: ServerLink) -> bool:
        """Answer the requests that were read; False where the link is not ours any more."""
        backlog = link.backlog
        while backlog:
            if not self._handle(link, backlog.pop(0)):
                return False
        link.backlog = None
        return True

    def _handle(self, link: ServerLink, message: Message) -> bool:
        """Answer a request; False where the link is not to be read now, or not ours any more."""
        if message.type == _INVOKE:
            try:
                invocation = self._dispatcher.begin(link, message)
            except RequestError as problem:
                return self._refuse_request(link, message, problem)
            return self._execute(link, invocation)
        if message.type == MessageType.PING:
            return self._send(link, link.protocol.pong(message))
        if message.type == MessageType.CANCEL:
            return self._cancel(link, message)
        return self._shake_hands(link, message)

    def _shake_hands(self, link: ServerLink, message: Message) -> bool:
        buffers, verdict = self._dispatcher.handshake(link, message)
        if verdict is Verdict.ASKED:
            return self._send(link, buffers)
        if verdict is Verdict.REFUSED:
            self._dismiss(link, buffers)
            return False
        self._greeting.pop(link, None)
        link.welcome = True
        link.deadline = 0.0
        if "mux" in link.peer.capabilities:
            link.share()
        self._connected(link)
        return self._send(link, buffers)

    def _cancel(self, link: ServerLink, message: Message) -> bool:
        """Cancel a call; one that ended is no matter. It is answered all the same."""
        request = link.cancel(message.sequence)
        if request is None:
            return True
        return self._finish(link, self._dispatcher.overloaded(link, request, CANCELLED))

    def _refuse_request(self, link: ServerLink, message: Message, problem: RequestError) -> bool:
        buffers = self._dispatcher.refuse(link, message, problem)
        if problem.fatal and not link.shares:
            self._dismiss(link, buffers or ())
            return False
        return self._finish(link, buffers)

    def _execute(self, link: ServerLink, invocation: Invocation) -> bool:
        # Batches stay here as in Pyro 5, and so does ending an item stream: what a generator does
        # at its end belongs into the thread that made the items.
        if (
            invocation.request.flags & _ONEWAY_OR_BATCH == _ONEWAY
            and invocation.object_id != DAEMON_ID
        ):
            call = partial(self._dispatcher.call, invocation)
            return self._oneways.run(call, partial(self._give_back, link))
        return self._finish(link, self._dispatcher.call(invocation))

    def _give_back(self, link: ServerLink) -> None:
        """Let the loop go on with a link, from whatever thread."""
        self._returned.append(link)
        self._poller.wake()

    def _finish(self, link: ServerLink, buffers: tuple[Buffer, ...] | None) -> bool:
        return buffers is None or self._send(link, buffers)

    def _send(self, link: ServerLink, buffers: Sequence[Buffer]) -> bool:
        """Send; False where the link waits for the client to take the rest."""
        return link.send(buffers) or self._wait_to_send(link)

    def _send_rest(self, link: ServerLink) -> bool:
        """Send more of what the client did not take at once; False where there is still more."""
        if not link.flush():
            return self._wait_to_send(link)
        link.deadline = 0.0
        return True

    def _wait_to_send(self, link: ServerLink) -> bool:
        if self._config.send_timeout:
            link.deadline = time.monotonic() + self._config.send_timeout
        self._arm(link, write=True)
        return False

    def _arm(self, link: ServerLink, write: bool = False) -> None:
        if link.calls or (link.unsent and not write):
            with link.lock:
                if link.unsent and not write:  # an answer was sent meanwhile
                    self._wait_to_send(link)
                else:
                    self._arm_claimed(link, write)
        else:
            self._arm_claimed(link, write)

    def _arm_claimed(self, link: ServerLink, write: bool) -> None:
        if self.stopping and not link.unsent:
            if link.calls:
                link.waits = True  # the last one of them ends it
            else:
                self._drop(link)
            return
        if self.draining and link not in self._dispatcher.stream_readers:
            write = link.ask_to_leave() or write
        if link.idle_timeout or self.draining:
            link.last_used = time.monotonic()
        if link.pending is not None:
            if not write and link.pending():
                self._give_back(link)
                return
            write = link.stream.waits_to_send(write)
        self._armed[link.fd] = link
        # Noted first: once it is armed, the link may be in the hands of another thread.
        new, link.known = not link.known, True
        try:
            self._poller.arm(link.fd, new=new, write=write)
        except (OSError, ValueError):
            self._armed.pop(link.fd, None)
            self._drop(link)

    # Draining

    def drain(self) -> None:
        """Accept nobody any more, and ask all clients to make their next calls elsewhere.

        Who is in the middle of an item stream is asked at its end.
        """
        self.draining = True
        self._stop_listening()
        for link in list(self._links):
            if self._claim(link):
                self._arm(link, write=bool(link.unsent))

    def is_drained(self, grace: float, stream_grace: float) -> bool:
        """Tell whether nothing is in flight, nor was in the last ``grace`` seconds.

        ``stream_grace`` is for clients that are in the middle of an item stream.
        """
        now, readers = time.monotonic(), self._dispatcher.stream_readers
        return all(
            link.fd in self._armed
            and not (link.unsent or link.calls)
            and link.last_used < now - (stream_grace if link in readers else grace)
            for link in list(self._links)
        )

    # Ending a link

    def _refuse(self, link: ServerLink, error: CommunicationError) -> None:
        """Tell a client what it did wrong, and end its connection."""
        self._complaints.add("closing the connection of %s: %s", link.peer, error)
        self._dismiss(link, link.protocol.refusal(str(error)))

    def _dismiss(self, link: ServerLink, buffers: Sequence[Buffer]) -> None:
        """Send last words and close once the client has had time to read them.

        Closing at once, with bytes of the client unread, would make the system throw away what
        was sent to it.
        """
        link.protocol.state = State.CLOSED
        link.closing = True
        link.backlog = None
        link.deadline = time.monotonic() + FAREWELL
        try:
            if buffers and not link.send(buffers):
                self._arm(link, write=True)
                return
            self._take_farewell(link)
        except (OSError, ProtocolError):
            self._drop(link)

    def _take_farewell(self, link: ServerLink) -> None:
        if link.unsent and not link.flush():
            self._arm(link, write=True)
            return
        link.stream.end()
        try:
            # One read a turn: a client that keeps sending must not keep the others waiting.
            if not link.stream.recv_nowait(65536) or time.monotonic() > link.deadline:
                self._drop(link)
                return
        except BlockingIOError:
            pass
        self._arm(link)

    def _lose(self, link: ServerLink) -> None:
        """Let go of a link whose client is gone."""
        if not link.protocol.receiver.idle and not link.closing:
            log.info("%s went away in the middle of a message", link.peer)
        self._drop(link)

    def _drop(self, link: ServerLink) -> None:
        """Close a link and forget it; once it is forgotten, do nothing."""
        thread = threading.get_ident()
        self._dropping.append(thread)  # first: somebody who stops waits for links, and for this
        try:
            self._links.remove(link)
        except KeyError:
            self._dropping.remove(thread)
            return
        try:
            self._greeting.pop(link, None)
            if self._claim(link):
                self._poller.forget(link.fd)
            welcome, link.welcome = link.welcome, False
            link.protocol.state = State.CLOSED
            link.close()
            if welcome:
                self._disconnected(link)
            link.close_resources()
            link.instances.clear()
        finally:
            self._dropping.remove(thread)
        if self.stopping:
            self._poller.wake()

    # Now and then

    def housekeeping(self, now: float) -> None:
        """Drop the links whose time is over, and accept again after a shortage."""
        for link in list(self._links):
            idle = link.idle_timeout
            overdue = link.deadline and now > link.deadline
            quiet = idle and not link.calls and now - link.last_used > idle
            if (overdue or quiet) and self._claim(link):
                if link.closing or not overdue:
                    self._drop(link)
                elif link.welcome:
                    self._insist(link)
                else:
                    self._refuse_late(link)
            elif link.stream.fileno() < 0 and self._claim(link):
                self._drop(link)  # the program closed a socket of its own
            else:
                link.reassure()
        self.guests.housekeeping()
        self._accept_again()
        self._complaints.sum_up(now)

    def end_late_handshakes(self, now: float) -> None:
        """Refuse those whose handshake takes too long; costs next to nothing without any."""
        for link in list(self._greeting):
            if link.closing or not link.deadline:
                continue
            if now <= link.deadline:
                return  # those behind it came later
            if self._claim(link):
                self._refuse_late(link)

    def _refuse_late(self, link: ServerLink) -> None:
        self._refuse(link, ProtocolError("the handshake took too long"))
        # It had its time: where a layer cannot even tell it, there is nothing to wait for.
        if link.unsent and self._claim(link):
            self._drop(link)

    def _insist(self, link: ServerLink) -> None:
        """Drop a link whose client took nothing for too long.

        A stream is announced as writable once much of its buffer is free, which takes a slow
        client longer than that: so whether it took anything is found out by sending.
        """
        before = link.unsent_size
        try:
            link.flush()
        except OSError:
            self._lose(link)
            return
        if link.unsent_size == before:
            log.warning("dropped %s: it does not take its answers", link.peer)
            self._drop(link)
        elif link.unsent:
            self._wait_to_send(link)
        else:
            link.deadline = 0.0
            self._give_back(link)

    def stop(self, timeout: float) -> None:
        """Stop accepting, let running calls finish for ``timeout`` seconds, close everything."""
        ends = time.monotonic() + timeout
        self.stopping = True
        self._oneways.stop()
        self.guests.clear()
        self._stop_listening()
        self._close_idle()
        while (self._links or self._dropping) and (left := ends - time.monotonic()) > 0:
            Server.turn(self, min(left, 0.1))
            self._close_idle()
        for link in list(self._links):
            link.stream.interrupt()
            if self._claim(link):
                self._drop(link)
        self._oneways.finish(ends)

    def _close_idle(self) -> None:
        while self._returned:
            link = self._returned.popleft()
            self._arm(link, write=bool(link.unsent))
        for link in list(self._links):
            if not link.unsent and self._claim(link):
                self._arm(link)

    def close(self) -> None:
        """Release the poller; the server is of no further use."""
        self._poller.close()
        self._complaints.sum_up(time.monotonic(), at_end=True)

    # In a forked process

    def abandon(self) -> None:
        """Close this process's copies of everything; the parent goes on serving."""
        self.stopping = True
        self._poller.close()
        for listener in self._listeners.values():
            listener.abandon()
        for link in self._links:
            link.stream.abandon()

    def renew(self) -> None:
        """Serve in this process what the parent did not serve yet, apart from the parent.

        What a poller watches is shared with the parent, hence another one; clients that the
        parent has talked with are the parent's.
        """
        self._poller.close()
        self._poller = new_poller()
        self.guests = Guests(self._poller)
        self._complaints = Complaints(threading.Lock())
        self._oneways = Oneways(self._config.max_calls, self._config.max_queued_calls)
        if not self._is_given:
            for descriptor in self._listeners:
                self._poller.watch(descriptor)
            for link in self._links:
                link.stream.abandon()
            self._links.clear()
            self._greeting.clear()
            self._armed.clear()
        for link in self._links:
            self._poller.arm(link.fd, new=True)
