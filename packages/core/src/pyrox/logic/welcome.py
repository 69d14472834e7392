"""What a daemon answers to a handshake: whether the client may come in, and what its object has."""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol

from ..access.control import AccessControl
from ..contracts.serializer import Codec
from ..errors import DaemonError, RemoteProtocolError
from ..objects.registry import Entry, Registry
from ..plugins import Plugins
from ..protocol.greeting import read_greeting
from ..values.context import Peer
from ..values.uri import DAEMON_ID
from ..wire.buffers import Payload
from ..wire.message import Message
from .daemon_object import DaemonObject, metadata

__all__ = ["Validating", "Verdict", "Welcome"]

_KNOWS_SETS = (1, 2, 3, 4)
"""The serializers of Pyro 5, which have a form for sets; others need not."""
_TOLD = ("methods", "oneway", "attrs", "idempotent")


class Verdict(Enum):
    """What becomes of a client that knocks."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    ASKED = "asked for a proof"


class Validating(Protocol):
    """What is asked of a daemon."""

    capabilities: frozenset[str]

    def validate_handshake(self, peer: Peer, data: Any) -> Any:
        """Return the answer to handshake data, None for the usual one; raise to refuse."""


class Welcome:
    """Answers the handshakes of one daemon."""

    def __init__(
        self,
        host: Validating,
        registry: Registry,
        plugins: Plugins,
        access: AccessControl,
    ) -> None:
        self._host = host
        self._access = access
        self._registry = registry
        self._validate = plugins.manager.hook.pyrox_validate_handshake
        self._validators = bool(self._validate.get_hookimpls())
        self._answers: dict[tuple[int, str, bool], tuple[Any, Payload]] = {}

    def answer(self, peer: Peer, request: Message, codec: Codec) -> Payload:
        """Return the payload that lets a client in; raises what refuses it."""
        hello = codec.loads(request.payload)
        if not isinstance(hello, dict):
            raise RemoteProtocolError("malformed handshake: a map was expected")
        data, object_id = hello["handshake"], hello["object"]
        read_greeting(request.annotations, peer, self._host.capabilities)
        self._access.identify(peer)
        answer = self._host.validate_handshake(peer, data)
        if answer is None and self._validators:
            answer = self._validate(peer=peer, data=data)
        self._access.admit(peer)
        if self._access.guards and object_id != DAEMON_ID:
            self._access.check(peer, str(object_id), [None])
        entry = self._registry.objects.get(object_id)
        if entry is None:
            told = self._registry.unknown(str(object_id)[:200])
            raise DaemonError(told if peer.is_pyrox else "unknown object")
        meta = self._programs_own(entry, peer)
        if answer is None and meta is None:
            return self._usual(entry, peer, codec)
        if meta is None:
            meta = metadata(entry, for_pyrox=peer.is_pyrox)
        return self._write("hello" if answer is None else answer, meta, codec)

    def _programs_own(self, entry: Entry, peer: Peer) -> dict[str, set[str]] | None:
        """Return what a daemon object of the program's own tells, where it has a say in that."""
        own = self._registry.objects.get(DAEMON_ID)
        if own is None or type(own.fixed).get_metadata is DaemonObject.get_metadata:
            return None
        told = own.fixed.get_metadata(entry.id)
        kinds = _TOLD if peer.is_pyrox else _TOLD[:3]
        return {kind: set(told[kind]) for kind in kinds if kind in told}

    def _usual(self, entry: Entry, peer: Peer, codec: Codec) -> Payload:
        key = (codec.id, entry.id, peer.is_pyrox)
        known = self._answers.get(key)
        if known is None or known[0] is not entry.names:
            meta = metadata(entry, for_pyrox=peer.is_pyrox)
            known = (entry.names, self._write("hello", meta, codec))
            self._answers[key] = known
        return known[1]

    def _write(self, answer: Any, meta: dict[str, set[str]], codec: Codec) -> Payload:
        shown: dict[str, Any] = dict(meta)
        if codec.id not in _KNOWS_SETS:
            shown = {kind: sorted(names) for kind, names in meta.items()}
        return codec.dumps({"handshake": answer, "meta": shown})
