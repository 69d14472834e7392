"""The serializer ``msgpack``: compact, quick, and keeps bytes as bytes.

The format is MessagePack with binary and text kept apart, and four extension types of Pyro 5:
see :mod:`pyrox_msgpack.extensions`. A call is an array: object id, method, args, kwargs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from struct import error as StructError
from typing import Any, TypeAlias

from msgpack import ExtType, Packer, Unpacker, packb, unpackb

from pyrox import (
    Buffer,
    Codec,
    Converters,
    Outcome,
    Payload,
    Pieces,
    PyroxError,
    SecurityError,
    SerializeError,
    Serializer,
    hookimpl,
    plain,
)

from .extensions import decode_extension, encode_extension

__all__ = ["MsgpackCodec", "MsgpackSerializer", "pyrox_register_serializer"]

APART_ABOVE = 64 * 1024
"""Bytes longer than this travel from where they are, instead of being copied."""
LOOK_AT = 4096
"""In how many bytes of a payload large bytes have to begin, to be received apart."""
KEEP_PACKERS = 16
KEEP_BELOW = 64 * 1024
"""A packer keeps the memory of the largest value that it wrote: above this it is let go."""
SEARCH_BELOW = 256 * 1024
"""Up to here looking for classes first costs less than asking about each map."""

_NATIVE = frozenset(
    [type(None), bool, int, float, str, bytes, bytearray, memoryview, list, dict, ExtType]
)
"""What a packer writes when it comes from ``default``, which it asks once for each value."""


Decode: TypeAlias = Callable[[int, bytes], Any]

_BIN32 = Struct("!BI")
_BIN32_CODE = b"\xc6"
_STAND_IN = 0x7F  # an extension that decode_extension() knows nothing of


class MsgpackSerializer(Serializer):
    """MessagePack."""

    name = "msgpack"
    id = 4
    preference = 100

    def codec(self, converters: Converters) -> MsgpackCodec:
        try:
            codec: MsgpackCodec = converters.cache["msgpack"]
        except KeyError:
            codec = converters.cache["msgpack"] = MsgpackCodec(self, converters)
        return codec

    def dumps(self, value: Any, converters: Converters) -> Payload:
        return self.codec(converters).dumps(value)

    def loads(self, data: Buffer, converters: Converters) -> Any:
        return self.codec(converters).loads(data)

    def dumps_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        converters: Converters,
    ) -> Payload:
        return self.codec(converters).dumps_call(object_id, method, args, kwargs)


class MsgpackCodec(Codec):
    """The same with the packers at hand: one serves one thread at a time.

    Exact packers ask about subclasses of what Python has, and about tuples, which takes time.
    """

    __slots__ = ("_exact_packers", "_packers")

    def __init__(self, serializer: Serializer, converters: Converters) -> None:
        super().__init__(serializer, converters)
        self._packers: list[Any] = []
        self._exact_packers: list[Any] = []

    # Writing

    def dumps(self, value: Any) -> Payload:
        if type(value) is bytes and len(value) > APART_ABOVE:
            return Pieces((_bytes_head(value), value))
        exact = self.converters.extends_builtins
        packers = self._exact_packers if exact else self._packers
        try:
            packer = packers.pop()
        except IndexError:
            packer = Packer(default=self._form_of, strict_types=exact)
        try:
            data: bytes = packer.pack(value)
        except PyroxError:
            raise
        except Exception as error:
            raise plain.unwritable("msgpack", error) from error
        if len(data) < KEEP_BELOW and len(packers) < KEEP_PACKERS:
            packers.append(packer)
        return data

    def dumps_call(
        self, object_id: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any] | None
    ) -> Payload:
        for arg in args:
            if type(arg) is bytes and len(arg) > APART_ABOVE:
                return self._call_in_pieces(object_id, method, args, kwargs)
        return self.dumps((object_id, method, args, kwargs))

    def _call_in_pieces(
        self, object_id: str, method: str, args: Sequence[Any], kwargs: Mapping[str, Any] | None
    ) -> Pieces:
        """Return the same bytes as for any other call, with large arguments left where they are."""
        envelope = Packer(autoreset=False)
        envelope.pack_array_header(4)
        envelope.pack(object_id)
        envelope.pack(method)
        envelope.pack_array_header(len(args))
        head, buffers = envelope.bytes(), list[Buffer]()
        for arg in args:
            if type(arg) is bytes and len(arg) > APART_ABOVE:
                buffers += (head + _bytes_head(arg), arg)
                head = b""
            else:
                head += bytes(self.dumps(arg))
        return Pieces((*buffers, head + bytes(self.dumps(kwargs))))

    def _form_of(self, value: Any) -> Any:
        """Return what a packer writes for a value that it does not know."""
        for _ in range(plain.MAX_DEPTH):
            value = _form(value, self.converters)
            if type(value) in _NATIVE:
                return value
        raise SerializeError(plain.TOO_DEEP, outcome=Outcome.NOT_SENT)

    # Reading

    def find_bulk(self, beginning: bytes) -> tuple[int, int] | None:
        """Find ``bin 32`` as the whole value, or as an argument of a call."""
        at = 0
        if beginning[:1] != _BIN32_CODE:
            unpacker = Unpacker(read_size=LOOK_AT)
            unpacker.feed(beginning[:LOOK_AT])
            try:
                if unpacker.read_array_header() != 4:
                    return None
                unpacker.skip()
                unpacker.skip()
                for _ in range(unpacker.read_array_header()):
                    at = unpacker.tell()
                    if beginning[at : at + 1] == _BIN32_CODE:
                        break
                    unpacker.skip()
            except Exception:  # what is wrong with it is found out when it is read
                return None
        start = at + _BIN32.size
        code, count = _BIN32.unpack(beginning[at:start].ljust(_BIN32.size, b"\0"))
        return (start, count) if code == _BIN32_CODE[0] and start <= len(beginning) else None

    def loads(self, data: Payload) -> Any:
        decode: Decode = decode_extension
        try:
            if type(data) is not bytes:
                if isinstance(data, Pieces):
                    data, decode = _without_bulk(*data.buffers)
                elif len(data) < SEARCH_BELOW:
                    data = bytes(data)
            if len(data) < SEARCH_BELOW and b"__class__" not in data:
                return unpackb(data, strict_map_key=False, ext_hook=decode)
            return unpackb(data, strict_map_key=False, ext_hook=decode, object_hook=self._revive)
        except (SerializeError, SecurityError):
            raise
        except TypeError as error:
            return self._loads_odd_keys(data, decode, error)
        except Exception as error:
            raise plain.unreadable("msgpack", error) from error

    def loads_call(self, data: Payload) -> tuple[Any, Any, Any, Any]:
        call = self.loads(data)
        if type(call) is list and len(call) == 4:
            object_id, method, args, kwargs = call
            return object_id, method, args, kwargs
        raise SerializeError("malformed call: expected object id, method, args and kwargs")

    def _loads_odd_keys(self, data: Payload, decode: Decode, problem: TypeError) -> Any:
        """Read again what failed: a tuple that was a key arrives as a list, which cannot be one."""

        def collect(pairs: list[tuple[Any, Any]]) -> Any:
            return self._revive({_hashable(key): value for key, value in pairs})

        if "unhashable" not in str(problem):
            raise plain.unreadable("msgpack", problem) from problem
        try:
            return unpackb(data, strict_map_key=False, ext_hook=decode, object_pairs_hook=collect)
        except (SerializeError, SecurityError):
            raise
        except Exception as error:
            raise plain.unreadable("msgpack", error) from error

    def _revive(self, values: dict[Any, Any]) -> Any:
        return self.converters.from_plain(values) if "__class__" in values else values


def _without_bulk(before: Buffer, bulk: Buffer, after: Buffer) -> tuple[bytes, Decode]:
    """Return a payload with a small extension in place of the bulk, and what makes it that again.

    ``before`` ends with the head of the bulk.
    """

    def decode(code: int, data: bytes) -> Any:
        return bulk if code == _STAND_IN else decode_extension(code, data)

    head = bytes(before[: -_BIN32.size])
    return head + packb(ExtType(_STAND_IN, b"")) + bytes(after), decode


def _bytes_head(data: bytes) -> bytes:
    """Return what stands before large bytes: the format's ``bin 32``."""
    try:
        return _BIN32.pack(0xC6, len(data))
    except StructError:
        raise SerializeError(
            f"msgpack cannot serialize {len(data):,} bytes in one piece: 4 GiB is the most",
            outcome=Outcome.NOT_SENT,
        ) from None


def _hashable(key: Any) -> Any:
    return tuple(map(_hashable, key)) if type(key) is list else key


def _form(value: Any, converters: Converters) -> Any:
    """Return what travels in place of a value that msgpack does not write itself."""
    kind = type(value)
    if kind is tuple or kind is set or kind is frozenset:
        return list(value)
    if kind is not int and plain.is_special(value, converters):
        return converters.to_plain(value)
    extension = encode_extension(value)
    return plain.simplify(value, converters) if extension is None else extension


@hookimpl
def pyrox_register_serializer() -> Serializer:
    """Offer the serializer."""
    return MsgpackSerializer()
