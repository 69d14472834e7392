"""A daemon's connection with one client: a stream, the protocol, and what waits on either side."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Sequence

from ..contracts.transport import Listener, Stream, without
from ..objects.registry import Instances
from ..protocol.wire_log import new_server_connection
from ..values.config import Config
from ..values.context import CallContext, Peer, Resource
from ..wire.buffers import Buffer
from ..wire.message import Message, MessageType
from ..wire.receiver import READ_SIZE

__all__ = ["ServerLink"]

ENOUGH = 64
"""So many short answers are sent together."""
MUCH = 64 * 1024
"""A client that takes so many bytes at once is worth waiting for."""


class ServerLink:
    """One client. At any time at most one thread reads it: the one that claimed it.

    That one writes, too; but a client that ``shares`` its connection between many calls is also
    written to by the threads that ran its ``calls`` (by sequence number) meanwhile. ``lock`` is
    held for that, and while it is armed. ``waits`` says that it is not read before one has ended.

    ``backlog`` are requests that were read but not begun, ``unsent`` what the client has not
    taken yet, ``deadline`` the instant (monotonic seconds) by which it has to make progress,
    ``told`` whether it was asked to leave.
    """

    __slots__ = (
        "__weakref__",
        "_resources",
        "backlog",
        "calls",
        "closing",
        "deadline",
        "fd",
        "gathered",
        "held",
        "idle_timeout",
        "instances",
        "known",
        "last_used",
        "listener",
        "lock",
        "peer",
        "pending",
        "protocol",
        "shares",
        "stream",
        "told",
        "unsent",
        "waits",
        "welcome",
    )

    def __init__(
        self, stream: Stream, config: Config, now: float, listener: Listener | None = None
    ) -> None:
        self.stream = stream
        self.listener = listener
        self.fd = stream.fileno()
        self.instances = Instances(threading.RLock)
        self.peer = Peer(stream.peer_address, stream, self.instances)
        self.protocol = new_server_connection(self.peer, config)
        self.backlog: list[Message] | None = None
        self.unsent: list[memoryview] | None = None
        self.gathered: list[Buffer] | None = None
        self.deadline = now + config.handshake_timeout if config.handshake_timeout else 0.0
        self.idle_timeout = config.idle_timeout
        self.last_used = now
        # Asked before every wait, hence not where the answer is always the same.
        buffers = type(stream).pending is not Stream.pending
        self.pending: Callable[[], bool] | None = stream.pending if buffers else None
        self.known = False
        self.welcome = False
        self.told = False
        self.closing = False
        self.lock = threading.RLock()
        self.shares = self.waits = self.held = False
        self.calls: dict[int, CallContext] = {}
        self._resources: weakref.WeakSet[Resource] | None = None

    def introduce(self) -> None:
        """Take calls at once: a connection that the program made itself needs no handshake."""
        self.protocol.introduce()
        self.welcome = True
        self.deadline = 0.0

    @property
    def resources(self) -> weakref.WeakSet[Resource]:
        """What methods asked to be closed when the client goes away."""
        if self._resources is None:
            self._resources = weakref.WeakSet()
        return self._resources

    def read(self, wait: bool) -> Message | None:
        """Receive once; return a plain request. ``wait`` as long as the stream's timeout says.

        Where it is not that, ``backlog`` has whatever requests are complete, and the answer is
        None. Raises EOFError at the end, BlockingIOError when there is nothing to read, OSError
        for a lost connection, ProtocolError for what the client did wrong.
        """
        protocol, stream = self.protocol, self.stream
        if protocol.receiver.body is not None:
            self.backlog = self._filled(stream.recv_into if wait else stream.recv_into_nowait)
            return None
        data = stream.recv(READ_SIZE) if wait else stream.recv_nowait(READ_SIZE)
        if not data:
            raise EOFError
        message = protocol.plain_request(data)
        if message is None:
            self.backlog = protocol.receive(data)
        return message

    def _filled(self, recv_into: Callable[[memoryview], int]) -> list[Message]:
        receiver = self.protocol.receiver
        buffer = receiver.get_buffer()
        assert buffer is not None
        count = recv_into(buffer)
        if not count:
            raise EOFError
        return self.protocol.check(receiver.buffer_updated(count))

    def share(self) -> None:
        """Let many calls of this client run at once."""
        self.shares = True
        self.protocol.allow(MessageType.CANCEL)

    def cancel(self, number: int) -> Message | None:
        """Let a call know that nobody wants its answer; return it, where it was not begun."""
        call = self.calls.get(number)
        if call is not None:
            call.cancel()
            return None
        for request in self.backlog or ():
            if request.sequence == number and request.type == MessageType.INVOKE:
                assert self.backlog is not None
                self.backlog.remove(request)
                return request
        return None

    def gather(self, buffers: Sequence[Buffer]) -> bool:
        """Send these with what is sent next; True where nothing has to be waited for.

        Whoever has the link sees to it that something is, or passes the link on to who does.
        """
        with self.lock:
            if self.gathered is None:
                self.gathered = []
            self.gathered += buffers
            enough = len(self.gathered) >= ENOUGH
        return self.send(()) if enough else True

    def send(self, buffers: Sequence[Buffer]) -> bool:
        """Send what the client takes without waiting; True where that was all of it."""
        if self.gathered:
            with self.lock:
                gathered, self.gathered = self.gathered or [], None
            buffers = (b"".join(gathered), *buffers)
        elif not buffers:
            return True
        if self.calls or self.unsent:
            with self.lock:
                if self.unsent:
                    self.unsent += [memoryview(buffer) for buffer in buffers]
                    return self.flush()
                return self._send(buffers)
        return self._send(buffers)

    def _send(self, buffers: Sequence[Buffer]) -> bool:
        try:
            sent = self.stream.send_nowait(buffers)
        except BlockingIOError:
            sent = 0
        if len(buffers) == 1 and sent == len(buffers[0]):
            return True
        self.unsent = without([memoryview(buffer) for buffer in buffers], sent) or None
        return self.unsent is None or self.flush()

    def send_patiently(self, buffers: Sequence[Buffer]) -> bool:
        """Like :meth:`send`, but wait as the stream's timeout says while the client takes much.

        Nothing may be unsent, and none of its calls run elsewhere.
        """
        rest, sent = [memoryview(buffer) for buffer in buffers], MUCH
        try:
            while rest and sent >= MUCH:
                sent = self.stream.send_some(rest)
                rest = without(rest, sent)
        except BlockingIOError:
            pass
        self.unsent = rest or None
        return self.unsent is None or self.flush()

    def hold(self) -> None:
        """Say that nobody reads from it for now, nor sends without its lock."""
        self.held = True

    def let_go(self) -> None:
        """Take that back."""
        with self.lock:
            self.held = False

    def reassure(self) -> None:
        """Tell a client that the daemon is there, where nobody would answer if it asked."""
        if not (self.held or self.waits) or "keepalive" not in self.peer.capabilities:
            return
        with self.lock, contextlib.suppress(OSError):  # if it is gone, the poller announces that
            if (self.held or self.waits) and not (self.unsent or self.closing):
                self._send(self.protocol.heartbeat())

    def ask_to_leave(self) -> bool:
        """Tell the client, once, that the daemon is about to stop; True where not all of it went.

        One that does not know about that is told nothing, and learns it by its closed connection.
        """
        if self.told or not self.welcome or self.unsent:
            return False
        self.told = True
        notice = self.protocol.drain()
        try:
            return bool(notice) and not self.send(notice)
        except OSError:
            return False  # it is gone, which the poller announces

    @property
    def unsent_size(self) -> int:
        """How many bytes the client has not taken yet."""
        return sum(buffer.nbytes for buffer in self.unsent or ())

    def flush(self) -> bool:
        """Send more of what is unsent; True where nothing is left."""
        with self.lock:
            while self.unsent:
                try:
                    sent = self.stream.send_nowait(self.unsent)
                except BlockingIOError:
                    return False
                self.unsent = without(self.unsent, sent) or None
        return True

    def close(self) -> None:
        """Close the stream."""
        with self.lock:  # nobody may send to a descriptor that is somebody else's by then
            self.stream.close()
            self.closing = True
        for call in list(self.calls.values()):
            call.cancel()
        self.backlog = self.unsent = self.gathered = None

    def close_resources(self) -> None:
        """Close what methods tied to it."""
        resources, self._resources = self._resources, None
        for resource in list(resources or ()):
            with contextlib.suppress(BaseException):
                resource.close()
