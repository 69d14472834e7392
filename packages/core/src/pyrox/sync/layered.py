"""A stream over another one, with a layer between them (see :class:`pyrox.Layer`).

Rules of this file:

- ``_lock`` is held for each step of the layer, which only computes, and never while waiting. So
  one thread may receive while another sends.
- Encoded bytes leave in the order in which they were made: ``_sending`` is held by whoever sends.
- What a daemon hears is shaken hands with piece by piece, whenever there is something to receive:
  a client that says nothing costs no more than its connection.
- Encoded bytes are received when what was received before is used up, and made when what was made
  before is sent: both stay within about ``CHUNK``.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any, NoReturn

from ..contracts.connecting import Until
from ..contracts.layer import Layer
from ..contracts.transport import Stream
from ..errors import ProtocolError, PyroxError, RemoteProtocolError
from ..wire.buffers import Buffer

__all__ = ["LayeredStream"]

CHUNK = 64 * 1024
"""How many bytes to receive at once, and to encode before they are sent."""
SHORT = 16 * 1024
"""Up to how many bytes are encoded and sent at one go."""
_PLAIN = b"PYRO"
_NOTHING = memoryview(b"")


class LayeredStream(Stream):
    """A stream over ``inner``, by a ``layer``.

    It is a daemon's side, unless :meth:`shake_hands` makes it a client's.
    """

    def __init__(self, inner: Stream, layer: Layer) -> None:
        self._inner = inner
        self.layer = layer
        self._outgoing = layer.outgoing
        self.peer_address = inner.peer_address
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._is_server = True
        self._failed = False
        self._at_end = False
        self._talks_plainly = False
        self._said_goodbye = False
        self._unsent = _NOTHING
        self._promised = 0
        self._timeouts = (0.0, 0.0)

    @property
    def socket(self) -> Any:
        """The socket beneath, to look at: what travels on it is encoded."""
        return getattr(self._inner, "socket", None)

    # The handshake

    def shake_hands(self, timeout: float) -> None:
        """As a client, agree with a daemon on how to go on, in ``timeout`` seconds (0: no bound).

        Raises what the layer raises, BlockingIOError where it takes too long, and another OSError
        where the connection is lost.
        """
        self._is_server = False
        ends = time.monotonic() + timeout if timeout else 0.0
        self.set_timeouts(timeout, timeout)
        self._send_all(ends)
        while not self.layer.is_open:
            self._limit_receiving(ends)
            data = self._inner.recv(CHUNK)
            try:
                self._feed(data)
            finally:
                self._send_all(ends)
        self.set_timeouts(timeout, timeout)

    def shaking_hands(self) -> Generator[Until, None, None]:
        """Do the same in steps, without blocking."""
        self._is_server = False
        while True:
            sent = self._send_if_possible()
            if sent and self.layer.is_open:
                return
            if not sent:
                yield Until(self.fileno(), write=True)
                continue
            try:
                data = self._inner.recv_nowait(CHUNK)
            except BlockingIOError:
                yield Until(self.fileno(), write=False)
                continue
            try:
                self._feed(data)
            finally:
                self._send_if_possible()

    def _feed(self, data: bytes) -> None:
        """Let the layer take in what the inner stream received."""
        layer = self.layer
        with self._lock:
            if not layer.is_open and len(layer.heard) < 8:
                layer.heard += data[:8]
            try:
                layer.feed(data)
                if not (data or layer.is_open):
                    raise ConnectionResetError(errno.ECONNRESET, "closed during the handshake")
                if self._is_server and not layer.is_open and layer.heard.startswith(_PLAIN):
                    raise ValueError("that is Pyro's own protocol")
            except BaseException as error:
                self._fail(error)

    def _fail(self, error: BaseException) -> NoReturn:
        """Raise what the layer raised, or what to make of it. The lock is held."""
        self._failed = True
        known = isinstance(error, OSError | PyroxError) or not isinstance(error, Exception)
        if (
            self._is_server
            and not self.layer.is_open
            and self.layer.heard.startswith(_PLAIN)
            and not isinstance(error, OSError)
        ):
            # A client without the layer can read why it is refused, and nothing that is encoded.
            self._outgoing.read()
            self._talks_plainly = True
            if not known:
                raise RemoteProtocolError(
                    "the client speaks Pyro's protocol alone, and this daemon another one beneath "
                    "it; use the URI that the daemon gives"
                ) from error
        if known:
            raise error
        raise RemoteProtocolError(f"the peer does not keep to the protocol: {error}") from error

    # Receiving

    def recv(self, size: int) -> bytes:
        data: bytes | None = None
        if self._is_at_rest and not self.layer.pending:
            data = self._take(self._inner.recv(CHUNK), size)  # one whole piece, as nearly always
        if data is None:
            data = self._read(size, None)
        if data is None:
            data = self._wait_and_read(size, None)
        return data

    @property
    def _is_at_rest(self) -> bool:
        """Whether the handshake is done, nothing waits to be sent, and more may come."""
        return (
            self.layer.is_open
            and not (self._failed or self._at_end)
            and not self._unsent
            and not self._outgoing.pending
        )

    def _take(self, data: bytes, size: int) -> bytes | None:
        """Let the layer take in what came, and return what that gives; None for nothing whole."""
        layer = self.layer
        with self._lock:
            try:
                layer.feed(data)
                found = layer.read(size)
            except BaseException as error:
                self._fail(error)
        if found == b"":
            self._at_end = True
        if self._outgoing.pending:
            self._send_if_possible()
        return found

    def recv_into(self, buffer: memoryview) -> int:
        count: int | None = self._read(len(buffer), buffer)
        if count is None:
            count = self._wait_and_read(len(buffer), buffer)
        return count

    def recv_nowait(self, size: int) -> bytes:
        if self._failed:
            return self._inner.recv_nowait(size) if self._is_server else self._lost()
        found: bytes | None = None
        if self._is_at_rest and not self.layer.pending:
            found = self._take(self._inner.recv_nowait(CHUNK), size)
            if found is None:
                raise BlockingIOError(errno.EAGAIN, "nothing whole has come yet")
            return found
        data: bytes = self._read_nowait(size, None)
        return data

    def recv_into_nowait(self, buffer: memoryview) -> int:
        count: int = self._read_nowait(len(buffer), buffer)
        return count

    def _read(self, size: int, buffer: memoryview | None) -> Any:
        """Return what has come, or how much of it went into ``buffer``; None for nothing."""
        layer = self.layer
        with self._lock:
            if not layer.is_open:
                return self._lost() if self._failed else None
            try:
                found = layer.read(size) if buffer is None else layer.read_into(buffer)
            except BaseException as error:
                self._fail(error)
        if not found and found is not None:
            self._at_end = True
        return found

    def _wait_and_read(self, size: int, buffer: memoryview | None) -> Any:
        limit = self._timeouts[0]
        ends = time.monotonic() + limit if limit else 0.0
        while True:
            self._send_if_possible()
            data = self._inner.recv(CHUNK)
            try:
                self._feed(data)
                found = self._read(size, buffer)
            finally:
                self._send_if_possible()
            if found is not None:
                if ends:
                    self._inner.set_timeouts(*self._timeouts)
                return found
            # A peer that sends a little now and then must not make it last for ever.
            self._limit_receiving(ends)

    def _read_nowait(self, size: int, buffer: memoryview | None) -> Any:
        try:
            found = self._read(size, buffer)
            if found is None:
                # Once: a client that sends all the time must not keep the others waiting.
                self._feed(self._inner.recv_nowait(CHUNK))
                found = self._read(size, buffer)
        finally:
            self._send_if_possible()
        if found is None:
            raise BlockingIOError(errno.EAGAIN, "nothing whole has come yet")
        return found

    def pending(self) -> bool:
        return self.layer.is_open and not self._failed and self.layer.pending

    def waits_to_send(self, sending: bool) -> bool:
        if self._unsent or self._outgoing.pending:
            return True
        return sending and (self.layer.is_open or self._failed)

    # Sending

    def send(self, buffers: Sequence[Buffer]) -> None:
        limit = self._timeouts[1]
        ends = time.monotonic() + limit if limit else 0.0
        with self._sending:
            for buffer in buffers:
                rest = memoryview(buffer).cast("B")
                while rest:
                    rest = self._encode(rest)
                    if self._outgoing.pending >= CHUNK:
                        self._flush(ends)
            self._flush(ends)
        if ends:
            self._inner.set_timeouts(*self._timeouts)

    def send_small(self, data: Buffer) -> None:
        with self._sending:
            encoded = self._encode_small(data) if self._is_at_rest else None
            if encoded is not None:
                self._inner.send_small(encoded)
                return
        self.send((data,))

    def _encode_small(self, data: Buffer) -> bytes | None:
        """Return what travels in place of ``data``; None where that is not short."""
        if len(data) > SHORT:
            return None
        rest = memoryview(data)
        with self._lock:
            try:
                while rest:
                    rest = rest[self.layer.write(rest) :]
                return self._outgoing.read()
            except BaseException as error:
                self._fail(error)

    def _send_all(self, ends: float) -> None:
        with self._sending:
            self._flush(ends)

    def _flush(self, ends: float) -> None:
        """Send all that is encoded, until the instant ``ends`` at the latest."""
        while self._outgoing.pending or self._unsent:
            if ends:
                self._inner.set_timeouts(self._timeouts[0], _left(ends))
            self._inner.send([self._next_encoded()])
            self._unsent = _NOTHING

    def send_nowait(self, buffers: Sequence[Buffer]) -> int:
        if not (self.layer.is_open or self._failed):
            self._go_on_nowait()
        if self._failed:
            return self._send_last_words(buffers)
        with self._sending:
            if not self._promised and len(buffers) == 1 and self._is_at_rest:
                encoded = self._encode_small(buffers[0])
                if encoded is not None:
                    self._unsent, self._promised = memoryview(encoded), len(buffers[0])
                    return self._settle()
            if not self._promised:
                if not self._flush_nowait():
                    raise BlockingIOError(errno.EAGAIN, "what was sent before has not been taken")
                self._promised = self._encode_some(buffers)
            return self._settle()

    def _settle(self) -> int:
        """Send encoded bytes; return for how many bytes that counts of those that were encoded.

        All of them count once all of it is sent. As long as some is left, fewer do, so that the
        sender goes on: the next ones to be sent are those that are encoded already.
        """
        before = len(self._unsent) + self._outgoing.pending
        if self._flush_nowait():
            count, self._promised = self._promised, 0
            return count
        left = len(self._unsent) + self._outgoing.pending
        count = min(before - left, self._promised - 1)
        if count <= 0:
            raise BlockingIOError(errno.EAGAIN, "the peer takes nothing for now")
        self._promised -= count
        return count

    def _encode_some(self, buffers: Sequence[Buffer]) -> int:
        count = 0
        for buffer in buffers:
            rest = memoryview(buffer).cast("B")
            while rest and self._outgoing.pending < CHUNK:
                before = len(rest)
                rest = self._encode(rest)
                count += before - len(rest)
            if rest:
                break
        return count

    def _encode(self, data: memoryview) -> memoryview:
        """Let the layer encode the beginning of ``data``; return the rest."""
        with self._lock:
            if not self.layer.is_open:
                raise ConnectionResetError(errno.ECONNRESET, "the handshake was not done")
            try:
                return data[self.layer.write(data[:CHUNK]) :]
            except BaseException as error:
                self._fail(error)

    def _send_last_words(self, buffers: Sequence[Buffer]) -> int:
        """Tell a client why it is refused, if it can read that: the layer has told the others."""
        if not self._is_server:
            self._lost()
        if self._talks_plainly:
            return self._inner.send_nowait(buffers)
        self._send_if_possible()
        return sum(len(buffer) for buffer in buffers)

    def _go_on_nowait(self) -> None:
        """Go on with the handshake of a client that something is to be said to."""
        try:
            self._feed(self._inner.recv_nowait(CHUNK))
        except ProtocolError:
            return  # all that the client has to be told is on its way
        finally:
            self._send_if_possible()
        if not self.layer.is_open:
            raise BlockingIOError(errno.EAGAIN, "the handshake is not done yet")

    def _send_if_possible(self) -> bool:
        """Send what the layer itself has to say; True where nothing is left of it.

        A lost connection is no matter here: whoever receives or sends will find out.
        """
        while self._outgoing.pending or self._unsent:
            if not self._sending.acquire(blocking=False):
                return False  # whoever sends something now sends this as well
            try:
                if not self._flush_nowait():
                    return False
            except OSError:
                self._unsent = _NOTHING
                return True
            finally:
                self._sending.release()
        return True

    def _flush_nowait(self) -> bool:
        while self._outgoing.pending or self._unsent:
            try:
                sent = self._inner.send_nowait([self._next_encoded()])
            except BlockingIOError:
                return False
            self._unsent = self._unsent[sent:]
        return True

    def _next_encoded(self) -> memoryview:
        if not self._unsent:
            with self._lock:
                self._unsent = memoryview(self._outgoing.read())
        return self._unsent

    # The rest

    def peer_certificate(self) -> Mapping[str, Any] | None:
        return self.layer.peer_certificate() if self.layer.is_open else None

    def set_timeouts(self, receive: float, send: float) -> None:
        self._timeouts = (receive, send)
        self._inner.set_timeouts(receive, send)

    def _limit_receiving(self, ends: float) -> None:
        if ends:
            self._inner.set_timeouts(_left(ends), self._timeouts[1])

    def _lost(self) -> Any:
        raise ConnectionResetError(errno.ECONNRESET, "this connection has failed before")

    def fileno(self) -> int:
        return self._inner.fileno()

    def end(self) -> None:
        self._say_goodbye()
        if self._send_if_possible():
            self._inner.end()

    def interrupt(self) -> None:
        self._inner.interrupt()

    def abandon(self) -> None:
        self._inner.abandon()

    def close(self) -> None:
        self._say_goodbye()
        self._send_if_possible()
        self._inner.close()

    def _say_goodbye(self) -> None:
        if self._said_goodbye or self._failed or not self.layer.is_open:
            return
        # Not where another thread is at it: it will find the connection closed.
        if self._lock.acquire(blocking=False):
            try:
                self._said_goodbye = True
                self.layer.say_goodbye()
            except Exception:
                self._failed = True  # the peer had more to say, which nobody wants to know now
            finally:
                self._lock.release()


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise BlockingIOError(errno.EAGAIN, "the peer takes too long")
    return left
