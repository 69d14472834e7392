"""Which serializers a side accepts, and which one two sides take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..contracts.serializer import Serializer
from ..errors import PluginError, SerializeError
from ..plugins import Plugins
from ..values.config import Config
from ..values.context import CallContext
from .greeting import CAPABILITY_ANNOTATION, greeting, read_greeting

__all__ = ["AUTO", "accepted", "choose", "for_handshake", "introduce"]

AUTO = "auto"
_PYRO5_READS = ("serpent", "json")


def accepted(config: Config, plugins: Plugins) -> dict[int, Serializer]:
    """Return the serializers that a daemon reads, by wire id, best first."""
    allowed = config.serializers
    chosen = [plugins.serializer(name) for name in allowed] if allowed else plugins.ranked
    known = plugins.serializers_by_id
    return {serializer.id: known[serializer.id] for serializer in chosen}


def for_handshake(wanted: str, data: object, plugins: Plugins) -> Serializer:
    """Return the serializer to say hello with, to a peer of which nothing is known yet.

    Every Pyro 5 peer reads serpent and json; json is the quicker one for plain text.
    """
    if wanted != AUTO:
        return plugins.serializer(wanted)
    order = ("json", "serpent") if isinstance(data, str) else ("serpent", "json")
    for name in order:
        if name in plugins.serializers:
            return plugins.serializers[name]
    if plugins.ranked:
        return plugins.ranked[0]
    raise PluginError(
        'no serializer is installed; pip install "pyrox-core[standard]", '
        "or one of pyrox-msgpack, pyrox-serpent, pyrox-json"
    )


class Introduced(Protocol):
    """What there is to say of a daemon."""

    config: Config
    plugins: Plugins
    capabilities: frozenset[str]


def introduce(context: CallContext, host: Introduced) -> None:
    """Let the peers of a connection without a handshake get to know each other.

    A pyrox peer says who it is in the first call that it makes; the answer says the same of us.
    """
    if CAPABILITY_ANNOTATION in context.annotations:
        read_greeting(context.annotations, context.peer, host.capabilities)
        names = tuple(
            serializer.name for serializer in accepted(host.config, host.plugins).values()
        )
        context.response_annotations[CAPABILITY_ANNOTATION] = greeting(names, host.capabilities)


def choose(wanted: str, announced: Iterable[str], plugins: Plugins) -> Serializer:
    """Return the serializer for the calls: the one wanted, else the best that both have.

    ``announced`` are those of a pyrox peer; a Pyro 5 peer announces none and gets its own
    default, serpent, or json. Raises SerializeError where there is no common one.
    """
    if wanted != AUTO:
        return plugins.serializer(wanted)
    names = tuple(announced) or _PYRO5_READS
    for serializer in plugins.ranked:
        if serializer.name in names:
            return serializer
    here = ", ".join(sorted(plugins.serializers)) or "none"
    raise SerializeError(
        f"no serializer in common: here {here}; there {', '.join(sorted(names))}. "
        f"pip install pyrox-{min(names)}"
    )
