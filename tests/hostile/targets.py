"""What the attacked daemons serve."""

import threading
from collections.abc import Iterator
from typing import Any

import pyrox
from tests.hostile.raw import PATIENCE


class Unprintable(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class Target:
    """An object with something for each attack. What is called is noted in ``calls``."""

    secret = "unexposed"

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.started = threading.Semaphore(0)
        self.gate = threading.Event()
        self.name = "unexposed too"
        self._level = 1

    @pyrox.expose
    def echo(self, value: Any = None) -> Any:
        self.calls.append(value)
        return value

    @pyrox.expose
    def keywords(self, **values: Any) -> Any:
        return values

    @pyrox.expose
    def wait(self, value: Any = None) -> Any:
        """Block until the gate opens."""
        self.started.release()
        assert self.gate.wait(PATIENCE)
        self.calls.append(value)
        return value

    @pyrox.expose
    @pyrox.oneway
    def tell(self, value: Any) -> None:
        self.calls.append(value)

    @pyrox.expose
    def zeros(self, size: int) -> bytes:
        return bytes(size)

    @pyrox.expose
    def text(self, size: int) -> str:
        return "x" * size

    @pyrox.expose
    def nested(self, depth: int) -> Any:
        value: list[Any] = []
        for _ in range(depth):
            value = [value]
        return value

    @pyrox.expose
    def endless(self) -> Any:
        value: list[Any] = []
        value.append(value)
        return value

    @pyrox.expose
    def count(self, end: int) -> Iterator[int]:
        yield from range(end)

    @pyrox.expose
    def stubborn(self) -> Iterator[int]:
        """Yield numbers by a generator that does not let itself be closed."""
        try:
            yield 1
            yield 2
        finally:
            self.started.release()
            raise SystemExit("closed")

    @pyrox.expose
    def fail(self, text: str) -> None:
        raise ValueError(text)

    @pyrox.expose
    def fail_with(self, kind: str) -> None:
        raise FAILURES[kind]

    @property
    @pyrox.expose
    def level(self) -> int:
        return self._level

    @level.setter
    def level(self, value: int) -> None:
        self._level = value

    @property
    @pyrox.expose
    def fixed(self) -> int:
        return 7

    @property
    def trap(self) -> int:
        self.calls.append("trap")
        return 1

    def hidden(self) -> None:
        self.calls.append("hidden")

    def _private(self) -> None:
        self.calls.append("private")


class Slotted(Exception):
    """An exception with what no serializer can write."""

    def __init__(self) -> None:
        super().__init__(threading.Lock())


FAILURES: dict[str, BaseException] = {
    "SystemExit": SystemExit(3),
    "KeyboardInterrupt": KeyboardInterrupt(),
    "GeneratorExit": GeneratorExit(),
    "BaseException": BaseException("base"),
    "StopIteration": StopIteration(5),
    "RecursionError": RecursionError("deep"),
    "MemoryError": MemoryError(),
    "CommunicationError": pyrox.CommunicationError("mine"),
    "ConnectionClosedError": pyrox.ConnectionClosedError("mine"),
    "TimeoutError": pyrox.TimeoutError("mine"),
    "ProtocolError": pyrox.ProtocolError("mine"),
    "SerializeError": pyrox.SerializeError("mine"),
    "SecurityError": pyrox.SecurityError("mine"),
    "OSError": BrokenPipeError(32, "mine"),
    "BlockingIOError": BlockingIOError(11, "mine"),
    "EOFError": EOFError("mine"),
    "IndexError": IndexError("mine"),
    "Slotted": Slotted(),
    "Unprintable": Unprintable("x"),
    "surrogates": ValueError("\ud800"),
    "huge": ValueError("x" * 3_000_000),
}
