"""Objects that are to travel as proxies, without a daemon to be thought of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ..objects.registry import find_reference
from ..values.context import serving

__all__ = ["by_reference", "set_background"]

T = TypeVar("T")

_lent: set[_Lent] = set()
_background: list[Callable[[], Any]] = []


def by_reference(target: T) -> T:
    """Return ``target``, which travels as a proxy from now on: as argument, result, or inside one.

    In a remote method the daemon that serves the call serves it too, until the caller's connection
    ends. Elsewhere a daemon in a background thread does, on the address that the setting ``host``
    says, for as long as the program runs. What any daemon of this process serves already is left
    as it is. Only its exposed members can be used.
    """
    if find_reference(target) is not None:
        return target
    context = serving.get()
    if context is None:
        _background[0]().register(target)
        return target
    context.daemon.register(target)
    lent = _Lent(context.daemon, target)
    _lent.add(lent)
    context.connection.resources.add(lent)
    return target


def set_background(make: Callable[[], Any]) -> None:
    """Say who serves what is lent outside of remote methods: ``make()`` returns a daemon."""
    _background[:] = [make]


class _Lent:
    """An object that is served for one client, until its connection ends."""

    def __init__(self, daemon: Any, target: Any) -> None:
        self._daemon, self._target = daemon, target

    def close(self) -> None:
        """Serve it no longer."""
        _lent.discard(self)
        self._daemon.unregister(self._target)
