"""Telling where the name server is, to whoever asks the whole network by UDP broadcast.

A datagram ``GET_NSURI`` is answered with the text of the name server's URI; anything else is
passed over. Nothing proves who asks or who answers: this is for networks that are trusted.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import selectors
import socket
import threading

from pyrox import URI, join_host_port

__all__ = ["QUESTION", "BroadcastResponder", "answer_for", "reachable_by_broadcast"]

log = logging.getLogger("pyrox.nameserver")

QUESTION = b"GET_NSURI"
_ENCODING = "iso-8859-1"
_LONGEST = 100


def reachable_by_broadcast(uri: URI) -> bool:
    """Tell whether others can reach ``uri``, and over the IPv4 that broadcasts are made with."""
    host = uri.host
    return bool(host) and ":" not in str(host) and not _is_loopback(str(host))


def answer_for(uri: URI, asker: str) -> URI | None:
    """Return the URI to tell to the address ``asker``, or None where none would help it.

    A server that listens on all interfaces is told by the address of the one that leads there.
    """
    host, port = uri.host, uri.port
    if host is None or port is None:
        return None
    if host in ("", "0.0.0.0"):
        host = _interface_to(asker)
    if _is_loopback(host) and not _is_loopback(asker):
        return None
    return URI.of(uri.object, join_host_port(host, port), uri.transport)


class BroadcastResponder:
    """Answers broadcasts for the name server at ``uri``.

    Once it is started it does so in a thread of its own; or it is served by somebody's event
    loop, such as that of a multiplex daemon: ``daemon.combine(responder)``. ``host`` is the address
    to listen on (empty for all), ``port`` the UDP port; ``location`` says both once it listens.
    Raises OSError where it cannot.
    """

    def __init__(self, uri: URI, host: str = "", port: int = 0) -> None:
        self.uri = uri
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            self._socket.bind((host, port))
            self._socket.setblocking(False)
        except OSError as error:
            self._socket.close()
            where = join_host_port(host or "0.0.0.0", port)
            raise type(error)(
                error.errno, f"cannot answer broadcasts on UDP {where}: {error.strerror or error}"
            ) from error
        self.location = join_host_port(*self._socket.getsockname()[:2])
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None

    def start(self) -> BroadcastResponder:
        """Begin to answer."""
        self._thread = threading.Thread(target=self._serve, name="pyrox-broadcast", daemon=True)
        self._thread.start()
        return self

    @property
    def thread(self) -> threading.Thread | None:
        """The thread in which it answers, once it is started."""
        return self._thread

    def fileno(self) -> int:
        """Return a descriptor for an event loop; see :meth:`handle_events`."""
        return self._socket.fileno()

    def handle_events(self) -> None:
        """Answer what is waiting, at most one datagram; to be called when it can be read."""
        # Whatever comes or fails, it is one datagram's: the next one may be all right.
        with contextlib.suppress(OSError):
            self._answer_one()

    def stop(self) -> None:
        """Stop answering, and close the socket; stopping again does nothing."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._wake.close()
        if self._thread is not None:
            self._thread.join()
        self._woken.close()
        self._socket.close()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._socket, selectors.EVENT_READ)
            waiting.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                waiting.select()
                self.handle_events()

    def _answer_one(self) -> None:
        try:
            data, asker = self._socket.recvfrom(_LONGEST)
        except BlockingIOError:
            return
        if data != QUESTION:
            log.debug("passed over a datagram of %d bytes from %s", len(data), asker)
            return
        answer = answer_for(self.uri, asker[0])
        if answer is None:
            log.info("%s asked for a name server, but cannot reach %s", asker[0], self.uri)
            return
        log.debug("%s asked for a name server, told %s", asker[0], answer)
        self._socket.sendto(str(answer).encode(_ENCODING, "replace"), asker)

    def __enter__(self) -> BroadcastResponder:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        # Some systems have their own name stand for 127.0.1.1.
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except (OSError, ValueError):
        return host == "localhost"


def _interface_to(asker: str) -> str:
    """Return our address on the way to ``asker``; connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((asker, 9))
        host: str = probe.getsockname()[0]
        return host
