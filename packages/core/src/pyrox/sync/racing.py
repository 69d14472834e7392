"""Connecting to the first of several addresses that answers (RFC 8305, happy eyeballs)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Sequence
from typing import Any

from ..contracts.connecting import HEAD_START, Candidate

__all__ = ["connect_first"]

_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


def connect_first(
    candidates: Sequence[Candidate], timeout: float = 0.0
) -> tuple[socket.socket, Any]:
    """Return (socket, address) of the first of ``candidates`` that connects; the socket blocks.

    Each has a head start over the next one, which is begun as well when it fails or takes its
    time. Raises TimeoutError after ``timeout`` seconds (0: no bound), else the OSError of the last
    one that failed.
    """
    ends = time.monotonic() + timeout if timeout else 0.0
    waiting, trying = list(candidates), dict[socket.socket, Any]()
    problem: OSError = OSError(errno.EADDRNOTAVAIL, "the host has no address")
    winner: socket.socket | None = None
    try:
        while waiting or trying:
            if waiting:
                candidate = waiting.pop(0)
                sock = candidate.make()
                trying[sock] = candidate.address
                sock.setblocking(False)
                settled = [(sock, sock.connect_ex(candidate.address))]
                if settled[0][1] in _UNDER_WAY:
                    settled = _settled(trying, HEAD_START if waiting else None, ends)
            else:
                settled = _settled(trying, None, ends)
            for sock, code in settled:
                if not code:
                    winner = sock
                    sock.setblocking(True)
                    return sock, trying[sock]
                problem = OSError(code, os.strerror(code))
                del trying[sock]
                sock.close()
        raise problem
    finally:
        for sock in trying:
            if sock is not winner:
                sock.close()


def _settled(
    trying: dict[socket.socket, Any], patience: float | None, ends: float
) -> list[tuple[socket.socket, int]]:
    """Wait for connections that are made or have failed: (socket, error code, 0 for none).

    After ``patience`` seconds there may be none. TimeoutError at the instant ``ends``.
    """
    if ends:
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError(errno.ETIMEDOUT, "no answer in time")
        patience = left if patience is None else min(patience, left)
    with selectors.DefaultSelector() as selector:
        for sock in trying:
            selector.register(sock, selectors.EVENT_WRITE)
        ready = [key.fileobj for key, _ in selector.select(patience)]
    return [
        (sock, sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        for sock in ready
        if isinstance(sock, socket.socket)
    ]
