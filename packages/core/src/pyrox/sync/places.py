"""What stands for a connected socket in URIs."""

from __future__ import annotations

import os
import socket

from ..values.uri import join_host_port

__all__ = ["CONNECTED_SOCKET", "place_of"]

CONNECTED_SOCKET = "<<connected-socket>>:0"
"""The location in the URI of an object that a proxy reaches over a given socket."""
_NAMELESS = "<<not-bound>>"


def place_of(sock: socket.socket) -> tuple[str, str]:
    """Return the transport and the location that stand for a connected socket in URIs."""
    name = sock.getsockname()
    if isinstance(name, tuple):
        return "tcp", join_host_port(*name[:2])
    path = os.fsdecode(name or _NAMELESS)
    return "unix", f"./u:{_NAMELESS if ':' in path else path}"
