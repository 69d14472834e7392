"""The serializer at work: daemons of both kinds, proxies, and everything that they send."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyrox
from pyrox import (
    Config,
    ConnectError,
    Converters,
    Daemon,
    Outcome,
    Plugins,
    Proxy,
    SerializedBlob,
    SerializeError,
    Serializer,
    remote_traceback,
)

from .base import Base, Point
from .classes import ADVICE, Sealed
from .compare import fits

__all__ = ["Served"]


class OvenError(Exception):
    """An exception that the client does not know."""


@pyrox.expose
class Oven:
    """What is served."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._degrees = 20
        self.noted = threading.Event()

    def echo(self, value: Any) -> Any:
        """Return what came."""
        return value

    def collect(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the arguments."""
        return [list(args), kwargs]

    def fail(self, text: str) -> None:
        """Raise an exception of Python's."""
        error = ValueError(text, 7)
        error.code = 3  # type: ignore[attr-defined]
        raise error

    def burn(self) -> None:
        """Raise one of our own."""
        raise OvenError("too hot", 400)

    def seal(self) -> Any:
        """Return what cannot travel."""
        return [Sealed()]

    def count(self, end: int) -> Iterator[Any]:
        """Return items one by one."""
        for number in range(end):
            yield {"number": number}

    @pyrox.oneway
    def note(self, value: Any) -> None:
        """Take note, without an answer."""
        if value == ["noted"]:
            self.noted.set()

    @property
    def degrees(self) -> int:
        """An attribute."""
        return self._degrees

    @degrees.setter
    def degrees(self, value: int) -> None:
        self._degrees = value

    def tray(self) -> Any:
        """Return an object that is registered: it arrives as a proxy."""
        tray = Tray()
        self._daemon.register(tray)
        return {"tray": tray}

    def move(self, point: Point) -> Point:
        """Return a point, of a registered class."""
        return Point(point.y, [point.x])

    def keep(self, blob: SerializedBlob) -> Any:
        """Read a blob."""
        return [blob.info, list(blob.deserialized())]


@pyrox.expose
class Tray:
    """What else is served."""

    def carry(self, what: str) -> str:
        """Answer."""
        return f"carries {what}"


class Doorkeeper(Daemon):
    """A daemon that looks at the handshake."""

    def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
        """Answer with what came; refuse nobody but Mallory."""
        if data == {"user": "mallory"}:
            raise PermissionError("no entry for Mallory: žádný vstup")
        return None if data == "hello" else {"seen": data}


class Served(Base):
    """Remote calls that travel in this format, to daemons of either kind."""

    compressed = 300_000
    """How many characters the large text has that travels compressed."""

    @pytest.fixture(params=["thread", "multiplex"])
    def daemon(
        self, request: pytest.FixtureRequest, plugins: Plugins, own: Converters
    ) -> Iterator[Daemon]:
        """A daemon that has the serializer among its plugins."""
        config = Config(server=str(request.param), compression=True)
        with Doorkeeper("localhost:0", config=config, plugins=plugins, converters=own) as daemon:
            daemon.register(Oven(daemon), "oven")
            daemon.start()
            yield daemon

    @pytest.fixture
    def own(self) -> Converters:
        """Converters that know Point, and what every program knows."""
        converters = Converters(parent=pyrox.default_converters)
        converters.register(Point)
        return converters

    @pytest.fixture
    def connect(
        self, daemon: Daemon, serializer: Serializer, plugins: Plugins, own: Converters
    ) -> Iterator[Callable[..., Any]]:
        """Make a proxy that calls with the serializer."""
        made: list[Proxy] = []

        def connect(**options: Any) -> Proxy:
            settings = {"config": Config(), "timeout": self._patience, **options}
            proxy = Proxy(
                daemon.uri_for("oven"),
                serializer=serializer.name,
                plugins=plugins,
                converters=own,
                **settings,
            )
            made.append(proxy)
            return proxy

        yield connect
        for proxy in made:
            proxy._pyro.release()

    @pytest.fixture
    def oven(self, connect: Callable[..., Any]) -> Any:
        """A proxy that calls with the serializer."""
        return connect()

    def test_calls_are_answered(self, oven: Any) -> None:
        for value in (None, True, 5, -1.5, "žluť", [1, [None]], {"a": {"b": "c"}}):
            assert oven.echo(value) == value
        assert oven.collect() == [[], {}]
        assert oven.collect(1, "x", k=[2], größe=None) == [[1, "x"], {"k": [2], "größe": None}]

    def test_peers_tell_each_other_its_name(self, oven: Any, serializer: Serializer) -> None:
        assert oven.echo(1) == 1
        names = oven._pyro.peer.serializers
        assert serializer.name in names, f"the daemon told the client of {names!r} only"

    def test_an_exception_arrives_with_its_traceback(self, oven: Any) -> None:
        with pytest.raises(ValueError, match="žluť") as caught:
            oven.fail("žluť")
        assert caught.value.args == ("žluť", 7), f"its args arrived as {caught.value.args!r}"
        assert vars(caught.value).get("code") == 3, "its attributes did not arrive"
        told = remote_traceback(caught.value)
        assert told and "in fail" in told, f"the remote traceback arrived as {told!r}"

    def test_an_exception_of_an_unknown_class_arrives_with_its_text(self, oven: Any) -> None:
        with pytest.raises(pyrox.RemoteError, match="too hot") as caught:
            oven.burn()
        assert caught.value.remote_class.endswith("OvenError")
        assert caught.value.args == ("too hot", 400)

    def test_a_missing_method_is_an_attribute_error(self, oven: Any) -> None:
        with pytest.raises(AttributeError, match="bake"):
            oven.bake()

    def test_what_cannot_be_sent_is_not_sent(self, oven: Any) -> None:
        assert oven.echo(1) == 1
        with pytest.raises(SerializeError) as caught:
            oven.echo([Sealed()])
        assert caught.value.outcome is Outcome.NOT_SENT
        assert "register" in str(caught.value), f"the caller is told {caught.value!s}; {ADVICE}"
        assert oven.echo(2) == 2

    def test_a_result_that_cannot_be_sent_is_an_error(self, oven: Any) -> None:
        with pytest.raises(pyrox.PyroxError) as caught:
            oven.seal()
        assert "register" in str(caught.value), f"the caller is told {caught.value!s}; {ADVICE}"
        assert oven.echo(2) == 2

    def test_a_batch_travels_in_one_message(self, oven: Any) -> None:
        batch = oven._pyro.batch()
        batch.echo({"a": [1]})
        batch.collect(1, k=2)
        batch.fail("bad")
        batch.echo("never")
        results = batch()
        assert next(results) == {"a": [1]}
        assert next(results) == [[1], {"k": 2}]
        with pytest.raises(ValueError, match="bad"):
            next(results)

    def test_items_are_streamed(self, oven: Any) -> None:
        assert list(oven.count(5)) == [{"number": number} for number in range(5)]

    def test_attributes_are_read_and_written(self, oven: Any) -> None:
        assert oven.degrees == 20
        oven.degrees = 180
        assert oven.degrees == 180

    def test_a_oneway_call_arrives(self, oven: Any, daemon: Daemon) -> None:
        assert oven.note(["noted"]) is None
        assert daemon.objects["oven"].noted.wait(self._patience), "the oneway call did not arrive"

    def test_a_registered_object_arrives_as_a_proxy(self, oven: Any) -> None:
        with oven.tray()["tray"] as tray:
            assert isinstance(tray, Proxy), f"{tray!r} arrived"
            assert tray.carry("bread") == "carries bread"

    def test_a_registered_class_travels(self, oven: Any) -> None:
        assert oven.move(Point(1, "two")) == Point("two", [1])
        assert oven.echo([{"k": Point(Point(1, 2), None)}]) == [{"k": Point(Point(1, 2), None)}]

    def test_a_large_value_travels_compressed(self, connect: Callable[..., Any]) -> None:
        oven = connect(config=Config(compression=True))
        text = ("žluťoučký kůň " * (self.compressed // 14 + 1))[: self.compressed]
        assert oven.echo([text, text]) == [text, text], "a compressed text arrived as another"
        numbers = list(range(self.compressed // 10))
        assert oven.echo(numbers) == numbers

    def test_large_bytes_travel_or_are_refused(self, oven: Any) -> None:
        data = bytes(range(256)) * 4000
        try:
            arrived = oven.echo(data)
        except SerializeError:
            assert bytes not in self.keeps, "bytes were refused, which `keeps` has"
        else:
            assert fits(data, arrived), "large bytes arrived as others"
        assert oven.echo(2) == 2

    def test_a_blob_passes_unread(self, oven: Any) -> None:
        blob = SerializedBlob("topic", ["x", {"k": [1]}])
        assert oven.keep(blob) == ["topic", ["x", {"k": [1]}]]

    @pytest.mark.parametrize("data", [None, {"user": "ada", "tags": ["a"]}, ["x", 1]], ids=repr)
    def test_a_handshake_is_seen_and_answered(self, connect: Callable[..., Any], data: Any) -> None:
        oven = connect(handshake=data)
        assert oven.echo(1) == 1
        assert oven._pyro.handshake_answer == {"seen": data}

    def test_a_refused_client_learns_why(self, connect: Callable[..., Any]) -> None:
        with pytest.raises(ConnectError, match="no entry for Mallory: žádný"):
            connect(handshake={"user": "mallory"}).echo(1)

    def test_the_members_of_an_object_arrive(self, oven: Any) -> None:
        assert {"echo", "fail", "note"} <= oven._pyro.methods
        assert oven._pyro.attributes == {"degrees"} and oven._pyro.oneway == {"note"}
