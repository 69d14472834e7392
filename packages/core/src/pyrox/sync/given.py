"""A client's connection over a socket that the program connected itself."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, TypeVar, cast

from ..contracts.converters import Converters
from ..contracts.transport import Stream
from ..errors import CommunicationError, ConnectError, Outcome, TimeoutError
from ..logic.remote import Caller
from ..plugins import Plugins
from ..protocol.connection_errors import too_busy
from ..protocol.sharing import Waiter
from ..protocol.wire_log import new_mux_connection
from ..values.config import Config
from ..values.context import CallOptions, Peer
from .connected import SharedSocket, given_stream, share
from .connection import Connection
from .locking import locked
from .places import CONNECTED_SOCKET

__all__ = ["GivenSocket", "cannot_connect"]

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class GivenSocket:
    """The socket that a proxy was given, for one connection: it is not the proxy's to connect."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._shared = share(sock)
        self._used = False

    @property
    def lock(self) -> Any:
        """The lock that is held while one of the socket's proxies makes a call."""
        return self._shared.lock

    def open_connection(
        self,
        object_id: str,
        config: Config,
        converters: Converters,
        plugins: Plugins,
        serializer: str,
        deadline: float,
    ) -> Connection:
        """Return the connection, ready for calls. Raises ConnectError where it was used before."""
        if self._shared.out_of_step:
            raise cannot_connect(
                "its peer went away, or a call failed on its way, so that an answer to that may "
                "still come; connect another socket"
            )
        if self._used:
            raise cannot_connect(
                "this proxy was released, and gave its socket back; make another proxy on it"
            )
        limit = time.monotonic() + config.connect_timeout if config.connect_timeout else 0.0
        ends = min(limit or deadline, deadline or limit)
        stream = given_stream(self._socket)
        peer = Peer(stream.peer_address, stream)
        protocol = new_mux_connection(peer, config, 0)
        caller = Caller(CONNECTED_SOCKET, config, converters, plugins, serializer, protocol)
        connection = _GivenConnection(stream, caller, self._shared)
        try:
            connection.introduce(object_id, ends)
        except BaseException as error:
            connection.close()
            if not isinstance(error, CommunicationError):
                raise
            kind = TimeoutError if isinstance(error, TimeoutError) else ConnectError
            raise cannot_connect(
                f"{error}; check that a daemon serves the other end", kind
            ) from error
        self._used = True
        return connection


def _exclusive(method: F) -> F:
    """Let a method of a connection run while nobody else uses the socket."""

    @wraps(method)
    def exclusive(
        connection: _GivenConnection,
        object_id: str,
        name: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        deadline: float = 0.0,
        beside: CallOptions | None = None,
    ) -> Any:
        call = partial(method, connection, object_id, name, args, kwargs, flags, deadline, beside)
        return connection._alone(deadline, call)

    return cast(F, exclusive)


class _GivenConnection(Connection):
    """A connection that begins without a handshake, and leaves the socket as it found it.

    Others may have one over the same socket: the lock that they share is held for a whole call.
    """

    __slots__ = ("_shared",)

    def __init__(self, stream: Stream, caller: Caller, shared: SharedSocket) -> None:
        super().__init__(stream, caller)
        self._shared = shared

    def introduce(self, object_id: str, deadline: float) -> None:
        """Ask for the object's members, which is where peers get to know each other."""
        answer = self.exchange(self.caller.draft_introduction(object_id), deadline)
        self._forget_timeouts()
        self.members = self.caller.finish_introduction(answer, object_id)
        self._last_used = time.monotonic()

    call = _exclusive(Connection.call)
    call_raw = _exclusive(Connection.call_raw)
    notify = _exclusive(Connection.notify)

    def _alone(self, deadline: float, use: Callable[[], T]) -> T:
        """Return ``use()``, run while nobody else uses the socket."""

        def use_it() -> T:
            try:
                return use()
            finally:
                if not self.closed:
                    self._forget_timeouts()

        return locked(self._shared.lock, deadline, partial(too_busy, self.where), use_it)

    def is_stale(self) -> bool:
        with self._shared.lock:
            stale = super().is_stale()
            if stale and not self.closed:
                self._shared.out_of_step = True
                self.close()
            return stale

    def close(self, why: BaseException | None = None, waiter: Waiter | None = None) -> None:
        if why is not None and not self.closed:
            self._shared.out_of_step = True  # an answer may still come
        super().close(why, waiter)

    def _forget_timeouts(self) -> None:
        """Leave no timeouts behind, which would be those of other users of the socket, too."""
        if self._limit:
            self._limit_to(0.0)


def cannot_connect(why: str, kind: type[CommunicationError] = ConnectError) -> CommunicationError:
    """Return the error that says why a given socket is not to be had."""
    return kind(f"cannot connect to {CONNECTED_SOCKET}: {why}", outcome=Outcome.NOT_SENT)
