"""A connection under TLS as Pyro5 shows it: a socket that can tell about its certificates."""

from __future__ import annotations

from typing import Any

__all__ = ["TlsSocket", "socket_of"]


class TlsSocket:
    """What ``ssl.SSLSocket`` is to a program, for a ``stream`` whose TLS pyrox does itself.

    What it sends and receives travels by TLS. All else is asked of TLS (``getpeercert``,
    ``cipher``, ``version`` and so on) or of the socket beneath (``getpeername``, ``fileno``).
    """

    def __init__(self, stream: Any, tls: Any) -> None:
        self._stream = stream
        self._tls = tls

    def getpeercert(self, binary_form: bool = False) -> Any:
        """Return the other side's certificate: as a dict, or as DER; None where it has none."""
        return self._tls.getpeercert(binary_form)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Return up to ``buflen`` bytes, none at the end. ``flags`` have to be 0."""
        _refuse(flags)
        return bytes(self._stream.recv(buflen))

    read = recv

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive into ``buffer``; return how many bytes that were. ``flags`` have to be 0."""
        _refuse(flags)
        view = memoryview(buffer).cast("B")
        return int(self._stream.recv_into(view[: nbytes or len(view)]))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of ``data``. ``flags`` have to be 0."""
        _refuse(flags)
        self._stream.send((data,))

    def send(self, data: Any, flags: int = 0) -> int:
        """Send all of ``data``; return how many bytes that were. ``flags`` have to be 0."""
        self.sendall(data, flags)
        return memoryview(data).nbytes

    write = send

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._stream.socket, name)
        except AttributeError:
            return getattr(self._tls, name)

    def __repr__(self) -> str:
        return f"<TlsSocket {self.version()} over {self._stream.socket!r}>"


def _refuse(flags: int) -> None:
    if flags:
        raise ValueError("flags are not allowed on a socket with TLS")


def socket_of(stream: Any) -> Any:
    """Return the socket that a stream of pyrox works on, as a program is to see it."""
    tls = getattr(getattr(stream, "layer", None), "tls", None)
    return getattr(stream, "socket", stream) if tls is None else TlsSocket(stream, tls)
