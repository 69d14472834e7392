"""What this distribution offers to pyrox."""

from __future__ import annotations

from pyrox import Command, Resolver, Storage, hookimpl

from .declarations import COMMANDS
from .memory import MemoryStorage
from .resolver import NameServerResolver
from .sqlite import SqliteStorage

__all__ = ["pyrox_register_command", "pyrox_register_resolver", "pyrox_register_storage"]


@hookimpl
def pyrox_register_resolver() -> Resolver:
    """Offer the resolver of PYRONAME and PYROMETA URIs."""
    return NameServerResolver()


@hookimpl
def pyrox_register_storage() -> list[Storage]:
    """Offer the storages that need nothing further."""
    return [MemoryStorage(), SqliteStorage()]


@hookimpl
def pyrox_register_command() -> list[Command]:
    """Offer ``pyrox ns`` and ``pyrox nsc``."""
    return list(COMMANDS)
