"""An asyncio daemon's connection with one client."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..contracts.transport import Stream
from ..objects.registry import Instances
from ..protocol.wire_log import new_server_connection
from ..values.config import Config
from ..values.context import CallContext, Peer, Resource
from ..wire.buffers import Buffer
from ..wire.message import Flags, Message
from .channel import Channel

__all__ = ["Link", "Running"]


class Running(NamedTuple):
    """A call, and the task that runs it, if it is one."""

    call: CallContext
    task: asyncio.Task[Any] | None


class Link(Channel):
    """One client. ``backlog`` are requests that were not begun, of ``backlog_size`` bytes.

    ``postponed`` are calls that are not run in threads as long as the client takes no answers.
    ``calls`` are those that are running, by sequence number, where the client may cancel them.
    ``running`` counts the calls whose answers are to come, ``oneways`` those without, ``most``
    says how many of the former may run at once. ``deadline`` is the instant (monotonic seconds)
    by which the client has to make progress, 0 for none.
    """

    __slots__ = (
        "__weakref__",
        "_lost",
        "_requested",
        "_requested_one",
        "_resources",
        "backlog",
        "backlog_size",
        "calls",
        "closing",
        "deadline",
        "instances",
        "last_used",
        "most",
        "oneways",
        "peer",
        "postponed",
        "progress",
        "protocol",
        "running",
        "welcome",
    )

    def __init__(
        self,
        stream: Stream,
        config: Config,
        loop: asyncio.AbstractEventLoop,
        now: float,
        requested: Callable[[Link, list[Message]], None],
        requested_one: Callable[[Link, Message], None],
        lost: Callable[[Link, BaseException | None], None],
    ) -> None:
        # Methods run in threads, too.
        self.instances = Instances(threading.RLock())
        self.peer = Peer(stream.peer_address, stream, self.instances)
        self.protocol = new_server_connection(self.peer, config)
        super().__init__(stream, self.protocol.receiver, loop)
        self._requested = requested
        self._requested_one = requested_one
        self._lost = lost
        self.backlog: list[Message] = []  # a deque takes more room than all the rest
        self.backlog_size = 0
        self.postponed: list[Any] = []
        self.calls: dict[int, Running] = {}
        self.running = self.oneways = 0
        self.most = 1
        self.deadline = now + config.handshake_timeout if config.handshake_timeout else 0.0
        self.last_used = now
        self.progress = 0
        self.welcome = False
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
                self._requested(self, self.protocol.receive(data))
            else:
                self._requested_one(self, message)

    def _take_filled(self, count: int) -> None:
        messages = self.protocol.check(self.protocol.receiver.buffer_updated(count))
        if not self.closing:
            self._requested(self, messages)

    def _ended(self, error: BaseException | None) -> None:
        self._lost(self, error)

    def _drained(self) -> None:
        self.deadline = 0.0
        self._requested(self, [])

    def _all_sent(self) -> None:
        if self.closing:
            self.stream.end()

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
        self.backlog.clear()
        self.deadline = deadline
        self.write(buffers)
        if not self.unsent:
            self._all_sent()
        self.resume()

    def close(self) -> None:
        """Close the stream, and what methods tied to it."""
        super().close()
        resources, self._resources = self._resources, None
        for resource in list(resources or ()):
            with contextlib.suppress(BaseException):
                resource.close()
        self.backlog.clear()
