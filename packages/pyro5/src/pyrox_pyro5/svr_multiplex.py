"""The server of a daemon, by the name that Pyro5 has for it. Reference 6."""

from .transport_server import TransportServer

__all__ = ["SocketServer_Multiplex"]


class SocketServer_Multiplex(TransportServer):
    """Serves all connections in the thread that runs the loop."""
