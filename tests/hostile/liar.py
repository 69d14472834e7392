"""A server that shakes hands like a daemon, and then does what a test tells it to."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import pyrox
from tests.hostile.raw import (
    CONNECT,
    CONNECTOK,
    ONEWAY,
    PATIENCE,
    RESULT,
    dumps,
    loads,
    message,
)

SERIALIZER = "json"
META = {"methods": ["echo", "tell"], "oneway": ["tell"], "attrs": ["level"]}
_HEADER = struct.Struct("!4sHBBHHII16sHH")


class Request(NamedTuple):
    """A message that a proxy sent."""

    kind: int
    serializer: int
    flags: int
    sequence: int
    payload: bytes

    @property
    def value(self) -> Any:
        """What an echo answers."""
        return loads(self.serializer, self.payload)["params"][0]

    def answer(self, payload: bytes | None = None, **fields: Any) -> bytes:
        """Return what a daemon would answer; ``fields`` of the header can be made wrong."""
        if payload is None:
            payload = dumps(SERIALIZER, self.value)
        fields = {"serializer": self.serializer, "sequence": self.sequence, **fields}
        return message(fields.pop("kind", RESULT), payload, **fields)

    def welcome(self, payload: bytes | None = None, **fields: Any) -> bytes:
        """Return what a daemon would answer to a handshake."""
        if payload is None:
            payload = dumps(SERIALIZER, {"handshake": "hello", "meta": META})
        return self.answer(payload, **{"kind": CONNECTOK, **fields})


Lie = Callable[[Request, "Liar"], bytes | None]
"""Returns what is sent in place of an answer; None for nothing at all."""


class Liar:
    """Lies once, in the answer to the first handshake or call, and is honest from then on."""

    def __init__(self, lie: Lie, *, in_handshake: bool = False, ending: str = "") -> None:
        self._lie: Lie | None = lie
        self._in_handshake = in_handshake
        self._ending = ending
        self.requests: list[Request] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self.connection: socket.socket | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"PYRO:target@127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._listen, name="liar", daemon=True)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    def calls(self) -> list[Request]:
        """Return the requests that were no handshakes."""
        return [request for request in self.requests if request.kind != CONNECT]

    def was_left(self) -> bool:
        """Wait for a proxy to close its connection."""
        return self.closed.acquire(timeout=PATIENCE)

    def close(self) -> None:
        """End everything."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)
        for connection in self._open:
            connection.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), name="liar")
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                request = self._read(connection)
                if request is None:
                    break
                self.requests.append(request)
                self.connection = connection
                if not self._answer(connection, request):
                    break
        self.closed.release()

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        opening = request.kind == CONNECT
        if self._lie is not None and opening == self._in_handshake:
            lie, self._lie = self._lie, None
            connection.sendall(lie(request, self) or b"")
            if self._ending == "reset":
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            if self._ending:
                connection.close()
                return False
        elif not request.flags & ONEWAY:
            connection.sendall(request.welcome() if opening else request.answer())
        return True

    @staticmethod
    def _read(connection: socket.socket) -> Request | None:
        head = connection.recv(_HEADER.size, socket.MSG_WAITALL)
        if len(head) < _HEADER.size:
            return None
        _, _, kind, serializer, flags, sequence, size, chunks, _, _, _ = _HEADER.unpack(head)
        body = connection.recv(size + chunks, socket.MSG_WAITALL)
        return Request(kind, serializer, flags, sequence, body[chunks:])


def proxy_for(server: Liar, **options: Any) -> Any:
    """Return a proxy for what the server claims to have."""
    return pyrox.Proxy(server.uri, serializer=SERIALIZER, **options)
