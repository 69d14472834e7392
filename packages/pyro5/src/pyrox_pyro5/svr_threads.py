"""The server of a daemon, by the name that Pyro5 has for it. Reference 6."""

import logging
from typing import Any

from .transport_server import TransportServer

__all__ = ["NoFreeWorkersError", "PoolError", "SocketServer_Threadpool"]

log = logging.getLogger("Pyro5.threadpoolserver")


class PoolError(Exception):
    """In Pyro5 the threads of a daemon are in a pool, which raises this. Here nothing does."""


class NoFreeWorkersError(PoolError):
    """Another one of those."""


PoolError.__module__ = NoFreeWorkersError.__module__ = "Pyro5.svr_threads"


class SocketServer_Threadpool(TransportServer):
    """Serves connections with a pool of threads."""

    noun = "workers"
    housekeeper: Any = None
    """In Pyro5 a thread, whose waiting time some programs change; the daemon needs none."""
