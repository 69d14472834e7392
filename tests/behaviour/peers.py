"""Peers that do not behave: daemons and clients made of a bare socket."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyrox import Message, MessageType
from pyrox.wire.message import encode
from pyrox.wire.receiver import Receiver
from tests.behaviour.objects import PATIENCE

JSON = 3
Answer = Callable[[socket.socket, Message], Any]


def message(kind: int, value: Any, *, sequence: int = 0, flags: int = 0) -> bytes:
    """A message in JSON."""
    return b"".join(encode(kind, flags, sequence, JSON, json.dumps(value).encode()))


def result(value: Any, request: Message) -> bytes:
    """The answer to a request in JSON."""
    return message(MessageType.RESULT, value, sequence=request.sequence)


class Reading:
    """Reads messages from a socket, one by one."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._receiver = Receiver(2**24)
        self._waiting: list[Message] = []

    def __call__(self) -> Message | None:
        """The next message, or None at the end."""
        while not self._waiting:
            try:
                data = self._sock.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._waiting += self._receiver.receive(data)
        return self._waiting.pop(0)


@contextmanager
def impostor(*answers: Answer, methods: str = "work") -> Iterator["Impostor"]:
    """A daemon that shakes hands and then gives each request the next of ``answers``.

    An answer is called with the socket and the request; where it returns bytes these are sent.
    After the last one the connection is closed; the next connection goes on with the answers.
    """
    peer = Impostor(list(answers), methods.split())
    try:
        yield peer
    finally:
        peer.close()


class Impostor:
    def __init__(self, answers: list[Answer], methods: list[str]) -> None:
        self._answers = answers
        self._methods = methods
        self._listener = socket.create_server(("localhost", 0))
        self._open: list[socket.socket] = []
        self.requests: list[Message] = []
        self.uri = f"PYRO:impostor@localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True, name="test-impostor")
        self._thread.start()

    def close(self) -> None:
        self._listener.close()
        for sock in self._open:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        # accept() does not notice that its socket was closed by another thread.
        try:
            port = int(self.uri.rpartition(":")[2])
            socket.create_connection(("localhost", port), timeout=1).close()
        except OSError:
            pass
        self._thread.join(PATIENCE)
        for sock in self._open:
            sock.close()
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            with sock:
                try:
                    self._talk(sock)
                except OSError:
                    pass

    def _talk(self, sock: socket.socket) -> None:
        read = Reading(sock)
        if read() is None:
            return
        meta = {"methods": self._methods, "oneway": [], "attrs": []}
        sock.sendall(message(MessageType.CONNECTOK, {"handshake": "hello", "meta": meta}))
        while self._answers and (request := read()) is not None:
            self.requests.append(request)
            said = self._answers.pop(0)(sock, request)
            if isinstance(said, bytes):
                sock.sendall(said)
            elif said == "close":
                return


def say(value: Any) -> Answer:
    """Answer with ``value``."""
    return lambda _, request: result(value, request)


def hang_up(sock: socket.socket, request: Message) -> str:
    """Close the connection in place of an answer."""
    return "close"


def silence(sock: socket.socket, request: Message) -> None:
    """Answer nothing."""


@contextmanager
def raw_client(location: str) -> Iterator[socket.socket]:
    """A socket connected with a daemon, nothing said yet."""
    host, _, port = location.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE) as sock:
        yield sock


def shake_hands(sock: socket.socket, object_id: str) -> Reading:
    """Say hello as Pyro5 does, in JSON, and read the answer."""
    sock.sendall(message(MessageType.CONNECT, {"handshake": "hello", "object": object_id}))
    read = Reading(sock)
    answer = read()
    assert answer is not None
    assert answer.type == MessageType.CONNECTOK, bytes(answer.payload)
    return read


def call(object_id: str, method: str, *args: Any, sequence: int = 1, flags: int = 0) -> bytes:
    """A request in JSON."""
    told = {"object": object_id, "method": method, "params": args, "kwargs": {}}
    return message(MessageType.INVOKE, told, sequence=sequence, flags=flags)
