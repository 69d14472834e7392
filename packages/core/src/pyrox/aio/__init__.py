"""pyrox for asyncio: the same names, to be awaited."""

from ..logic.lending import by_reference
from .calls import Batch, ItemStream, PendingCall, RemoteMember
from .client import RemoteObject
from .daemon import Daemon
from .proxy import Proxy, connect, locate_ns, resolve, wait_for
from .serving import serve

__all__ = [
    "Batch",
    "Daemon",
    "ItemStream",
    "PendingCall",
    "Proxy",
    "RemoteMember",
    "RemoteObject",
    "by_reference",
    "connect",
    "locate_ns",
    "resolve",
    "serve",
    "wait_for",
]
