"""TLS as a layer on the bytes of any stream, by OpenSSL's own buffers in memory."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from pyrox import Layer

__all__ = ["TlsLayer"]


class TlsLayer(Layer):
    """One side of a TLS connection.

    A client names the ``host`` that the daemon's certificate has to be for, a daemon none.
    ``failed`` makes the exception to raise of OpenSSL's error and the first bytes that came.
    ``tls`` tells about the connection: version, cipher. ``check`` looks at it once the handshake
    is done, and raises where that is not enough. A client may take up a ``session`` that it had
    with the daemon before; what it needs for the next one is given to ``keep_session``.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        host: str | None,
        failed: Callable[[ssl.SSLError, bytes], Exception],
        *,
        check: Callable[[ssl.SSLObject], None] | None = None,
        session: ssl.SSLSession | None = None,
        keep_session: Callable[[ssl.SSLSession], None] | None = None,
    ) -> None:
        self._explain = failed
        self._check = check
        self._keep_session = keep_session
        self._is_server = host is None
        self._used = False
        self._received, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self._received,
            self.outgoing,
            server_side=host is None,
            server_hostname=host,
            session=session,
        )
        if host is not None:
            self._proceed()

    def feed(self, data: bytes) -> None:
        if data:
            self._received.write(data)
        else:
            self._received.write_eof()
        if not self.is_open:
            self._proceed()

    def _proceed(self) -> None:
        """Go on with the handshake."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        except ssl.SSLError as error:
            if self._is_server and isinstance(error, ssl.SSLEOFError):
                raise  # a client that changed its mind
            raise self._failure(error) from error
        if self._check is not None:
            self._check(self.tls)
        self.is_open = True

    def _failure(self, error: ssl.SSLError) -> Exception:
        if self._used and not self._is_server:
            return ConnectionResetError(errno.ECONNRESET, f"TLS failed: {error}")
        # Until then, it is to a daemon of TLS 1.3 that a client was not accepted: it says so late.
        return self._explain(error, self.heard)

    def read(self, size: int) -> bytes | None:
        data: bytes | None = self._read(size, None)
        return data

    def read_into(self, buffer: memoryview) -> int | None:
        count: int | None = self._read(len(buffer), buffer)
        return count

    def _read(self, size: int, buffer: memoryview | None) -> Any:
        """Return what was decrypted, or how much of it went into ``buffer``; None for nothing.

        The end of the stream is the end, with or without a goodbye: messages say how long they
        are, so that nothing can be cut off, and Pyro5 says none.
        """
        if not (self._received.pending or self._received.eof or self.tls.pending()):
            return None
        found: Any
        try:
            found = self.tls.read(size, buffer) if buffer is not None else self.tls.read(size)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            found = b"" if buffer is None else 0
        except ssl.SSLError as error:
            raise self._failure(error) from error
        if not found:
            # Whatever becomes of the connection below, this stays the end.
            self._received.write_eof()
        elif not self._used:
            self._used = True
            self._note_session()
        return found

    def _note_session(self) -> None:
        # By now it is there, in TLS 1.3 too: the daemon sends it before anything else.
        if self._keep_session is not None and (session := self.tls.session) is not None:
            self._keep_session(session)

    @property
    def pending(self) -> bool:
        return self._received.pending > 0 or self.tls.pending() > 0

    def write(self, data: memoryview) -> int:
        try:
            return self.tls.write(data)
        except ssl.SSLError as error:
            raise ConnectionResetError(errno.ECONNRESET, f"TLS failed: {error}") from error

    def say_goodbye(self) -> None:
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # the peer's own goodbye, which nobody waits for

    def peer_certificate(self) -> Mapping[str, Any] | None:
        return self.tls.getpeercert() or None
