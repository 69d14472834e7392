"""What pyrox peers tell of themselves in the handshake, beyond what Pyro 5 does.

That is the annotation ``PYRX``: ``key=value`` pairs separated by ``;``. Pyro 5 passes it over, and
never sends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..values.context import Peer
from ..version import __version__

__all__ = ["CAPABILITY_ANNOTATION", "greeting", "read_greeting"]

CAPABILITY_ANNOTATION = "PYRX"

NONE: frozenset[str] = frozenset()
_MAX_GREETING = 4096


@lru_cache(maxsize=64)
def greeting(serializers: tuple[str, ...], capabilities: frozenset[str] = NONE) -> bytes:
    """Return what a pyrox peer says about itself in the handshake."""
    parts = {
        "pyrox": __version__,
        "capabilities": ",".join(sorted(capabilities)),
        "serializers": ",".join(serializers),
    }
    return ";".join(f"{key}={value}" for key, value in parts.items()).encode("ascii")


def read_greeting(
    annotations: Mapping[str, bytes] | None, peer: Peer, capabilities: frozenset[str] = NONE
) -> None:
    """Note in ``peer`` what it said about itself, as far as this side, too, is capable of it.

    Unknown keys are for later versions.
    """
    text = (annotations or {}).get(CAPABILITY_ANNOTATION)
    if text is None or len(text) > _MAX_GREETING:
        return
    told = _told(text)
    peer.is_pyrox = "pyrox" in told
    peer.software = _software(told.get("pyrox", ""))
    peer.capabilities = _common(capabilities, told.get("capabilities", ""))
    peer.serializers = _names(told.get("serializers", ""))


@lru_cache(maxsize=64)
def _told(text: bytes) -> Mapping[str, str]:
    pairs = (part.partition("=") for part in text.decode("ascii", "replace").split(";"))
    return {key: value for key, _, value in pairs}


@lru_cache(maxsize=64)
def _common(capabilities: frozenset[str], told: str) -> frozenset[str]:
    # One set for all peers that say the same: an idle connection is to cost little.
    return capabilities & frozenset(_names(told))


@lru_cache(maxsize=64)
def _software(version: str) -> str:
    return f"pyrox {version}".strip()


@lru_cache(maxsize=64)
def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)
