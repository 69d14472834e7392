"""Speaking to whatever listens, byte by byte, without expecting it to be a daemon."""

from __future__ import annotations

from dataclasses import dataclass

from pyrox import (
    DAEMON_ID,
    PROTOCOL_VERSION,
    MessageType,
    PyroxError,
    Serializer,
    Stream,
    default_converters,
    installed_plugins,
)
from pyrox.wire.message import HEADER_SIZE, encode

from .steps import Patient

__all__ = ["VERSION_PROBE", "Answer", "hello", "knock", "recognize", "serializers"]

VERSION_PROBE = b"PYRO\x00\x00"
"""A daemon refuses version 0 with a message that shows its own, whatever serializers it has."""
_LINE_ENDS = b"\r\n\r\n"
_SIGNS = {
    b"HTTP/": "an HTTP server",
    b"<": "an HTTP server",
    b"SSH-": "an SSH server",
    b"\x15\x03": "a TLS server",
    b"220 ": "a mail or FTP server",
    b"-ERR": "a Redis server",
    b"RFB ": "a VNC server",
}


@dataclass(frozen=True)
class Answer:
    """The first bytes that came back. ``closed`` tells that the peer hung up."""

    data: bytes
    closed: bool

    @property
    def version(self) -> int | None:
        """The protocol version of the peer, or None where it is no daemon."""
        if len(self.data) < 6 or not self.data.startswith(b"PYRO"):
            return None
        return int.from_bytes(self.data[4:6], "big")

    def reads(self, serializer: Serializer) -> bool:
        """Tell whether a daemon understood a hello in ``serializer``, even if it refused us.

        Pyro5 hangs up on a serializer that it does not have; pyrox says so, in marshal.
        """
        if self.version != PROTOCOL_VERSION or len(self.data) < HEADER_SIZE:
            return False
        kind, serializer_id = self.data[6], self.data[7]
        if kind == MessageType.CONNECTFAIL:
            return serializer_id == serializer.id and b"unknown serializer" not in self.data
        return kind == MessageType.CONNECTOK


def serializers() -> list[Serializer]:
    """Return the installed serializers, those first that nearly every daemon reads."""
    order = {"json": 0, "serpent": 1}
    table = installed_plugins().serializers
    return [table[name] for name in sorted(table, key=lambda name: (order.get(name, 2), name))]


def hello(serializer: Serializer) -> bytes:
    """Return the message with which a client begins, addressed to the daemon itself."""
    payload = serializer.dumps({"handshake": "hello", "object": DAEMON_ID}, default_converters)
    return b"".join(encode(MessageType.CONNECT, 0, 0, serializer.id, payload))


def knock(patient: Patient, opening: bytes) -> Answer:
    """Send ``opening`` over a connection of its own; return what came back first."""
    try:
        stream = patient.connect()
    except (PyroxError, OSError):
        return Answer(b"", closed=True)
    try:
        stream.set_timeouts(patient.timeout / 2, patient.timeout / 2)
        # Servers of line-based protocols, such as HTTP, wait for the second.
        for data in (opening, _LINE_ENDS):
            stream.send([data])
            answer = _first_bytes(stream)
            if answer.data or answer.closed:
                break
        return answer
    except (TimeoutError, BlockingIOError):
        return Answer(b"", closed=False)
    except OSError:
        return Answer(b"", closed=True)
    finally:
        stream.close()


def recognize(data: bytes) -> str:
    """Say what kind of server sends ``data``, in a few words."""
    for beginning, name in _SIGNS.items():
        if data.startswith(beginning):
            return f"it looks like {name}"
    return f"it begins with {data[:20]!r}"


def _first_bytes(stream: Stream) -> Answer:
    data = b""
    while len(data) < HEADER_SIZE:
        try:
            received = stream.recv(4096)
        except (TimeoutError, BlockingIOError):
            break
        except OSError:
            return Answer(data, closed=True)
        if not received:
            return Answer(data, closed=True)
        data += received
        if not b"PYRO".startswith(data[:4]):
            break  # no daemon: what came is enough to tell
    return Answer(data, closed=False)
