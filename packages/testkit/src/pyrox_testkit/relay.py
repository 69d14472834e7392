"""The transport that meets faults: between its two ends a relay hands on whole messages."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any

import pyrox

from .faults import HELD_FOR, Faults, Towards

__all__ = ["FaultyTransport"]

_HANDSHAKES = {
    pyrox.MessageType.CONNECT,
    pyrox.MessageType.CONNECTOK,
    pyrox.MessageType.CONNECTFAIL,
}
_CHUNK = 64 * 1024
# Of a header: where it says the sizes of payload and annotations (docs/reference/protocol.md).
_HEADER_SIZE, _TYPE_AT = 40, 6
_SIZES_AT, _SIZES = 12, Struct("!II")


class FaultyTransport(pyrox.Transport):
    """Connects as another transport does, by way of a relay at which ``faults`` strike."""

    def __init__(self, inner: pyrox.Transport, faults: Faults) -> None:
        self.inner = inner
        self.faults = faults
        self.scheme = inner.scheme

    def connect(self, location: str, config: pyrox.Config, timeout: float) -> pyrox.Stream:
        """Connect to the daemon, unless the faults let nobody in."""
        if self.faults.refusing:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "the faults let nobody connect")
        beyond = self.inner.connect(location, config, timeout)
        beyond.set_timeouts(0.0, 0.0)
        near, far = socket.socketpair()
        _Relay(pyrox.SocketStream(far), beyond, self.faults).start()
        stream = _NearEnd(near, beyond)
        stream.set_timeouts(timeout, timeout)
        return stream

    def listen(self, location: str, config: pyrox.Config) -> pyrox.Listener:
        """Listen as the other transport does: a daemon that is made with this one meets no faults.

        They strike where proxies connect.
        """
        return self.inner.listen(location, config)

    def is_public(self, location: str) -> bool:
        """Tell what the other transport tells."""
        return self.inner.is_public(location)


class _NearEnd(pyrox.SocketStream):
    """The client's end of the relay; about the daemon it says what the real connection says."""

    __slots__ = ("_beyond",)

    def __init__(self, sock: socket.socket, beyond: pyrox.Stream) -> None:
        super().__init__(sock, beyond.peer_address)
        self._beyond = beyond

    def peer_certificate(self) -> Mapping[str, Any] | None:
        return self._beyond.peer_certificate()

    def peer_credentials(self) -> pyrox.Credentials | None:
        return self._beyond.peer_credentials()


class _Relay:
    """Hands messages on between a proxy's end and the stream to the daemon."""

    def __init__(self, near: pyrox.Stream, beyond: pyrox.Stream, faults: Faults) -> None:
        self._faults = faults
        self._ends = (near, beyond)
        self._open = 2
        self._lock = threading.Lock()
        self._ways = (_Way(self, "daemon", near, beyond), _Way(self, "client", beyond, near))

    def start(self) -> None:
        """Begin, with a thread for each direction."""
        self._faults.on_cut(self.cut)
        for way in self._ways:
            threading.Thread(target=way.run, name="pyrox-faults", daemon=True).start()

    def cut(self) -> None:
        """End both connections at once, as a broken cable would."""
        for end in self._ends:
            end.interrupt()

    def ended(self) -> None:
        """Take note of the end of one direction; behind the last one, clean up."""
        with self._lock:
            self._open -= 1
            if self._open:
                return
        self._faults.forget(self.cut)
        for end in self._ends:
            end.close()


class _Way:
    """One direction of a relay."""

    def __init__(
        self, relay: _Relay, towards: Towards, source: pyrox.Stream, target: pyrox.Stream
    ) -> None:
        self._relay = relay
        self._faults = relay._faults
        self._towards: Towards = towards
        self._source = source
        self._target = target
        self._sending = threading.Lock()
        self._held: list[Callable[[], None]] = []

    def run(self) -> None:
        """Hand on messages until the end."""
        try:
            while message := self._next():
                self._meet(message)
            self._let_go()
            self._target.end()
        except (OSError, pyrox.ProtocolError):
            self._relay.cut()  # one of the two is gone
        finally:
            self._relay.ended()

    def _next(self) -> bytearray:
        """Return the next message as it travels; what is no message is handed on as it comes."""
        message = bytearray()
        self._read(message, _HEADER_SIZE)
        if len(message) == _HEADER_SIZE and message.startswith(b"PYRO"):
            self._read(message, _HEADER_SIZE + sum(_SIZES.unpack_from(message, _SIZES_AT)))
        return message

    def _read(self, message: bytearray, size: int) -> None:
        while len(message) < size:
            data = self._source.recv(min(_CHUNK, size - len(message)))
            if not data:
                return
            message += data

    def _meet(self, message: bytearray) -> None:
        """Let a message meet the faults that are due."""
        kind = message[_TYPE_AT] if len(message) > _TYPE_AT else 0
        what = pyrox.MessageType.NAMES.get(kind, "something")
        overtaken = False
        for fault in self._faults.happening(self._towards, kind in _HANDSHAKES, what):
            if fault.kind == "delay":
                self._faults.healed.wait(fault.seconds)
            elif fault.kind == "drop":
                return
            elif fault.kind == "cut":
                if fault.keep:
                    self._send(message[: fault.keep])
                raise ConnectionResetError(errno.ECONNRESET, "cut")
            elif fault.kind == "corrupt" and -len(message) <= fault.at < len(message):
                message[fault.at] ^= 0xFF
            elif fault.kind == "reorder":
                overtaken = True
        if overtaken:
            self._hold(message)
        else:
            self._deliver(message)
            self._let_go()

    def _deliver(self, message: bytearray) -> None:
        self._faults.count(self._towards)  # first: who got an answer finds it counted
        self._send(message)

    def _send(self, data: bytearray) -> None:
        with self._sending:
            self._target.send([bytes(data)])

    def _hold(self, message: bytearray) -> None:
        """Keep a message until the next one has passed, or for a while where none comes."""
        once = threading.Lock()

        def release() -> None:
            if once.acquire(blocking=False):
                with contextlib.suppress(OSError):
                    self._deliver(message)

        timer = threading.Timer(HELD_FOR, release)
        timer.daemon = True
        timer.start()
        self._held.append(release)

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for release in held:
            release()
