"""A client and a daemon without a network between them."""

from collections.abc import Iterator
from typing import Any

import pyrox_json
from pyrox import (
    Buffer,
    Config,
    Converters,
    Members,
    Message,
    Peer,
    Plugins,
    current_context,
    expose,
)
from pyrox.logic.remote import Caller
from pyrox.protocol.wire_log import new_mux_connection
from tests.core.dispatch.server import Server, parsed


@expose
class Thing:
    def add(self, a: int, b: int = 0) -> int:
        return a + b

    def fail(self) -> None:
        raise ValueError("bad")

    def fail_unknown(self) -> None:
        raise OwnError("bad", 1)

    def count(self) -> Iterator[int]:
        return iter(range(3))

    def about(self) -> list[Any]:
        call = current_context.call
        current_context.response_annotations["BACK"] = b"x"
        found = {key: value.decode() for key, value in call.annotations.items()}
        return [found, str(call.correlation_id)]


class OwnError(Exception): ...


class Unsendable:
    __slots__ = ()


class Client:
    """A caller and the daemon it talks to."""

    def __init__(self, *, is_pyrox: bool = True, sequence: int = 0) -> None:
        plugins = Plugins([])
        plugins.register(pyrox_json)
        self.server = Server({"thing": Thing()})
        self.link = self.server.stranger()
        self.converters = Converters()
        protocol = new_mux_connection(Peer("here"), Config(), sequence)
        self.caller = Caller("here:1", Config(), self.converters, plugins, "auto", protocol)
        self.is_pyrox = is_pyrox

    def connect(self, object_id: str = "thing") -> tuple[Any, Members]:
        opening = sent(self.caller.begin_handshake(object_id, "hello"))
        if not self.is_pyrox:
            opening = opening._replace(annotations=None)
        self.link.protocol.check([opening])
        buffers, _ = self.server.dispatcher.handshake(self.link, opening)
        return self.caller.finish_handshake(self.received(buffers), object_id)

    def call(self, method: str, *args: Any, flags: int = 0, **kwargs: Any) -> Any:
        return self.call_object("thing", method, args, kwargs, flags)

    def call_object(self, object_id: str, method: str, args: Any, kwargs: Any, flags: int) -> Any:
        request = sent(self.caller.begin_call(object_id, method, args, kwargs, flags))
        invocation = self.server.dispatcher.begin(self.link, request)
        buffers = self.server.dispatcher.call(invocation)
        assert buffers is not None
        return self.caller.finish_call(self.received(buffers))

    def received(self, buffers: tuple[Buffer, ...]) -> Message:
        found = self.caller.protocol.receive(b"".join(buffers))
        assert found is not None
        return found


def sent(buffers: tuple[Buffer, ...]) -> Message:
    return parsed(b"".join(buffers))
