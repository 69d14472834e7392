"""The floor: the least Python that makes a call over blocking sockets with the same header.

It knows neither exposure, errors, contexts, limits nor plugins: what pyrox needs beyond it is the
price of those. Small messages are one receive and one send; their body is msgpack. Large bytes
travel behind a small msgpack envelope (which takes the place of the annotations), leave with one
``sendmsg`` without being joined, and are received into one buffer of final size that is not zeroed
first. One thread a connection, which accepts the next one when its connection ends.

Bias: a C extension or a message-free protocol would be quicker still. At many connections an event
loop may be: blocking threads are what the sequential scenarios are about.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import msgpack  # type: ignore[import-untyped, unused-ignore]

from ..wire import (
    BATCH,
    CONNECTOK,
    HEADER,
    INVOKE,
    ONEWAY,
    RESULT,
    STREAM,
    frame,
    header,
    open_raw,
    packb,
)
from ..workload import OBJECT_ID, SMALL, make_bench
from .base import Announce, Client, Options

__all__ = ["contender"]

_READ = 65536
_BULK = 16384
_CHUNK = 100

unpackb = msgpack.unpackb
unpack_header = HEADER.unpack_from

_new_bytearray = ctypes.pythonapi.PyByteArray_FromStringAndSize
_new_bytearray.restype = ctypes.py_object
_new_bytearray.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t]


class _Connection:
    """Messages over one socket: kind, flags, body (or envelope), and large bytes."""

    def __init__(self, sock: socket.socket) -> None:
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = sock
        self.send = sock.sendall
        self._recv = sock.recv
        self._rest = b""

    def receive(self) -> tuple[int, int, Any, Any]:
        data = self._rest or self._recv(_READ)
        while len(data) < HEADER.size:
            data += self._more()
        fields = unpack_header(data)
        envelope_size, size = fields[7], fields[6]
        total = HEADER.size + envelope_size + size
        if len(data) == total and not envelope_size:
            self._rest = b""
            return fields[2], fields[4], data[HEADER.size :], None
        start = HEADER.size + envelope_size
        while len(data) < start:
            data += self._more()
        bulk: Any = data[start:total]
        self._rest = data[total:]
        if len(data) < total:
            bulk = self._receive_large(data, start, size)
        if not envelope_size:
            return fields[2], fields[4], bulk, None
        return fields[2], fields[4], data[HEADER.size : start], bulk

    def _receive_large(self, data: bytes, start: int, size: int) -> bytearray:
        buffer: bytearray = _new_bytearray(None, size)
        have = len(data) - start
        with memoryview(buffer) as view:
            view[:have] = memoryview(data)[start:]
            while have < size:
                count = self.socket.recv_into(view[have:])
                if not count:
                    raise ConnectionError("closed")
                have += count
        return buffer

    def send_large(self, kind: int, value: Any, bulk: bytes) -> None:
        """Send the envelope ``value`` and the bytes; unjoined."""
        envelope = packb(value)
        head = header(kind, 0, 0, len(bulk), len(envelope)) + envelope
        sent = self.socket.sendmsg([head, bulk])
        if sent < len(head) + len(bulk):
            self.send(memoryview(bulk)[sent - len(head) :])

    def send_value(self, kind: int, flags: int, value: Any) -> None:
        """Send a message of any size that is not large bytes."""
        body = packb(value)
        if len(body) < _BULK:
            self.send(header(kind, flags, 0, len(body)) + body)
            return
        sent = self.socket.sendmsg([header(kind, flags, 0, len(body)), body])
        if sent < HEADER.size + len(body):
            self.send(memoryview(body)[sent - HEADER.size :])

    def _more(self) -> bytes:
        more = self._recv(_READ)
        if not more:
            raise ConnectionError("closed")
        return more


Methods = dict[str, Callable[..., Any]]


def _serve(connection: _Connection, methods: Methods) -> None:
    while True:
        kind, flags, body, bulk = connection.receive()
        if kind != INVOKE:
            connection.send(frame(CONNECTOK, 0, 0, {"handshake": "hello", "meta": {}}))
            continue
        _, method, args, _ = unpackb(body)
        if flags & BATCH:
            results = [methods[name](*arguments) for name, arguments, _ in args]
            connection.send_value(RESULT, BATCH, results)
            continue
        result = methods[method](*args) if bulk is None else methods[method](bulk)
        if flags & ONEWAY:
            continue
        if type(result) is bytes and len(result) >= _BULK:
            connection.send_large(RESULT, None, result)
        elif method == "items":
            _stream(connection, result)
        else:
            connection.send_value(RESULT, 0, result)


def _stream(connection: _Connection, items: Iterator[Any]) -> None:
    """Send the items unasked, some in each message; an empty message ends them."""
    while True:
        chunk = list(islice(items, _CHUNK))
        connection.send_value(RESULT, STREAM, chunk)
        if not chunk:
            return


class _Server:
    """Threads that accept; there is always one that waits to."""

    def __init__(self, methods: Methods, unix: str = "") -> None:
        self._methods = methods
        if unix:
            self._listener = socket.create_server(unix, family=socket.AF_UNIX, backlog=256)
        else:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._lock = threading.Lock()
        self._waiting = 0
        self.address = f"./u:{unix}" if unix else "{}:{}".format(*self._listener.getsockname())

    def start_worker(self) -> None:
        self._waiting += 1
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            sock, _ = self._listener.accept()
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self.start_worker()
            with contextlib.suppress(OSError), sock:
                _serve(_Connection(sock), self._methods)
            with self._lock:
                self._waiting += 1


class _Target:
    """Stands for the served object: the methods that the workload has."""

    def __init__(self, connection: _Connection) -> None:
        self._send = connection.send
        self._receive = connection.receive
        self._connection = connection

    def _call(self, method: str, *args: Any) -> Any:
        body = packb((OBJECT_ID, method, args, None))
        self._send(header(INVOKE, 0, 0, len(body)) + body)
        return unpackb(self._receive()[2])

    def echo(self, value: Any) -> Any:
        return self._call("echo", value)

    def upload(self, data: bytes) -> int:
        self._connection.send_large(INVOKE, (OBJECT_ID, "upload", (), None), data)
        size: int = unpackb(self._receive()[2])
        return size

    def download(self, size: int) -> Any:
        self._connection.send_value(INVOKE, 0, (OBJECT_ID, "download", (size,), None))
        return self._receive()[3]

    def tick(self) -> None:
        body = packb((OBJECT_ID, "tick", (), None))
        self._send(header(INVOKE, ONEWAY, 0, len(body)) + body)

    def ticks(self) -> int:
        count: int = self._call("ticks")
        return count

    def items(self, count: int) -> Iterator[Any]:
        self._connection.send_value(INVOKE, 0, (OBJECT_ID, "items", (count,), None))
        while chunk := unpackb(self._receive()[2]):
            yield from chunk

    def register(self, name: str, uri: str) -> None:
        self._call("register", name, uri)

    def lookup(self, name: str) -> Any:
        return self._call("lookup", name)


class FloorClient:
    """A socket with the handshake made."""

    def __init__(self, address: str) -> None:
        self._connection = _Connection(open_raw(address))
        self._connection.socket.settimeout(None)
        self.target = _Target(self._connection)

    def batch(self, calls: int) -> int:
        batch = [("echo", (SMALL,), None) for _ in range(calls)]
        self._connection.send_value(INVOKE, BATCH, (OBJECT_ID, "<batch>", batch, None))
        return len(unpackb(self._connection.receive()[2]))

    def claim(self) -> None:
        """Do nothing: a socket belongs to no thread."""

    def close(self) -> None:
        self._connection.socket.close()


class Floor:
    """The contender that no library can pass."""

    def serve(self, options: Options, announce: Announce) -> None:
        bench = make_bench(lambda exposed: exposed, lambda exposed: exposed)
        names = ("echo", "upload", "download", "tick", "ticks", "items")
        unix = f"{options['folder']}/floor" if options.get("transport") == "unix" else ""
        _run({name: getattr(bench, name) for name in names}, announce, unix)

    def connect(self, address: str, options: Options) -> Client:
        return FloorClient(address)

    def serve_names(self, options: Options, announce: Announce) -> None:
        uris: dict[str, str] = {}
        _run({"register": uris.__setitem__, "lookup": uris.__getitem__}, announce)

    def connect_names(self, address: str, options: Options) -> Client:
        return FloorClient(address)


def _run(methods: Methods, announce: Announce, unix: str = "") -> None:
    server = _Server(methods, unix)
    server.start_worker()
    announce(server.address)
    threading.Event().wait()


contender = Floor()
