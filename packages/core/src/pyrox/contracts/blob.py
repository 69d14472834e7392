"""Values that pass through a program without being read."""

from __future__ import annotations

from typing import Any

from ..errors import PyroxError, SerializeError
from ..wire.buffers import Buffer, Payload
from .converters import Converters
from .serializer import Serializer

__all__ = ["SerializedBlob"]


class SerializedBlob:
    """Values that stay serialized until somebody asks for them: the only argument of a call.

    ``info`` are plain values that everybody on the way can read (a topic, say); ``data`` are the
    values themselves, a sequence. A method that is called with a blob gets one: it can pass it on
    in a call of its own, as the bytes that it came in, or read it by :meth:`deserialized`.
    """

    __slots__ = ("_converters", "_data", "_payload", "_serializer", "info")

    def __init__(self, info: Any, data: Any) -> None:
        self.info = info
        self._data = data
        self._payload: Buffer | None = None
        self._serializer: Serializer | None = None
        self._converters: Converters | None = None

    @classmethod
    def received(
        cls, info: Any, payload: Payload, serializer: Serializer, converters: Converters
    ) -> SerializedBlob:
        """Return the blob that a call brought, as ``payload``."""
        blob = cls(info, None)
        # It may be kept for long, and the buffer that it came in is used again.
        blob._payload = bytes(payload)
        blob._serializer, blob._converters = serializer, converters
        return blob

    @property
    def payload(self) -> Buffer | None:
        """What it came in, a serialized call; None for a blob that was made here."""
        return self._payload

    @property
    def serializer(self) -> Serializer | None:
        """The serializer of :attr:`payload`."""
        return self._serializer

    def deserialized(self) -> Any:
        """Return the data, read anew each time; SerializeError where it cannot be read."""
        if self._payload is None or self._serializer is None or self._converters is None:
            return self._data
        try:
            return self._serializer.loads_call(self._payload, self._converters)[2]
        except PyroxError:
            raise
        except Exception as error:
            raise SerializeError(
                f"the blob cannot be read by {self._serializer.name}: {error}"
            ) from error

    def __repr__(self) -> str:
        state = "" if self._payload is None else f", {len(self._payload)} bytes"
        return f"<SerializedBlob {self.info!r}{state}>"
