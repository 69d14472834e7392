"""The objects that a pyrox daemon serves to Pyro5 clients; the Pyro5 daemon has the same."""

import threading
from collections.abc import Iterator
from typing import Any

import pyrox
import pyrox.aio


class StockError(Exception):
    """An exception that only this program knows."""


class Hidden:
    """Something that cannot travel."""


def failure(kind: str) -> Exception:
    if kind == "value":
        error = ValueError("bad value", 42)
        error.field = "age"  # type: ignore[attr-defined]
        return error
    kinds: dict[str, Exception] = {
        "naming": pyrox.NamingError("unknown name: x"),
        "custom": StockError("sold out", 3),
        "stop": StopIteration("early"),
        "key": KeyError("missing"),
        "zero": ZeroDivisionError("division by zero"),
        "overload": pyrox.OverloadedError("too much to do"),
        "connect": pyrox.ConnectError("cannot connect to there"),
        "remote": pyrox.RemoteError("far away", remote_class="far.Error"),
        "timeout": pyrox.TimeoutError("too late"),
        "unicode": UnicodeDecodeError("ascii", b"\xff", 0, 1, "not ascii"),
    }
    return kinds[kind]


@pyrox.expose
class Thing:
    def __init__(self) -> None:
        self._value = 1
        self._notes: list[Any] = []
        self._noted = threading.Condition()

    def add(self, a: int, b: int = 0) -> int:
        return a + b

    def echo(self, value: Any) -> Any:
        return value

    def read(self, blob: pyrox.SerializedBlob) -> list[Any]:
        return [blob.info, list(blob.deserialized())]

    def collect(self, *args: Any, **kwargs: Any) -> list[Any]:
        return [list(args), kwargs]

    def fail(self, kind: str) -> None:
        if kind == "exit":
            raise SystemExit(3)
        raise failure(kind)

    def hidden_result(self) -> Hidden:
        return Hidden()

    @property
    def value(self) -> int:
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        self._value = value

    @property
    def constant(self) -> str:
        return "constant"

    @pyrox.oneway
    def note(self, value: Any) -> None:
        with self._noted:
            self._notes.append(value)
            self._noted.notify_all()

    def notes(self, count: int) -> list[Any]:
        """Wait until there are so many notes."""
        with self._noted:
            self._noted.wait_for(lambda: len(self._notes) >= count, 20)
            notes, self._notes = self._notes, []
            return notes

    def items(self, count: int) -> Iterator[int]:
        yield from range(count)

    def failing_items(self) -> Iterator[str]:
        yield "first"
        raise LookupError("no second")

    def endless(self) -> Iterator[str]:
        try:
            while True:
                yield "item"
        finally:
            self.note("closed")

    def context(self) -> list[Any]:
        context = pyrox.current_context
        context.response_annotations["BACK"] = b"from pyrox"
        annotations = {key: bytes(data).decode() for key, data in context.annotations.items()}
        return [str(context.correlation_id), annotations]

    def make(self) -> "Thing":
        thing = Thing()
        pyrox.current_context.daemon.register(thing)
        return thing

    def use(self, other: Any, a: int) -> Any:
        with other:
            return other.add(a, a)

    def kind_of(self, value: Any) -> str:
        return type(value).__name__

    def uri(self) -> pyrox.URI:
        return pyrox.URI("PYRO:there@localhost:9")

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> str:
        return ["a", "b", "c"][index]

    def _private(self) -> str:
        return "hidden"


def unexposed(self: Thing) -> str:
    return "hidden"


Thing.unexposed = unexposed  # type: ignore[attr-defined]


class AsyncThing(Thing):
    """A thing in an asyncio daemon: what it is passed is to be awaited."""

    @pyrox.expose
    async def use(self, other: Any, a: int) -> Any:
        async with other:
            return await other.add(a, a)


@pyrox.behavior("session")
class Session(Thing):
    """A thing for each connection."""


class Guard:
    """For daemons that do not let in everybody."""

    def validate_handshake(self, peer: pyrox.Peer, data: Any) -> Any:
        if data == "wrong":
            raise ValueError("that is not the word")
        return data


class Guarded(Guard, pyrox.Daemon):
    """A blocking daemon."""


class AsyncGuarded(Guard, pyrox.aio.Daemon):
    """An asyncio daemon."""
