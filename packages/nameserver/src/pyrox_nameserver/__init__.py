"""The name server of pyrox: the server, its storages, and the resolver that asks it."""

from .broadcast import BroadcastResponder
from .cleaning import GRACE, PROBE_TIME, AutoCleaner
from .listing import pyro5_listing
from .memory import MemoryStorage
from .nameserver import NameServer
from .plugin import pyrox_register_command, pyrox_register_resolver, pyrox_register_storage
from .resolver import NameServerResolver, wait_for
from .server import NameServerDaemon, start_ns
from .sqlite import SqliteStorage
from .storage import open_storage

__all__ = [
    "GRACE",
    "PROBE_TIME",
    "AutoCleaner",
    "BroadcastResponder",
    "MemoryStorage",
    "NameServer",
    "NameServerDaemon",
    "NameServerResolver",
    "SqliteStorage",
    "open_storage",
    "pyro5_listing",
    "pyrox_register_command",
    "pyrox_register_resolver",
    "pyrox_register_storage",
    "start_ns",
    "wait_for",
]
