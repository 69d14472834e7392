"""Transports that put a layer (see :class:`pyrox.Layer`) on the connections of another one."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from ..contracts.connecting import Connecting
from ..contracts.layer import Layer
from ..contracts.transport import Listener, Stream, Transport
from ..errors import ConnectError, Outcome, ProtocolError
from ..errors import TimeoutError as PyroTimeoutError
from ..values.config import Config
from .layered import LayeredStream

__all__ = ["LayeredListener", "LayeredTransport"]


class LayeredListener(Listener):
    """Accepts connections without a word: the handshake is up to whoever receives."""

    def __init__(self, inner: Listener, make_layer: Callable[[], Layer]) -> None:
        self._inner = inner
        self._make_layer = make_layer
        self.location = inner.location
        self.keeps_strangers_out = inner.keeps_strangers_out

    @property
    def socket(self) -> Any:
        """The socket that listens, to look at."""
        return getattr(self._inner, "socket", None)

    def fileno(self) -> int:
        return self._inner.fileno()

    def accept(self) -> Stream:
        stream = self._inner.accept()
        try:
            return LayeredStream(stream, self._make_layer())
        except BaseException:
            stream.close()
            raise

    def close(self) -> None:
        self._inner.close()

    def abandon(self) -> None:
        self._inner.abandon()


class LayeredTransport(Transport):
    """A transport that puts a layer on the connections of another one, ``inner``.

    A subclass says which, for either side. ``protocol`` is what error messages call it.
    """

    protocol: str

    def __init__(self, inner: Transport) -> None:
        self.inner = inner

    @abstractmethod
    def client_layer(self, location: str, config: Config) -> Layer:
        """Return the layer of a new connection with the daemon at ``location``."""

    @abstractmethod
    def server_layers(self, config: Config) -> Callable[[], Layer]:
        """Return what makes the layer of each connection that a daemon accepts."""

    def connect(self, location: str, config: Config, timeout: float) -> Stream:
        ends = time.monotonic() + timeout
        layer = self.client_layer(location, config)
        inner = self.inner.connect(self.inner_location(location), config, timeout)
        try:
            stream = LayeredStream(inner, layer)
            stream.shake_hands(max(ends - time.monotonic(), 0.001) if timeout else 0.0)
            return stream
        except BaseException as error:
            inner.close()
            explained = self._explained(location, error)
            if explained is error:
                raise
            raise explained from error

    def connecting(self, location: str, config: Config) -> Connecting:
        layer = self.client_layer(location, config)
        inner = yield from self.inner.connecting(self.inner_location(location), config)
        try:
            stream = LayeredStream(inner, layer)
            yield from stream.shaking_hands()
            return stream
        except BaseException as error:
            inner.close()
            explained = self._explained(location, error)
            if explained is error:
                raise
            raise explained from error

    def _explained(self, location: str, error: BaseException) -> BaseException:
        failed = f"cannot connect to {self.name_of(location)}"
        if isinstance(error, BlockingIOError | TimeoutError):
            return PyroTimeoutError(
                f"{failed}: no answer to the {self.protocol} handshake in time; check that a "
                f"daemon with {self.protocol} listens there and is not blocked, or raise "
                "connect_timeout",
                outcome=Outcome.NOT_SENT,
            )
        if isinstance(error, ConnectionError):
            return ConnectError(
                f"{failed}: it closed the connection during the {self.protocol} handshake "
                f"({error}); check that a daemon with {self.protocol} listens there, and its log"
            )
        if isinstance(error, ProtocolError):
            return ConnectError(
                f"{failed}: what answers there does not speak {self.protocol} ({error}); check "
                "the port, and what comes before the colon of the URI"
            )
        return error

    def inner_location(self, location: str) -> str:
        """Return the location as the inner transport knows it."""
        return location

    def name_of(self, location: str) -> str:
        """Return what error messages call a location."""
        return f"{self.scheme}://{location}"

    def listen(self, location: str, config: Config) -> Listener:
        make_layer = self.server_layers(config)
        return LayeredListener(self.inner.listen(location, config), make_layer)

    def is_public(self, location: str) -> bool:
        return self.inner.is_public(self.inner_location(location))
