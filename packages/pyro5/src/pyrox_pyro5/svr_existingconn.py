"""The server of a daemon, by the name that Pyro5 has for it. Reference 6."""

import logging

from .transport_server import TransportServer

__all__ = ["SocketServer_ExistingConnection"]

log = logging.getLogger("Pyro5.existingconnectionserver")


class SocketServer_ExistingConnection(TransportServer):
    """Serves the one connection that the program gave the daemon."""
