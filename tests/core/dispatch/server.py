"""A daemon without a network: requests as bytes go in, the answers' bytes come out."""

import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pyrox_json
from pyrox import (
    DAEMON_ID,
    URI,
    Buffer,
    CallContext,
    Config,
    Converters,
    DaemonObject,
    Listener,
    Message,
    Peer,
    Plugins,
)
from pyrox.logic.invocation import Dispatcher, RequestError
from pyrox.logic.welcome import Verdict
from pyrox.objects.registry import Entry, Instances, Registry
from pyrox.objects.streams import StreamTable
from pyrox.protocol.connection import ServerConnection, State
from pyrox.wire.message import MAX_SIZE, Flags
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import CONNECT, INVOKE, message

JSON = 3


class Link:
    """What a driver keeps of a connection."""

    def __init__(self, config: Config, is_pyrox: bool) -> None:
        self.peer = Peer(("192.0.2.1", 4000))
        self.peer.is_pyrox = is_pyrox
        self.protocol = ServerConnection(self.peer, config.max_message_size, config.compression)
        self.instances = Instances(nullcontext)
        self.listener: Listener | None = None
        self.resources: set[Any] = set()


class Host:
    """What a daemon decides itself: whom it lets in, and what it does about failures."""

    location = "here:1"
    nat_location = ""
    server_type = "test"
    capabilities: frozenset[str] = frozenset()

    def __init__(self, config: Config, plugins: Plugins) -> None:
        self.config = config
        self.plugins = plugins
        self.failures: list[tuple[CallContext, BaseException]] = []
        self.on_failure: Callable[[], None] = lambda: None
        self.validate: Callable[[Peer, Any], Any] = lambda peer, data: None

    def validate_handshake(self, peer: Peer, data: Any) -> Any:
        return self.validate(peer, data)

    def find_late(self, peer: Peer, entry: Entry, name: str) -> Any:
        return None

    def method_failed(self, context: CallContext, error: BaseException) -> None:
        self.failures.append((context, error))
        self.on_failure()


class Answer:
    """One answer: the message, and what its payload says as plain values."""

    def __init__(self, buffers: tuple[Buffer, ...]) -> None:
        (self.message,) = Receiver(MAX_SIZE).receive(b"".join(buffers))
        self.flags = self.message.flags & ~Flags.CORRELATION_ID
        self.annotations = self.message.annotations
        self.payload: Any = json.loads(bytes(self.message.payload))

    @property
    def value(self) -> Any:
        """The result, where it is one."""
        assert self.flags & Flags.EXCEPTION == 0, self.payload
        return self.payload

    @property
    def error_map(self) -> dict[str, Any]:
        """The plain form of the exception, where it is one."""
        assert self.flags & Flags.EXCEPTION, self.payload
        assert isinstance(self.payload, dict)
        return self.payload

    @property
    def error(self) -> tuple[str, str]:
        """The exception's class, and its first argument."""
        return self.error_map["__class__"], self.error_map["args"][0]


class Server:
    """Serves ``objects`` by their ids, without any input or output."""

    def __init__(
        self,
        objects: Mapping[str, Any],
        *,
        plugins: Plugins | None = None,
        annotations: Callable[[], Mapping[str, Buffer]] | None = None,
        **settings: Any,
    ) -> None:
        self.config = Config(**settings)
        if plugins is None:
            plugins = Plugins([])
        plugins.register(pyrox_json)
        self.host = Host(self.config, plugins)
        self.converters = Converters()
        self.registry = Registry(lambda object_id: URI.of(object_id, "here:1"), nullcontext())
        self.converters.set_references(lambda reference: reference, self.registry.reference_to)
        self.streams = StreamTable(0.0, 30.0, self.config.max_streams)
        self.registry.register(DaemonObject(self.host, self.registry, self.streams), DAEMON_ID)
        for object_id, target in objects.items():
            self.registry.register(target, object_id)
        self.dispatcher = Dispatcher(
            self.host, self.registry, self.streams, self.config, self.converters, plugins,
            lambda: 0.0, annotations,
        )  # fmt: skip
        self.link = self.connected()

    def connected(self, *, is_pyrox: bool = True) -> Link:
        """Return a connection that is past its handshake."""
        link = self.stranger(is_pyrox=is_pyrox)
        link.protocol.state = State.CONNECTED
        return link

    def stranger(self, *, is_pyrox: bool = False) -> Link:
        """Return a connection whose handshake is still to come."""
        return Link(self.config, is_pyrox)

    def shake_hands(
        self, link: Link, hello: Any, annotations: bytes = b"", serializer: int = JSON
    ) -> tuple[Answer, bool]:
        """Let a client introduce itself."""
        data = message(CONNECT, json.dumps(hello).encode(), annotations, serializer=serializer)
        buffers, verdict = self.dispatcher.handshake(link, parsed(data))
        return Answer(buffers), verdict is Verdict.ACCEPTED

    def answer(self, request: Message, link: Link | None = None) -> Answer | None:
        """Do what a driver does with a request."""
        link = link or self.link
        try:
            invocation = self.dispatcher.begin(link, request)
        except RequestError as problem:
            buffers = self.dispatcher.refuse(link, request, problem)
        else:
            buffers = self.dispatcher.call(invocation)
        return None if buffers is None else Answer(buffers)

    def send(
        self, object_id: Any, method: Any, args: Any, kwargs: Any, link: Link | None = None,
        **fields: Any,
    ) -> Answer | None:  # fmt: skip
        """Make a call whose parts may have any type; ``fields`` are those of the message."""
        call = {"object": object_id, "method": method, "params": args, "kwargs": kwargs}
        annotations = fields.pop("annotations", b"")
        data = message(INVOKE, json.dumps(call).encode(), annotations, serializer=JSON, **fields)
        return self.answer(parsed(data), link)

    def call(self, object_id: str, method: str, *args: Any, **kwargs: Any) -> Answer:
        """Make an ordinary call on the connection that is always there."""
        return self.call_over(self.link, object_id, method, *args, **kwargs)

    def call_over(
        self, link: Link, object_id: str, method: str, *args: Any, **kwargs: Any
    ) -> Answer:
        """Make an ordinary call."""
        answer = self.send(object_id, method, args, kwargs, link)
        assert answer is not None
        return answer

    def get(self, object_id: str, name: str) -> Answer:
        """Read an attribute."""
        answer = self.send(object_id, "__getattr__", [name], None)
        assert answer is not None
        return answer

    def set(self, object_id: str, name: str, value: Any) -> Answer:
        """Write an attribute."""
        answer = self.send(object_id, "__setattr__", [name, value], None)
        assert answer is not None
        return answer

    def batch(self, object_id: str, *calls: Any, flags: int = Flags.BATCH) -> Answer:
        """Make several calls in one message."""
        answer = self.send(object_id, "<batch>", calls, None, flags=flags)
        assert answer is not None
        return answer


def parsed(data: bytes) -> Message:
    """Return the one message in ``data``."""
    (found,) = Receiver(MAX_SIZE).receive(data)
    return found
