"""Connections that log every message, for the setting ``log_wire``.

They are another kind of connection, chosen when one is made, so that the others do not even ask.
What is logged has the arguments and results of the calls in it, passwords and all.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ..values.config import Config
from ..values.context import Peer
from ..wire.buffers import Buffer, Payload, Pieces
from ..wire.message import HEADER_SIZE, Message, MessageType, decode_header
from .connection import ServerConnection
from .mux import MuxClientConnection

__all__ = ["new_mux_connection", "new_server_connection"]

log = logging.getLogger("pyrox.wire")

_SHOWN = 1000
"""How many bytes of a message are shown."""


def new_server_connection(peer: Peer, config: Config) -> ServerConnection:
    """Return the daemon's side of a new connection."""
    kind = _LoggedServerConnection if config.log_wire else ServerConnection
    return kind(peer, config.max_message_size, config.compression)


def new_mux_connection(peer: Peer, config: Config, sequence: int) -> MuxClientConnection[Any]:
    """Return the proxy's side of a new connection for many calls at once."""
    kind = _LoggedMuxConnection if config.log_wire else MuxClientConnection
    return kind(peer, config.max_message_size, config.compression, sequence)


class _LoggedServerConnection(ServerConnection):
    __slots__ = ()

    def plain_request(self, data: bytes) -> None:
        return None

    def check(self, messages: list[Message]) -> list[Message]:
        _log_received(self.peer, messages)
        return super().check(messages)

    def reply(
        self,
        request: Message,
        payload: Payload,
        flags: int = 0,
        annotations: Mapping[str, Buffer] | None = None,
    ) -> tuple[Buffer, ...]:
        return _log_sent(self.peer, super().reply(request, payload, flags, annotations))

    def answer(
        self,
        type: int,
        request: Message,
        payload: Payload,
        flags: int,
        annotations: Mapping[str, Buffer] | None,
    ) -> tuple[Buffer, ...]:
        return _log_sent(self.peer, super().answer(type, request, payload, flags, annotations))

    def refusal(self, reason: str) -> tuple[Buffer, ...]:
        return _log_sent(self.peer, super().refusal(reason))


class _LoggedMuxConnection(MuxClientConnection[Any]):
    __slots__ = ()

    def plain_answer(self, data: bytes, serializer_id: int) -> None:
        return None

    def connect(
        self,
        payload: Payload,
        serializer_id: int,
        annotations: Mapping[str, Buffer] | None = None,
        correlation_id: bytes | None = None,
    ) -> tuple[Buffer, ...]:
        buffers = super().connect(payload, serializer_id, annotations, correlation_id)
        return _log_sent(self.peer, buffers)

    def numbered(
        self,
        number: int,
        payload: Payload,
        serializer_id: int,
        flags: int = 0,
        annotations: Mapping[str, Buffer] | None = None,
        correlation_id: bytes | None = None,
        time_left: int = 0,
    ) -> tuple[Buffer, ...]:
        buffers = super().numbered(
            number, payload, serializer_id, flags, annotations, correlation_id, time_left
        )
        return _log_sent(self.peer, buffers)

    def match(self, messages: Sequence[Message]) -> list[tuple[Any, Message]]:
        _log_received(self.peer, messages)
        return super().match(messages)


def _log_received(peer: Peer, messages: Sequence[Message]) -> None:
    if not log.isEnabledFor(logging.DEBUG):
        return
    for message in messages:
        _log(
            "received from",
            peer,
            message.type,
            message.flags,
            message.serializer_id,
            message.sequence,
            message.correlation_id,
            f"annotations {sorted(message.annotations or ())}",
            len(message.payload),
            _beginning(message.payload),
        )


def _beginning(payload: Payload) -> bytes:
    shown = payload.buffers[0] if isinstance(payload, Pieces) else payload
    return bytes(shown[:_SHOWN])


def _log_sent(peer: Peer, buffers: tuple[Buffer, ...]) -> tuple[Buffer, ...]:
    if log.isEnabledFor(logging.DEBUG):
        header = decode_header(buffers[0])
        start = HEADER_SIZE + header.annotations_size
        beginning = b"".join(bytes(buffer[: start + _SHOWN]) for buffer in buffers[:2])
        _log(
            "sent to",
            peer,
            header.type,
            header.flags,
            header.serializer_id,
            header.sequence,
            header.correlation_id,
            f"{header.annotations_size} bytes of annotations",
            header.payload_size,
            beginning[start : start + _SHOWN],
        )
    return buffers


def _log(
    way: str,
    peer: Peer,
    kind: int,
    flags: int,
    serializer_id: int,
    sequence: int,
    correlation_id: bytes | None,
    annotations: str,
    size: int,
    beginning: bytes,
) -> None:
    log.debug(
        "%s %s: %s flags=0x%02x serializer=%d sequence=%d correlation=%s, %s, %d bytes: %r",
        way,
        peer,
        MessageType.NAMES.get(kind, kind),
        flags,
        serializer_id,
        sequence,
        correlation_id.hex() if correlation_id and any(correlation_id) else None,
        annotations,
        size,
        beginning,
    )
