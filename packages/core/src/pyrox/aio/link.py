"""An asyncio daemon's connection with one client."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from ..contracts.transport import Listener, Stream
from ..logic.served import Invocation
from ..objects.registry import Instances
from ..protocol.wire_log import new_server_connection
from ..values.config import Config
from ..values.context import CallContext, Peer, Resource
from ..wire.buffers import Buffer
from ..wire.message import Flags, Message, MessageType
from .channel import Channel

__all__ = ["Link", "Running"]

_INVOKE = MessageType.INVOKE


class Running(NamedTuple):
    """A call, and the task that runs it, if it is one."""

    call: CallContext
    task: asyncio.Task[Any] | None


class Owner(Protocol):
    """What a link tells of what comes."""

    def requested(self, link: Link, messages: list[Message]) -> None:
        """Take requests of a client, or look again at those that wait."""

    def requested_one(self, link: Link, message: Message) -> None:
        """Take a lone request of a client."""

    def lost(self, link: Link, error: BaseException | None) -> None:
        """Take note that nothing more will come, and why: None at the client's end of it."""


class Link(Channel):
    """One client. ``backlog`` are requests that were not begun, of ``backlog_size`` bytes.

    ``postponed`` are calls that are not run in threads as long as the client takes no answers.
    ``calls`` are those that are running, by sequence number, where the client may cancel them.
    ``running`` counts the calls whose answers are to come, ``oneways`` those without, ``most``
    says how many of the former may run at once. ``deadline`` is the instant (monotonic seconds)
    by which the client has to make progress, 0 for none. ``told`` is whether the client was asked
    to make its calls elsewhere.
    """

    __slots__ = (
        "__weakref__",
        "_owner",
        "_resources",
        "backlog",
        "backlog_size",
        "calls",
        "closing",
        "deadline",
        "instances",
        "last_used",
        "listener",
        "most",
        "oneways",
        "peer",
        "postponed",
        "progress",
        "protocol",
        "running",
        "told",
        "welcome",
    )

    def __init__(
        self,
        stream: Stream,
        config: Config,
        loop: asyncio.AbstractEventLoop,
        now: float,
        owner: Owner,
        listener: Listener,
    ) -> None:
        # Methods run in threads, too.
        self.instances = Instances(threading.RLock)
        self.peer = Peer(stream.peer_address, stream, self.instances)
        self.protocol = new_server_connection(self.peer, config)
        super().__init__(stream, self.protocol.receiver, loop)
        self._owner = owner
        self.listener: Listener | None = listener
        self.backlog: deque[Message] | None = None  # None where it is empty, which costs nothing
        self.backlog_size = 0
        self.postponed: tuple[Invocation, ...] = ()
        self.calls: dict[int, Running] = {}
        self.running = self.oneways = 0
        self.most = 1
        self.deadline = now + config.handshake_timeout if config.handshake_timeout else 0.0
        self.last_used = now
        self.progress = 0
        self.welcome = self.told = False
        self.closing = False
        self._resources: weakref.WeakSet[Resource] | None = None

    @property
    def resources(self) -> weakref.WeakSet[Resource]:
        """What methods asked to be closed when the client goes away."""
        if self._resources is None:
            self._resources = weakref.WeakSet()
        return self._resources

    def _take(self, data: bytes) -> None:
        if not self.closing:
            message = self.protocol.plain_request(data)
            if message is None:
                self._owner.requested(self, self.protocol.receive(data))
            else:
                self._owner.requested_one(self, message)

    def _take_filled(self, count: int) -> None:
        messages = self.protocol.check(self.protocol.receiver.buffer_updated(count))
        if not self.closing:
            self._owner.requested(self, messages)

    def _ended(self, error: BaseException | None) -> None:
        self._owner.lost(self, error)

    def _drained(self) -> None:
        self.deadline = 0.0
        self._owner.requested(self, [])

    def _all_sent(self) -> None:
        if self.closing:
            self.stream.end()

    def postpone(self, request: Message) -> None:
        """Put a request behind those that were not begun."""
        if self.backlog is None:
            self.backlog = deque()
        self.backlog.append(request)
        self.backlog_size += len(request.payload)

    def next_request(self) -> Message:
        """Return the first request that was not begun, and begin with it."""
        assert self.backlog is not None
        request = self.backlog[0]
        self._forget(request)
        return request

    def withdraw(self, sequence: int) -> Message | None:
        """Return the call with this number, if it was not begun, and do not begin it."""
        for request in self.backlog or ():
            if request.sequence == sequence and request.type == _INVOKE:
                self._forget(request)
                return request
        return None

    def _forget(self, request: Message) -> None:
        assert self.backlog is not None
        self.backlog.remove(request)
        self.backlog_size -= len(request.payload)
        if not self.backlog:
            self.backlog = None

    def cancel_calls(self) -> None:
        """Cancel what is running, since nobody waits for it; oneway calls go on."""
        me = asyncio.current_task()
        for call, task in list(self.calls.values()):
            if not call.request.flags & Flags.ONEWAY:
                call.cancelled = True
                if task is not None and task is not me:
                    task.cancel()

    def dismiss(self, buffers: Sequence[Buffer], deadline: float) -> None:
        """Send last words, and read no more requests; the client may take its time to read them."""
        self.closing = True
        self.backlog = None
        self.deadline = deadline
        self.write(buffers)
        if not self.unsent:
            self._all_sent()
        self.resume()

    def close(self) -> None:
        """Close the stream."""
        super().close()
        self.backlog = None

    def close_resources(self) -> None:
        """Close what methods tied to it."""
        resources, self._resources = self._resources, None
        for resource in list(resources or ()):
            with contextlib.suppress(BaseException):
                resource.close()
