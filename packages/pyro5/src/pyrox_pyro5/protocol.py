"""Messages of the Pyro protocol, for programs that speak it by hand (reference 1.1 to 1.10)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pyrox
from pyrox.wire.message import (
    HEADER_SIZE,
    build,
    check_prefix,
    decode_header,
    encode,
)

from .callcontext import current_context
from .configure import global_config as config
from .errors import ProtocolError
from .translation import pyro5_errors

__all__ = [
    "FLAGS_BATCH",
    "FLAGS_COMPRESSED",
    "FLAGS_CORR_ID",
    "FLAGS_EXCEPTION",
    "FLAGS_ITEMSTREAMRESULT",
    "FLAGS_KEEPSERIALIZED",
    "FLAGS_ONEWAY",
    "MSG_CONNECT",
    "MSG_CONNECTFAIL",
    "MSG_CONNECTOK",
    "MSG_INVOKE",
    "MSG_PING",
    "MSG_RESULT",
    "PROTOCOL_VERSION",
    "ReceivingMessage",
    "SendingMessage",
    "log_wiredata",
    "recv_stub",
]

log = logging.getLogger("Pyro5.protocol")

PROTOCOL_VERSION = pyrox.PROTOCOL_VERSION
MSG_CONNECT = pyrox.MessageType.CONNECT
MSG_CONNECTOK = pyrox.MessageType.CONNECTOK
MSG_CONNECTFAIL = pyrox.MessageType.CONNECTFAIL
MSG_INVOKE = pyrox.MessageType.INVOKE
MSG_RESULT = pyrox.MessageType.RESULT
MSG_PING = pyrox.MessageType.PING
FLAGS_EXCEPTION = pyrox.Flags.EXCEPTION
FLAGS_COMPRESSED = pyrox.Flags.COMPRESSED
FLAGS_ONEWAY = pyrox.Flags.ONEWAY
FLAGS_BATCH = pyrox.Flags.BATCH
FLAGS_ITEMSTREAMRESULT = pyrox.Flags.ITEM_STREAM
FLAGS_KEEPSERIALIZED = pyrox.Flags.KEEP_SERIALIZED
FLAGS_CORR_ID = pyrox.Flags.CORRELATION_ID

_NO_SERIALIZER = 42
_NO_ID = bytes(16)


class SendingMessage:
    """A message to send; ``data`` is all of it, as it goes out.

    The correlation id is the current context's; COMPRESSION and MAX_MESSAGE_SIZE apply. Raises
    ProtocolError for annotations that cannot travel, MessageTooLargeError over the limit.
    """

    def __init__(
        self,
        msgtype: int,
        flags: int,
        seq: int,
        serializer_id: int,
        payload: bytes,
        annotations: Mapping[str, Any] | None = None,
    ) -> None:
        identity = current_context.correlation_id
        with pyro5_errors():
            buffers = encode(
                msgtype, flags, seq, serializer_id, payload, annotations,
                identity.bytes if identity is not None else None,
                config.COMPRESSION, config.MAX_MESSAGE_SIZE,
            )  # fmt: skip
        self.data = b"".join(buffers)
        header = decode_header(self.data)
        self.type = msgtype
        self.flags = header.flags
        self.seq = seq
        self.serializer_id = serializer_id
        self.corr_id = header.correlation_id
        self.annotations = annotations or {}

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.SendingMessage at 0x{id(self):x}; {_shown(self)}>"

    @staticmethod
    def ping(connection: Any) -> None:
        """Send a ping over a connection after its handshake, and wait for the answer."""
        ping = SendingMessage(MSG_PING, 0, 0, _NO_SERIALIZER, b"ping")
        connection.send(ping.data)
        recv_stub(connection, [MSG_PING])


class ReceivingMessage:
    """A message that arrives: made of the 40 bytes of its header, then of the rest.

    Raises ProtocolError for bytes that are no message, MessageTooLargeError over the limit.
    """

    def __init__(self, header: bytes, payload: bytes | None = None) -> None:
        if len(header) != HEADER_SIZE:
            raise ProtocolError(f"header is {HEADER_SIZE} bytes long, not {len(header)}")
        with pyro5_errors():
            self._header = decode_header(header, config.MAX_MESSAGE_SIZE)
        self.type = self._header.type
        self.flags = self._header.flags
        self.seq = self._header.sequence
        self.serializer_id = self._header.serializer_id
        self.data_size = self._header.payload_size
        self.annotations_size = self._header.annotations_size
        self.corr_id = self._header.correlation_id
        self.annotations: dict[str, Any] = {}
        self.data: Any = None
        if payload is not None:
            self.add_payload(payload)

    def add_payload(self, payload: bytes) -> None:
        """Take the annotations and the payload that follow the header."""
        expected = self.annotations_size + self.data_size
        if len(payload) != expected:
            raise ProtocolError(
                f"payload length doesn't match message header: {len(payload)}, not {expected}"
            )
        with pyro5_errors():
            # Checked where it may be wrong; the program sees views of what it gave.
            message = build(self._header, payload, config.MAX_MESSAGE_SIZE)
        self.annotations = {
            key: memoryview(value) for key, value in (message.annotations or {}).items()
        }
        self.data = message.payload
        self.flags, self.data_size = message.flags, len(message.payload)

    @classmethod
    def from_native(cls, message: pyrox.Message) -> ReceivingMessage:
        """Return what pyrox received as a program sees it that speaks Pyro's protocol by hand."""
        made = cls.__new__(cls)
        made.type, made.flags, made.seq = message.type, message.flags, message.sequence
        made.serializer_id = message.serializer_id
        made.data, made.data_size = message.payload, len(message.payload)
        made.annotations = {
            key: memoryview(value) for key, value in (message.annotations or {}).items()
        }
        made.annotations_size = sum(8 + len(value) for value in made.annotations.values())
        made.corr_id = message.correlation_id or _NO_ID
        return made

    @staticmethod
    def validate(data: bytes) -> None:
        """Check the beginning of a message, at least 4 bytes; ProtocolError where it is none."""
        if len(data) < 4:
            raise ValueError("data must be at least 4 bytes to be able to identify")
        with pyro5_errors():
            check_prefix(data)
            if len(data) >= HEADER_SIZE:
                decode_header(data)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.ReceivingMessage at 0x{id(self):x}; {_shown(self)}>"


SendingMessage.__module__ = ReceivingMessage.__module__ = "Pyro5.protocol"


def _shown(message: SendingMessage | ReceivingMessage) -> str:
    return (
        f"type={message.type} flags={message.flags} seq={message.seq} "
        f"size={len(message.data or b'')}"
    )


def recv_stub(connection: Any, accepted_msgtypes: list[int] | None = None) -> ReceivingMessage:
    """Read one message from anything with ``recv(size)``, which returns that many bytes.

    Raises ProtocolError where it is of none of the accepted types: its ``pyroMsg`` is what came.
    """
    header = connection.recv(6)  # before all of it is there: who answers may be no daemon
    ReceivingMessage.validate(header)
    header += connection.recv(HEADER_SIZE - 6)
    message = ReceivingMessage(header)
    if accepted_msgtypes and message.type not in accepted_msgtypes:
        expected = ",".join(map(str, accepted_msgtypes))
        error = ProtocolError(f"invalid msg type {message.type} received (expected: {expected})")
        error.pyroMsg = message
        raise error
    message.add_payload(connection.recv(message.annotations_size + message.data_size))
    return message


def log_wiredata(logger: logging.Logger, text: str, msg: SendingMessage | ReceivingMessage) -> None:
    """Log a message at debug level."""
    if not logger.isEnabledFor(logging.DEBUG):
        return
    identity = UUID(bytes=bytes(msg.corr_id)) if msg.corr_id != _NO_ID else None
    logger.debug(
        "%s: msgtype=%d flags=0x%x ser=%d seq=%d num_annotations=%d corr_id=%s\ndata=%r",
        text, msg.type, msg.flags, msg.serializer_id, msg.seq, len(msg.annotations), identity,
        bytes(msg.data or b""),
    )  # fmt: skip
