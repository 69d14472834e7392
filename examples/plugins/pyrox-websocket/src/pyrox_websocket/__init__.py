"""Reach a daemon by WebSocket (RFC 6455): ``PYRO+WS:object@host:port``.

What pyrox sends travels in binary messages, cut anywhere; proxies for HTTP let it through.
"""

from __future__ import annotations

from collections.abc import Callable

from wsproto import ConnectionType, WSConnection, events
from wsproto.utilities import ProtocolError

from pyrox import Config, ConnectError, Layer, LayeredTransport, hookimpl
from pyrox_tcp import TcpTransport

__all__ = ["WebSocketTransport"]


class WebSocketLayer(Layer):
    """One side of a WebSocket; a client's knows the ``host`` that it asks."""

    def __init__(self, host: str = "") -> None:
        super().__init__()
        self.socket = WSConnection(ConnectionType.CLIENT if host else ConnectionType.SERVER)
        if host:
            self.say(events.Request(host=host, target="/"))

    def say(self, event: events.Event) -> None:
        self.outgoing.write(self.socket.send(event))

    def feed(self, data: bytes) -> None:
        self.socket.receive_data(data or None)
        for event in self.socket.events():
            if isinstance(event, events.Request):
                self.say(events.AcceptConnection())
            elif isinstance(event, events.RejectConnection):
                raise ConnectError(f"the server there refuses WebSockets ({event.status_code})")
            elif isinstance(event, events.BytesMessage):
                self.incoming.write(event.data)
            elif isinstance(event, events.Ping):
                self.say(event.response())
            elif isinstance(event, events.CloseConnection):
                self.ended = True
            elif not isinstance(event, events.AcceptConnection | events.Pong):
                raise ProtocolError(f"unexpected {type(event).__name__}")
            self.is_open = True

    def write(self, data: memoryview) -> int:
        self.say(events.BytesMessage(bytes(data)))
        return len(data)

    def say_goodbye(self) -> None:
        self.say(events.CloseConnection(1000))


class WebSocketTransport(LayeredTransport):
    """Connects and listens by WebSocket over TCP."""

    scheme = "ws"
    protocol = "WebSocket"

    def __init__(self) -> None:
        super().__init__(TcpTransport())

    def client_layer(self, location: str, config: Config) -> Layer:
        return WebSocketLayer(location)

    def server_layers(self, config: Config) -> Callable[[], Layer]:
        return WebSocketLayer


@hookimpl
def pyrox_register_transport() -> WebSocketTransport:
    """Offer the transport to pyrox."""
    return WebSocketTransport()
