"""Accepting connections, as many as may be, and knowing which of them is in whose hands."""

from __future__ import annotations

import errno
import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from ..contracts.transport import Listener, Stream
from ..errors import CommunicationError, OverloadedError
from ..logic.complaints import Complaints
from ..logic.invocation import Dispatcher
from ..values.config import Config
from .guests import Guests
from .link import ServerLink
from .oneways import Oneways
from .poller import new_poller

__all__ = ["Accepting"]

log = logging.getLogger("pyrox.server")

_OUT_OF_DESCRIPTORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Accepting(ABC):
    """Has listeners, or connections that it is given. A subclass says how one is served."""

    def __init__(
        self,
        listener: Listener | None,
        dispatcher: Dispatcher,
        config: Config,
        connected: Callable[[ServerLink], None],
        disconnected: Callable[[ServerLink], None],
    ) -> None:
        self._listeners: dict[int, Listener] = {}
        self._is_given = listener is None
        self._dispatcher = dispatcher
        self._config = config
        self._connected = connected
        self._disconnected = disconnected
        self._poller = new_poller()
        self._links: set[ServerLink] = set()
        self._dropping: list[int] = []  # the threads that are at it
        self._greeting: dict[ServerLink, None] = {}  # in the order in which they came
        self._complaints = Complaints(threading.Lock())
        self._armed: dict[int, ServerLink] = {}
        self._returned: deque[ServerLink] = deque()
        self._oneways = Oneways(config.max_calls, config.max_queued_calls)
        self.guests = Guests(self._poller)
        self._accepting = True
        self.stopping = self.draining = False
        if listener is not None:
            self.listen(listener)

    # To be implemented

    @abstractmethod
    def _serve(self, link: ServerLink) -> None:
        """Do what a link is ready for."""

    @abstractmethod
    def _arm(self, link: ServerLink, write: bool = False) -> None:
        """Let the poller say when a link is ready again."""

    @abstractmethod
    def _refuse(self, link: ServerLink, error: CommunicationError) -> None:
        """Tell a client what it did wrong, and end its connection."""

    @abstractmethod
    def _drop(self, link: ServerLink) -> None:
        """Close a link and forget it."""

    # Accepting

    def adopt(self, stream: Stream) -> None:
        """Serve a connection that the program made itself, without a handshake."""
        link = ServerLink(stream, self._config, time.monotonic())
        link.introduce()
        self._dispatcher.access.identify(link.peer)
        self._links.add(link)
        self._arm(link)

    def listen(self, listener: Listener) -> None:
        """Accept connections there, too."""
        descriptor = listener.fileno()
        self._listeners[descriptor] = listener
        if self._accepting:
            self._poller.watch(descriptor)

    def _accept(self, descriptor: int) -> None:
        listener = self._listeners.get(descriptor)
        if listener is None:
            return
        try:
            stream = listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS and self._accepting:
                # It would be announced again at once: housekeeping starts over later.
                log.error("cannot accept connections for now: %s", error)
                self._accepting = False
                for open_one in list(self._listeners):
                    self._poller.forget(open_one)
            return
        self._make_room()
        link = ServerLink(stream, self._config, time.monotonic(), listener)
        self._links.add(link)
        self._greeting[link] = None
        limit = self._config.max_connections
        if limit and len(self._links) > limit:
            self._refuse(link, OverloadedError(f"this daemon keeps {limit} connections at most"))
        else:
            self._begin(link)

    def _begin(self, link: ServerLink) -> None:
        """Serve a new link: its first request is there already, as a rule."""
        self._serve(link)

    def _make_room(self) -> None:
        """Drop the silent strangers that have been waiting longest, where there are too many."""
        limit = self._config.max_unauthenticated
        while limit and len(self._greeting) >= limit:
            oldest = next((link for link in list(self._greeting) if self._claim(link)), None)
            if oldest is None:
                return
            reason = "too many connections without a handshake"
            self._complaints.add("dropped %s: %s", oldest.peer, reason)
            self._drop(oldest)

    def _claim(self, link: ServerLink) -> bool:
        found = self._armed.pop(link.fd, None)
        if found is not None and found is not link:
            self._arm(found)  # a new connection, that got the descriptor of a dropped one
        return found is link

    def _stop_listening(self) -> None:
        for descriptor, listener in list(self._listeners.items()):
            self._poller.forget(descriptor)
            listener.close()
        self._listeners.clear()

    def _accept_again(self) -> None:
        """Go on accepting after a shortage of descriptors."""
        if not (self._accepting or self.stopping or self.draining):
            self._accepting = True
            for descriptor in list(self._listeners):
                self._poller.watch(descriptor)
