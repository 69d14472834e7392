"""Converters for asyncio: what others know, with references that arrive as proxies to await."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..contracts.converters import Converters, default_converters
from ..logic.proxy_base import find_reference
from ..values.reference import ObjectReference

__all__ = ["converters_for", "own_converters_for", "set_proxy_maker"]

_KEY = "pyrox.aio"
_makers: list[Callable[[ObjectReference], Any]] = []


def set_proxy_maker(make_proxy: Callable[[ObjectReference], Any]) -> None:
    """Say what references become; called once, by the module that has the proxies."""
    _makers.append(make_proxy)


def converters_for(converters: Converters | None) -> Converters:
    """Return converters that know what ``converters`` know, by default the process-wide ones."""
    parent = default_converters if converters is None else converters
    known: Converters | None = parent.cache.get(_KEY)
    if known is None:
        known = Converters(parent)
        known.set_references(lambda reference: _makers[0](reference), find_reference)
        known.cache[_KEY] = known
        parent.cache[_KEY] = known
    return known


def own_converters_for(converters: Converters | None) -> Converters:
    """Return the same, but for nobody else where none were given."""
    known = converters_for(converters)
    return known.child() if converters is None else known
