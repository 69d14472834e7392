"""Opening a storage by what users write for it; the contract is pyrox.Storage."""

from __future__ import annotations

from collections.abc import Mapping

from pyrox import NameTable, PluginError, Storage

__all__ = ["open_storage"]

_OTHER_NAMES = {"sql": "sqlite"}
"""What Pyro 5 calls a storage, where pyrox has another name for it."""


def open_storage(text: str, storages: Mapping[str, Storage]) -> NameTable:
    """Open the storage that is written as ``name`` or ``name:location``.

    Raises PluginError for an unknown name, and what :meth:`Storage.open` raises.
    """
    name, _, location = text.partition(":")
    storage = storages.get(_OTHER_NAMES.get(name, name))
    if storage is None:
        installed = ", ".join(sorted(storages)) or "none"
        raise PluginError(
            f"no storage {name!r} here (installed: {installed}); write memory, or sqlite:FILE "
            f"for one that lasts, or install the distribution that offers {name!r}"
        )
    return storage.open(location)
