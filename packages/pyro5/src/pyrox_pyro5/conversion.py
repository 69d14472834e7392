"""How values travel under Pyro5's names: its URIs, proxies, daemons and errors (reference 1.18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyrox

from .translation import arrived
from .uri import URI

__all__ = ["Pyro5Converters", "converters", "receive_proxies_as"]


class Pyro5Converters(pyrox.Converters):
    """Converters with which everything arrives as Pyro5's own classes."""

    sends_slices = False

    def to_plain(self, value: Any) -> Any:
        return super().to_plain(value.native() if isinstance(value, URI) else value)

    def from_plain(self, values: dict[str, Any]) -> Any:
        value = super().from_plain(values)
        if isinstance(value, BaseException):
            return arrived(value)
        return URI.from_native(value) if isinstance(value, pyrox.URI) else value


converters = Pyro5Converters(pyrox.default_converters)
"""What every proxy and daemon under Pyro5's names works with."""


def receive_proxies_as(
    make_proxy: Callable[[pyrox.ObjectReference], Any],
    find_reference: Callable[[Any], pyrox.ObjectReference | None],
) -> None:
    """Say how a proxy is made of what arrived, and what stands for one that is sent."""
    converters.set_references(make_proxy, find_reference)
