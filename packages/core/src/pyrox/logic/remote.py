"""The client side of a call, without input or output: values in, buffers out, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from ..access.tokens import PROOF_ANNOTATION, Claim, Token
from ..contracts.blob import SerializedBlob
from ..contracts.converters import Converters, ExceptionValue
from ..contracts.serializer import Codec
from ..errors import (
    CommunicationError,
    ConnectError,
    DaemonError,
    Outcome,
    ProtocolError,
    PyroxError,
    RemoteProtocolError,
    SerializeError,
)
from ..objects.streams import STREAM_ANNOTATION
from ..plugins import Plugins
from ..protocol.connection import reason_in
from ..protocol.greeting import CAPABILITY_ANNOTATION, greeting, read_greeting
from ..protocol.mux import MuxClientConnection
from ..protocol.negotiation import choose, for_handshake
from ..values.blob_info import BLOB_ANNOTATION, write_blob_info
from ..values.config import Config
from ..values.context import CallOptions, Peer, options, reply_annotations, serving
from ..values.reference import Members
from ..values.time_left import write_time_left
from ..values.uri import DAEMON_ID
from ..wire.buffers import Buffer, Payload, give_back
from ..wire.message import Flags, Message, MessageType

__all__ = ["BatchCalls", "Caller", "Draft", "StreamId"]

_NOT_SENT = Outcome.NOT_SENT

Draft: TypeAlias = "tuple[Payload, int, int, Mapping[str, Buffer] | None, bytes | None, int]"
"""A call that has no number yet: what :meth:`ClientConnection.request` takes."""


class StreamId(str):
    """What a call gives whose result is an item stream; the driver makes an iterator of it."""


class Caller:
    """Makes the messages of one connection, and reads the answers.

    ``serializer`` is what the user asked for (``auto``: the best that both sides have);
    ``capabilities`` are what the driver can do beyond Pyro 5, over a ``protocol`` of its choice.
    """

    __slots__ = (
        "_capabilities",
        "_codec",
        "_converters",
        "_plugins",
        "protocol",
        "wanted",
        "where",
    )

    def __init__(
        self,
        where: str,
        config: Config,
        converters: Converters,
        plugins: Plugins,
        serializer: str,
        protocol: MuxClientConnection[Any],
        capabilities: frozenset[str] = frozenset(),
    ) -> None:
        self.where = where
        self.wanted = serializer
        self.protocol = protocol
        self._capabilities = capabilities
        self._converters = converters
        self._plugins = plugins
        self._codec: Codec | None = None
        if config.token:
            self.protocol.claim = Claim(Token.read(config.token, "token"))

    @property
    def peer(self) -> Peer:
        """The daemon's program."""
        return self.protocol.peer

    @property
    def serializer(self) -> str:
        """The name of the serializer in use."""
        return self._chosen().name

    def begin_handshake(
        self, object_id: str, data: Any, asked: Message | None = None
    ) -> tuple[Buffer, ...]:
        """Return the message that opens the connection, with the proof that the daemon asked for.

        SecurityError where what it asked for cannot be answered.
        """
        codec = for_handshake(self.wanted, data, self._plugins).codec(self._converters)
        try:
            payload = codec.dumps({"handshake": data, "object": object_id})
        except Exception as error:
            _cannot_send(error, codec)
        annotations, correlation_id = _beside()
        told = {
            **(annotations or {}),
            CAPABILITY_ANNOTATION: greeting(tuple(self._plugins.serializers), self._capabilities),
        }
        if (claim := self.protocol.claim) is not None:
            challenge = (asked.annotations or {}) if asked else None
            told[PROOF_ANNOTATION] = (
                claim.opening if challenge is None else claim.answer(challenge[PROOF_ANNOTATION])
            )
        return self.protocol.connect(payload, codec.id, told, correlation_id)

    def finish_handshake(self, message: Message, object_id: str) -> tuple[Any, Members]:
        """Read the answer to the opening message: (the daemon's handshake data, the members).

        Raises ConnectError where the daemon refused.
        """
        if message.type == MessageType.CONNECTFAIL:
            raise ConnectError(f"connection to {self.where} rejected: {self._reason(message)}")
        if self.protocol.claim is not None:
            self.protocol.claim.check((message.annotations or {}).get(PROOF_ANNOTATION))
        read_greeting(message.annotations, self.peer, self._capabilities)
        answer = self._load(message)
        if not isinstance(answer, dict):
            raise RemoteProtocolError("malformed answer to the handshake")
        meta = answer.get("meta")
        members = members_from(meta) if isinstance(meta, dict) else Members()
        if meta is not None:
            self._check_members(members, object_id)
        return answer.get("handshake"), members

    def draft_introduction(self, object_id: str) -> Draft:
        """Return the call that opens a connection which needs no handshake."""
        self.protocol.introduce()
        self._codec = for_handshake(self.wanted, object_id, self._plugins).codec(self._converters)
        annotations, correlation_id = _beside()
        told = {
            **(annotations or {}),
            CAPABILITY_ANNOTATION: greeting(tuple(self._plugins.serializers), self._capabilities),
        }
        beside = CallOptions(told, correlation_id)
        return self.draft_call(DAEMON_ID, "get_metadata", (object_id,), {}, 0, beside)

    def finish_introduction(self, message: Message, object_id: str) -> Members:
        """Read the answer to that: the object's members. Raises what the daemon raised."""
        read_greeting(message.annotations, self.peer, self._capabilities)
        meta = self._load(message)
        if message.flags & Flags.EXCEPTION and isinstance(meta, BaseException):
            raise meta
        if not isinstance(meta, dict):
            raise RemoteProtocolError("malformed metadata: a map was expected")
        self.use(self.wanted)  # the best that both have, now that it is known
        members = members_from(meta)
        self._check_members(members, object_id)
        return members

    def _check_members(self, members: Members, object_id: str) -> None:
        if not members:
            raise DaemonError(
                f"remote object '{object_id}' at {self.where} doesn't expose any methods or "
                "attributes. Did you forget setting @expose on them?"
            )

    def begin_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        beside: CallOptions | None = None,
        left: float = 0.0,
    ) -> tuple[Buffer, ...]:
        """Return the message that makes a call; ``left`` are the seconds it has, 0 for no limit."""
        draft = self.draft_call(object_id, method, args, kwargs, flags, beside, left)
        return self.protocol.request(*draft)

    def draft_call(
        self,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        beside: CallOptions | None = None,
        left: float = 0.0,
    ) -> Draft:
        """Return what makes such a message once it has a number: all that is the user's is done."""
        codec = self._codec
        if codec is None:
            codec = self._chosen()
        if args and type(args[0]) is SerializedBlob:
            return self._draft_blob(codec, object_id, method, args, kwargs, flags, beside)
        try:
            payload = codec.dumps_call(object_id, method, args, kwargs)
        except Exception as error:
            _cannot_send(error, codec)
        annotations = correlation_id = None
        if beside is not None or serving.get() is not None or options.get() is not None:
            annotations, correlation_id = _beside(beside)
        time_left = 0
        if left and "deadline" in self.protocol.peer.capabilities:
            time_left = write_time_left(left)
        return payload, codec.id, flags, annotations, correlation_id, time_left

    def _draft_blob(
        self,
        codec: Codec,
        object_id: str,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int,
        beside: CallOptions | None,
    ) -> Draft:
        """Return what makes a message that calls a method with values that stay serialized."""
        if len(args) != 1 or kwargs:
            raise SerializeError(
                "if SerializedBlob is used, it must be the only argument", outcome=_NOT_SENT
            )
        blob: SerializedBlob = args[0]
        annotations, correlation_id = _beside(beside)
        told = write_blob_info(blob.info, object_id, method)
        annotations = {**(annotations or {}), BLOB_ANNOTATION: told}
        payload: Payload
        if blob.payload is not None and blob.serializer is not None:
            payload, serializer_id = blob.payload, blob.serializer.id
        else:
            serializer_id = codec.id
            try:
                payload = codec.dumps_call(object_id, method, blob.deserialized(), {})
            except Exception as error:
                _cannot_send(error, codec)
        flags |= Flags.KEEP_SERIALIZED
        return payload, serializer_id, flags, annotations, correlation_id, 0

    def finish_plain(self, payload: bytes, serializer_id: int) -> Any:
        """Return the result in a plain answer (see :meth:`ClientConnection.plain_answer`)."""
        if reply_annotations.get() is not None:
            reply_annotations.set(None)
        codec = self._codec
        if codec is None or codec.id != serializer_id:
            codec = self._codec_for(serializer_id)
        try:
            return codec.loads(payload)
        except Exception as error:
            self._cannot_read(error, codec)

    def finish_call(self, message: Message) -> Any:
        """Return the result in an answer, or raise the exception that it carries."""
        if message.annotations is not None or reply_annotations.get() is not None:
            reply_annotations.set(message.annotations)
        flags = message.flags
        if flags & Flags.ITEM_STREAM:
            return self._stream_id(message)
        value = self._load(message)
        if flags & Flags.EXCEPTION:
            if isinstance(value, BaseException):
                raise value
            raise SerializeError(
                f"an exception was expected from {self.where}, not a {type(value).__name__}",
                outcome=Outcome.EXECUTED,
            )
        return value

    def use(self, name: str) -> None:
        """Call with the serializer ``name`` from now on, or ``auto``."""
        self.wanted = name
        self._codec = None

    def convert_by(self, converters: Converters) -> None:
        """Let values travel as these say, from now on."""
        self._converters = converters
        self._codec = None

    def _chosen(self) -> Codec:
        if self._codec is None:
            serializer = choose(self.wanted, self.peer.serializers, self._plugins)
            self._codec = codec = serializer.codec(self._converters)
            self.protocol.receiver.bulk_finders = {codec.id: codec.find_bulk}
        return self._codec

    def _stream_id(self, message: Message) -> StreamId:
        stream = (message.annotations or {}).get(STREAM_ANNOTATION)
        if stream is None:
            raise ProtocolError(
                "result of call is an iterator, but the server is not configured "
                "to allow streaming",
                outcome=Outcome.EXECUTED,
            )
        return StreamId(stream.decode("ascii", "replace"))

    def _load(self, message: Message) -> Any:
        codec = self._codec
        if codec is None or codec.id != message.serializer_id:
            codec = self._codec_for(message.serializer_id)
        payload = message.payload
        try:
            value = codec.loads(payload)
        except Exception as error:
            self._cannot_read(error, codec)
        if type(payload) is memoryview:
            give_back(payload)
        return value

    def _codec_for(self, serializer_id: int) -> Codec:
        """Return what reads an answer in another serializer than calls are made with."""
        serializer = self._plugins.serializers_by_id.get(serializer_id)
        if serializer is None:
            raise SerializeError(
                f"invalid serializer in response: {serializer_id}", outcome=Outcome.EXECUTED
            )
        return serializer.codec(self._converters)

    def _cannot_read(self, error: Exception, codec: Codec) -> NoReturn:
        if isinstance(error, CommunicationError):
            error.outcome = Outcome.EXECUTED
        if isinstance(error, PyroxError):
            raise error
        raise SerializeError(
            f"the answer from {self.where} cannot be read by {codec.name}: {error}",
            outcome=Outcome.EXECUTED,
        ) from error

    def _reason(self, message: Message) -> str:
        try:
            return reason_in(message)
        except SerializeError:
            return str(self._load(message))


class BatchCalls:
    """Calls collected to travel in one message; results are read in their order."""

    def __init__(self) -> None:
        self._calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, method: str, /, *args: Any, **kwargs: Any) -> None:
        """Note one more call."""
        self._calls.append((method, args, kwargs))

    def take(self) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
        """Return the calls, and start over."""
        calls, self._calls = self._calls, []
        return calls


def batch_results(values: Any) -> Iterator[Any]:
    """Yield the results of a batch; raise the exception of the call that failed, in its place."""
    if not isinstance(values, list | tuple):
        raise SerializeError("the answer to a batch is no list", outcome=Outcome.EXECUTED)
    for value in values:
        if isinstance(value, ExceptionValue):
            raise value.error
        yield value


def members_from(meta: Mapping[str, Any]) -> Members:
    """Read the names of a remote object's members, in whatever collections they came."""
    try:
        return Members.of(
            meta.get("methods") or (),
            meta.get("attrs") or (),
            meta.get("oneway") or (),
            meta.get("idempotent") or (),
        )
    except TypeError as error:
        raise RemoteProtocolError(f"malformed metadata: {error}") from error


def _beside(
    outgoing: CallOptions | None = None,
) -> tuple[Mapping[str, Buffer] | None, bytes | None]:
    """Return the annotations and the correlation id that travel with the call at hand.

    A call made while serving one carries that one's correlation id onward.
    """
    context = serving.get()
    if outgoing is None:
        outgoing = options.get()
        if outgoing is None:
            return None, None if context is None else context.correlation_bytes
    correlation_id = outgoing.correlation_id
    if correlation_id is None and context is not None:
        correlation_id = context.correlation_bytes
    return outgoing.annotations, correlation_id


def _cannot_send(error: Exception, codec: Codec) -> NoReturn:
    if isinstance(error, CommunicationError):
        error.outcome = _NOT_SENT
    if isinstance(error, PyroxError):
        raise error
    raise SerializeError(
        f"the arguments cannot be sent with {codec.name}: {error}", outcome=_NOT_SENT
    ) from error
