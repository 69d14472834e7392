"""Pyro5's view of a connection, for programs that look at the socket below (reference 3.8)."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import pyrox

from .socketutil import SocketConnection
from .tlssocket import socket_of

__all__ = ["connection_of"]

_known: WeakKeyDictionary[pyrox.Peer, SocketConnection] = WeakKeyDictionary()


def connection_of(peer: pyrox.Peer, object_id: str | None = None) -> SocketConnection:
    """Return the connection with ``peer``, the same object each time."""
    connection = _known.get(peer)
    if connection is None:
        stream = peer.stream
        # It belongs to the proxy or daemon: forgetting this view of it must not close it.
        connection = SocketConnection(socket_of(stream), object_id, keep_open=True, stream=stream)
        connection.pyroInstances = peer.instances
        connection = _known.setdefault(peer, connection)
    return connection
