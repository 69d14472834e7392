"""Serialize calls as CBOR (RFC 8949)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any, NoReturn
from uuid import UUID

import cbor2

from pyrox import Buffer, Converters, SerializeError, Serializer, hookimpl, plain

__all__ = ["CborSerializer"]

OWN_TYPES = frozenset([date, Decimal, Fraction, UUID])
# Tags that nobody needs here, and that let a few bytes cost much, or make a value hold itself.
UNWANTED = (5, 25, 28, 29, 35, 36, 256)


def refuse(*_: Any) -> NoReturn:
    raise SerializeError("a tag of CBOR that calls have no use for")


def as_bytes(encoder: Any, view: memoryview) -> None:
    encoder.encode(bytes(view))


class CborSerializer(Serializer):
    """Keeps bytes, sets, dates, decimals, fractions, UUIDs and complex numbers as they are."""

    name = "cbor"
    id = 60

    def dumps(self, value: Any, converters: Converters) -> bytes:
        simple = plain.flatten(value, converters, keep=OWN_TYPES)
        return cbor2.dumps(simple, encoders={memoryview: as_bytes})

    def loads(self, data: Buffer, converters: Converters) -> Any:
        file, unwanted = BytesIO(data), dict.fromkeys(UNWANTED, refuse)
        decoder = cbor2.CBORDecoder(
            file, semantic_decoders=unwanted, max_depth=plain.MAX_DEPTH + 10
        )
        value = decoder.decode()
        if file.tell() != len(data):
            raise SerializeError("there is more behind the value")
        return plain.revive(value, converters)


@hookimpl
def pyrox_register_serializer() -> CborSerializer:
    """Offer the serializer to pyrox."""
    return CborSerializer()
