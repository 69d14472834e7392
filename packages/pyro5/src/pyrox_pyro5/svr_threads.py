"""The server of a daemon, by the name that Pyro5 has for it. Reference 6."""

from typing import Any

from .transport_server import TransportServer

__all__ = ["SocketServer_Threadpool"]


class SocketServer_Threadpool(TransportServer):
    """Serves connections with a pool of threads."""

    noun = "workers"
    housekeeper: Any = None
    """In Pyro5 a thread, whose waiting time some programs change; the daemon needs none."""
