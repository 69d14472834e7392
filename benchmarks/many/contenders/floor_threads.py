"""The blocking floor: a thread for each connection, and a client that pipelines over one.

``burst`` writes requests in large pieces and reads answers meanwhile, in one thread: no futures, no
locks, no lookups. With the option ``singly`` it writes each request by itself, as a program has to
that makes one call after the other. ``echo`` writes and reads one message; a connection is for one
thread then.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Any

from ...wire import split_address
from ..framing import READ, SIZE, answer_all, packb, split
from .base import Announce, Options, ThreadClient, ThreadContender

__all__ = ["contender"]

_WINDOW = 128
"""How many requests are ahead of their answers."""


def _serve(sock: socket.socket) -> None:
    methods = {"echo": lambda value: value}
    rest = b""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError), sock:
        while data := sock.recv(READ):
            requests, rest = split(rest + data if rest else data)
            if requests:
                sock.sendall(answer_all(requests, methods))


class FloorClient:
    """A socket."""

    def __init__(self, address: str, singly: bool = False) -> None:
        self._singly = singly
        self._socket = socket.create_connection(split_address(address), timeout=10)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._number = 0
        self.target = self

    def echo(self, value: Any) -> Any:
        self._number = number = self._number + 1
        body = packb((number, "echo", (value,)))
        self._socket.sendall(SIZE.pack(len(body)) + body)
        answers, rest = split(self._read())
        while not answers:
            answers, rest = split(rest + self._read())
        return answers[0][1]

    def burst(self, value: Any, calls: int) -> list[Any]:
        if self._singly:
            return self._one_by_one(value, calls)
        parts = []
        for number in range(calls):
            body = packb((number, "echo", (value,)))
            parts.append(SIZE.pack(len(body)) + body)
        waiting = memoryview(b"".join(parts))
        answers: list[Any] = []
        rest = b""
        while len(answers) < calls:
            if waiting:
                with contextlib.suppress(BlockingIOError):
                    sent = self._socket.send(waiting[:READ], socket.MSG_DONTWAIT)
                    waiting = waiting[sent:]
                if waiting and not self._readable():
                    continue
            more, rest = split(rest + self._read())
            answers += more
        results: list[Any] = [None] * calls
        for number, result in answers:
            results[number] = result
        return results

    def _one_by_one(self, value: Any, calls: int) -> list[Any]:
        results: list[Any] = [None] * calls
        answered, rest = 0, b""
        for number in range(calls):
            body = packb((number, "echo", (value,)))
            self._socket.sendall(SIZE.pack(len(body)) + body)
            while number - answered >= _WINDOW or (number == calls - 1 and answered < calls):
                answers, rest = split(rest + self._read())
                answered += len(answers)
                for found, result in answers:
                    results[found] = result
        return results

    def _readable(self) -> bool:
        """Wait until there is something to do; return whether that is reading."""
        return bool(select.select([self._socket], [self._socket], [])[0])

    def _read(self) -> bytes:
        data = self._socket.recv(READ)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


class FloorThreads:
    """The contender that no library can pass."""

    def serve(self, options: Options, announce: Announce) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        announce("{}:{}".format(*listener.getsockname()))
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=_serve, args=(sock,), daemon=True).start()

    def connect(self, address: str, options: Options) -> ThreadClient:
        return FloorClient(address, bool(options.get("singly")))


contender: ThreadContender = FloorThreads()
