"""A client without manners: it sends any bytes, and reads what comes back without pyrox."""

import ast
import json
import marshal
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgpack

CONNECT, CONNECTOK, CONNECTFAIL, INVOKE, RESULT, PING = range(1, 7)
CANCEL = 16
EXCEPTION, COMPRESSED, ONEWAY, BATCH, ITEM_STREAM, KEEP_SERIALIZED = 1, 2, 4, 8, 16, 32
SERIALIZERS = {"serpent": 1, "marshal": 2, "json": 3, "msgpack": 4}
PATIENCE = 30.0
"""No test waits longer for anything, in seconds."""

_HEADER = struct.Struct("!4sHBBHHII16sHH")


def header(
    kind: int,
    *,
    serializer: int = SERIALIZERS["json"],
    flags: int = 0,
    sequence: int = 0,
    payload_size: int = 0,
    annotations_size: int = 0,
    tag: bytes = b"PYRO",
    version: int = 502,
    magic: int = 0x4DC5,
    correlation_id: bytes = bytes(16),
    reserved: int = 0,
) -> bytes:
    """Return the 40 bytes of a header; each field can be made wrong."""
    return _HEADER.pack(
        tag, version, kind, serializer, flags, sequence, payload_size, annotations_size,
        correlation_id, reserved, magic,
    )  # fmt: skip


def message(kind: int, payload: bytes = b"", annotations: bytes = b"", **fields: Any) -> bytes:
    """Return a whole message; ``fields`` override those of its header."""
    sizes = {"payload_size": len(payload), "annotations_size": len(annotations)}
    return header(kind, **{**sizes, **fields}) + annotations + payload


def chunk(key: bytes, data: bytes = b"", size: int | None = None) -> bytes:
    """Return one annotation, which may lie about its size."""
    return struct.pack("!4sI", key, len(data) if size is None else size) + data


def dumps(serializer: str, value: Any) -> bytes:
    """Write plain values, with the libraries themselves."""
    if serializer == "json":
        return json.dumps(value).encode()
    if serializer == "marshal":
        return marshal.dumps(value)
    if serializer == "msgpack":
        return bytes(msgpack.packb(value))
    return b"# serpent utf-8 python3.2\n" + repr(value).encode()


def loads(serializer: int, data: bytes) -> Any:
    """Read plain values, with the libraries themselves."""
    if serializer == SERIALIZERS["json"]:
        return json.loads(data)
    if serializer == SERIALIZERS["marshal"]:
        return marshal.loads(data)
    if serializer == SERIALIZERS["msgpack"]:
        return msgpack.unpackb(data, strict_map_key=False)
    return ast.literal_eval(data.decode())


def call(
    serializer: str, object_id: Any, method: Any, args: Any = (), kwargs: Any = None, **fields: Any
) -> bytes:
    """Return an INVOKE whose parts may have any type."""
    kwargs = {} if kwargs is None else kwargs
    parts: Any = (object_id, method, args, kwargs)
    if serializer == "json":
        parts = dict(zip(("object", "method", "params", "kwargs"), parts, strict=True))
    fields = {"serializer": SERIALIZERS[serializer], **fields}
    return message(INVOKE, dumps(serializer, parts), **fields)


def hello(serializer: str = "json", object_id: Any = "target", data: Any = "hello") -> bytes:
    """Return a well-formed CONNECT."""
    payload = dumps(serializer, {"handshake": data, "object": object_id})
    return message(CONNECT, payload, serializer=SERIALIZERS[serializer])


class Answer(NamedTuple):
    """A message that came back."""

    kind: int
    serializer: int
    flags: int
    sequence: int
    annotations: bytes
    payload: bytes

    @property
    def value(self) -> Any:
        """What the payload says."""
        return loads(self.serializer, self.payload)

    @property
    def error(self) -> Mapping[str, Any]:
        """The plain form of the exception that it carries."""
        assert self.kind == RESULT and self.flags & EXCEPTION, self
        value = self.value
        assert isinstance(value, dict), value
        return value

    @property
    def error_text(self) -> str:
        """The first argument of the exception that it carries."""
        return str(self.error["args"][0])


class RawClient:
    """A socket with a daemon at its other end."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.name = "{}:{}".format(*self.socket.getsockname())

    def send(self, *data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(b"".join(data))

    def shake_hands(self, serializer: str = "json", object_id: str = "target") -> "RawClient":
        """Introduce itself as a good client does."""
        self.send(hello(serializer, object_id))
        answer = self.read()
        assert answer is not None and answer.kind == CONNECTOK, answer
        return self

    def shake_hands_as_pyrox(self, *capabilities: str) -> "RawClient":
        """Introduce itself as a pyrox client that is capable of all this."""
        told = f"pyrox=9.9;capabilities={','.join(capabilities)};serializers=json".encode()
        payload = dumps("json", {"handshake": "hello", "object": "target"})
        answer = self.ask(message(CONNECT, payload, chunk(b"PYRX", told)))
        assert answer.kind == CONNECTOK, answer
        return self

    def ask(self, data: bytes) -> Answer:
        """Send a message; return the answer, which has to come."""
        self.send(data)
        answer = self.read()
        assert answer is not None, "the connection was closed instead"
        return answer

    def call(self, method: Any, *args: Any, serializer: str = "json", **fields: Any) -> Answer:
        """Make a call of the served object."""
        return self.ask(call(serializer, "target", method, list(args), **fields))

    def read(self) -> Answer | None:
        """Return the next message; None where the daemon has closed the connection."""
        head = self._exactly(_HEADER.size)
        if head is None:
            return None
        tag, version, kind, serializer, flags, sequence, size, chunks, _, _, magic = _HEADER.unpack(
            head
        )
        assert (tag, version, magic) == (b"PYRO", 502, 0x4DC5), head
        body = self._exactly(chunks + size) if chunks + size else b""
        assert body is not None, "the connection was closed in the middle of a message"
        return Answer(kind, serializer, flags, sequence, body[:chunks], body[chunks:])

    def refusal(self) -> str:
        """Return why the daemon ends the connection, which it has to do next."""
        answer = self.read()
        assert answer is not None and answer.kind == CONNECTFAIL, answer
        assert self.is_closed()
        return str(answer.value)

    def is_closed(self) -> bool:
        """Wait for the end of the connection; True where nothing came before it."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True

    def reset(self) -> None:
        """Break the connection off, so that the other end gets an error instead of an end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        """End the connection."""
        self.socket.close()

    def _exactly(self, size: int) -> bytes | None:
        parts: list[bytes] = []
        while size:
            try:
                part = self.socket.recv(min(size, 1 << 20))
            except ConnectionError:
                part = b""
            if not part:
                assert not parts, "the connection was closed in the middle of a message"
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def eventually(condition: Callable[[], Any], within: float = PATIENCE) -> bool:
    """Tell whether ``condition`` comes true in time."""
    ends = time.monotonic() + within
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.005)
    return True
