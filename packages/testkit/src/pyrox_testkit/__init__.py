"""Conformance suites for plugins of pyrox, and faults for the tests of programs that use it.

The fixtures are in :mod:`pyrox_testkit.plugin`, which pytest finds by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Faults
    from .relay import FaultyTransport
    from .serializers import SerializerSuite
    from .storages import StorageSuite
    from .transports import TransportSuite

__all__ = ["Faults", "FaultyTransport", "SerializerSuite", "StorageSuite", "TransportSuite"]

_HOME = {
    "Faults": "faults",
    "FaultyTransport": "relay",
    "SerializerSuite": "serializers",
    "StorageSuite": "storages",
    "TransportSuite": "transports",
}


def __getattr__(name: str) -> Any:
    # Each is imported when it is asked for: pytest imports this in every test run.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)
