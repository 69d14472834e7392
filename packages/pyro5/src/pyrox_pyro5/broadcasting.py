"""Pyro5's answers to who asks by broadcast for a name server (reference 3.9)."""

from __future__ import annotations

import threading
from typing import Any

import pyrox_nameserver

from .configure import global_config as config
from .uri import URI

__all__ = ["BroadcastServer"]


class BroadcastServer:
    """Answers who asks by UDP broadcast where the name server at ``nsUri`` is.

    In a thread of its own after :meth:`runInThread`, or in the loop of a multiplex daemon that it
    is combined with, or whenever :meth:`processRequest` is called.
    """

    def __init__(
        self, nsUri: URI | str, bchost: Any = None, bcport: int | None = None, ipv6: bool = False
    ) -> None:
        self.nsUri = URI(nsUri)
        host = config.NS_BCHOST if bchost is None else bchost
        self.responder = pyrox_nameserver.BroadcastResponder(
            self.nsUri.native(),
            str(host or ("::" if ipv6 else "")),
            config.NS_BCPORT if bcport is None else bcport,
        )

    @property
    def locationStr(self) -> str:
        """The address that it listens at."""
        return self.responder.location

    def getPort(self) -> int:
        """Return the UDP port that it listens at."""
        return int(self.locationStr.rpartition(":")[2])

    def fileno(self) -> int:
        """Return the descriptor that can be read when somebody asks."""
        return self.responder.fileno()

    def processRequest(self) -> None:
        """Answer one question, if there is any."""
        self.responder.handle_events()

    handle_events = processRequest

    def runInThread(self) -> threading.Thread | None:
        """Answer in a thread in the background; return the thread."""
        return self.responder.start().thread

    def close(self) -> None:
        """Stop answering."""
        self.responder.stop()

    def __enter__(self) -> BroadcastServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


BroadcastServer.__module__ = "Pyro5.nameserver"
