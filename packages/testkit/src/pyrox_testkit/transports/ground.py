"""What the tests of a transport stand on: two ends of a connection, and how to get them."""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

import pyrox

from ..patience import PATIENCE, Background

__all__ = ["Ends", "Ground", "fill", "receive", "send", "wait_for"]


_PART = os.urandom(1024 * 1024)  # a stream may compress what it sends
_FULL = 256 * len(_PART)


class Ends(NamedTuple):
    """Two streams that are connected: what connect() returned and what accept() returned."""

    client: pyrox.Stream
    server: pyrox.Stream

    def both_ways(self) -> tuple[tuple[pyrox.Stream, pyrox.Stream], ...]:
        """Return (sender, receiver) for either direction."""
        return ((self.client, self.server), (self.server, self.client))


class Ground:
    """Fixtures of the suite. Whoever uses it overrides ``transport``, and others where need be."""

    pyrox_time_limit = 3 * PATIENCE
    """How long one test may take, in seconds, before it counts as hanging."""
    half_close = True
    """Whether a side that said that it sends no more still receives."""
    crowd = 1000
    """How many connections are to be open at once."""

    def location(self) -> str:
        """Return where to listen; asked for each listener, of which several may be there."""
        return ""

    @pytest.fixture
    def transport(self) -> pyrox.Transport:
        """The transport to be tested: override this."""
        pytest.fail(
            "define a fixture `transport` in your test class that returns your transport",
            pytrace=False,
        )

    @pytest.fixture
    def config(self) -> pyrox.Config:
        """The settings of daemons and proxies."""
        return pyrox.Config()

    @pytest.fixture
    def listener(
        self, transport: pyrox.Transport, config: pyrox.Config
    ) -> Iterator[pyrox.Listener]:
        """A listener at a place of its own."""
        listener = transport.listen(self.location(), config)
        yield listener
        listener.close()

    @pytest.fixture
    def join(
        self, transport: pyrox.Transport, listener: pyrox.Listener, config: pyrox.Config
    ) -> Iterator[Callable[[], Ends]]:
        """Make one more connection with the listener."""
        made: list[pyrox.Stream] = []

        def join() -> Ends:
            connecting = Background(transport.connect, listener.location, config, PATIENCE)
            server = accept(listener)
            made.append(server)
            # The two may have to agree on something first: a daemon does so while it receives.
            ends = time.monotonic() + PATIENCE
            while connecting.running and time.monotonic() < ends:
                if wait_for(server, sending=False, seconds=0.01):
                    with contextlib.suppress(BlockingIOError):
                        early = server.recv_nowait(1)
                        assert early is None, f"{early!r} was received, and nobody sent that"
            client = connecting.result(1.0)
            made.append(client)
            # As between proxies and daemons, it is the client that speaks first.
            client.send([b"?"])
            assert receive(server, 1) == b"?"
            for stream in (client, server):
                stream.set_timeouts(PATIENCE, PATIENCE)
            return Ends(client, server)

        yield lambda: Background(join).result(self.pyrox_time_limit)
        for stream in made:
            stream.close()

    @pytest.fixture
    def ends(self, join: Callable[[], Ends]) -> Ends:
        """Two streams that are connected. Their blocking calls end after a while."""
        return join()


def accept(listener: pyrox.Listener, seconds: float = PATIENCE) -> pyrox.Stream:
    """Return the next connection, as a daemon gets it: when the listener is readable."""
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            selector.select(0.1)
            with contextlib.suppress(BlockingIOError):
                return listener.accept()
    raise AssertionError(
        f"nobody was accepted within {seconds:g} s of connecting: listener.fileno() has to be "
        "readable then, and accept() has to return the stream"
    )


def wait_for(stream: pyrox.Stream, *, sending: bool, seconds: float = PATIENCE) -> bool:
    """Wait, as the drivers do, until it is worth trying again; False if the time is up."""
    if not sending and stream.pending():
        return True
    event = selectors.EVENT_READ
    if stream.waits_to_send(sending):
        event = selectors.EVENT_WRITE
    with selectors.DefaultSelector() as selector:
        selector.register(stream.fileno(), event)
        return bool(selector.select(seconds))


def receive(stream: pyrox.Stream, size: int) -> bytes:
    """Receive exactly ``size`` bytes by the calls that do not wait; fewer only at the end."""
    found = bytearray()
    ends = time.monotonic() + PATIENCE
    while len(found) < size:
        try:
            data = stream.recv_nowait(min(size - len(found), 100_000))
        except BlockingIOError:
            wait_for(stream, sending=False, seconds=1.0)
            assert time.monotonic() < ends, f"{len(found)} of {size} bytes came, and no more"
            continue
        if not data:
            break
        found += data
    return bytes(found)


def send(stream: pyrox.Stream, data: bytes) -> None:
    """Send all of it by the calls that do not wait."""
    rest = memoryview(data)
    ends = time.monotonic() + PATIENCE
    while rest:
        try:
            rest = rest[stream.send_nowait([rest]) :]
        except BlockingIOError:
            wait_for(stream, sending=True, seconds=1.0)
            assert time.monotonic() < ends, f"{len(data) - len(rest)} of {len(data)} bytes went out"


def fill(stream: pyrox.Stream) -> None:
    """Send, without waiting, until the peer takes no more."""
    sent = 0
    while sent < _FULL:
        try:
            sent += stream.send_nowait([_PART])
        except BlockingIOError:
            return
    raise AssertionError(
        f"{sent} bytes were sent and nobody received any: where a stream would have to wait, "
        "send_nowait() raises BlockingIOError"
    )
