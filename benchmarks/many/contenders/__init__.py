"""Who is compared. Each contender is one file and imports its library only when asked to work."""

from __future__ import annotations

import importlib
from typing import Any

from .base import Announce, AsyncContender, Options, ThreadContender

__all__ = ["ASYNC", "THREADS", "Announce", "AsyncContender", "Options", "ThreadContender", "load"]

ASYNC = {"pyrox": "pyrox_aio", "floor": "floor_aio", "grpc": "grpc_aio"}
"""Those of the asyncio scenarios."""

THREADS = {
    "pyrox-threads": "pyrox_threads",
    "floor-threads": "floor_threads",
    "rpyc": "rpyc_threads",
}
"""Those whose clients are blocking."""


def load(name: str) -> Any:
    """Return the contender called ``name``."""
    module = {**ASYNC, **THREADS}[name]
    return importlib.import_module(f".{module}", __name__).contender
