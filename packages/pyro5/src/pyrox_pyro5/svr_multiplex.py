"""The server of a daemon, by the name that Pyro5 has for it. Reference 6."""

import logging

from .transport_server import TransportServer

__all__ = ["SocketServer_Multiplex"]

log = logging.getLogger("Pyro5.multiplexserver")


class SocketServer_Multiplex(TransportServer):
    """Serves all connections in the thread that runs the loop."""
