"""What the parts of the suite for serializers share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

import pyrox
from pyrox import Converters, Pieces, Plugins, Serializer

__all__ = ["Base", "Point", "Refused", "flat", "nested"]


@dataclass
class Point:
    """A class that tests register, so that it may travel."""

    x: Any
    y: Any


class Refused(NamedTuple):
    """A value did not travel; ``writing`` tells that it was not even written."""

    error: Exception
    writing: bool


def flat(payload: Any) -> bytes:
    """Return a payload as one piece, after a look at what it is."""
    assert isinstance(payload, bytes | bytearray | memoryview | Pieces), (
        f"dumps returned a {type(payload).__name__}; it returns bytes, a bytearray, a memoryview, "
        "or pyrox.Pieces"
    )
    data = bytes(payload)
    if isinstance(payload, Pieces):
        assert len(payload) == len(data), "these Pieces do not have the size that they tell"
    return data


def nested(depth: int, kind: type = list) -> Any:
    """Return a value of that many lists, tuples, or dictionaries around each other."""
    value: Any = kind()
    for _ in range(depth - 1):
        value = {"k": value} if kind is dict else kind([value])
    return value


class Base:
    """Settings and fixtures; the author writes the fixture ``serializer``."""

    keeps: tuple[type, ...] = ()
    depth: int = 100
    refusals: tuple[type[Exception], ...] = (Exception,)
    pyrox_time_limit: float = 40.0

    @property
    def _patience(self) -> float:
        """How long a step of a test may take, which has to end before the test does."""
        return 0.9 * self.pyrox_time_limit

    @pytest.fixture
    def serializer(self) -> Serializer:
        """The serializer to be tested: written by the author of the plugin."""
        pytest.fail(
            "write a fixture named serializer, which returns the serializer to be tested: "
            "@pytest.fixture def serializer(self): return CborSerializer()",
            pytrace=False,
        )

    @pytest.fixture
    def converters(self) -> Converters:
        """Converters that know the class Point."""
        converters = Converters()
        converters.register(Point)
        return converters

    @pytest.fixture
    def plugins(self, serializer: Serializer) -> Plugins:
        """The installed plugins, and the serializer."""
        return pyrox.installed_plugins().replacing(serializers=[serializer])

    def _carry(self, serializer: Serializer, value: Any, converters: Converters) -> Any:
        """Return what arrives, or Refused; the payload is received as from a network."""
        try:
            payload = serializer.dumps(value, converters)
        except Exception as error:
            self._check_refusal(serializer.name, error)
            return Refused(error, writing=True)
        data = memoryview(bytearray(flat(payload)))
        try:
            return serializer.loads(data, converters)
        except Exception as error:
            self._check_refusal(serializer.name, error)
            return Refused(error, writing=False)

    def _carry_call(
        self,
        serializer: Serializer,
        args: Any,
        kwargs: Any,
        converters: Converters,
        method: str = "method",
    ) -> Any:
        """Return (object id, method, args, kwargs) of a call that travelled."""
        data = flat(serializer.dumps_call("object", method, args, kwargs, converters))
        call = serializer.loads_call(memoryview(bytearray(data)), converters)
        assert isinstance(call, tuple) and len(call) == 4, (
            f"loads_call returned {call!r:.200}; it returns (object id, method, args, kwargs)"
        )
        return call

    def _travel(self, serializer: Serializer, value: Any, converters: Converters) -> Any:
        """Return what arrives of a value that must arrive."""
        arrived = self._carry(serializer, value, converters)
        if isinstance(arrived, Refused):
            doing = "dumps" if arrived.writing else "loads"
            raise AssertionError(
                f"{doing} of {serializer.name} refused what must travel: "
                f"{type(arrived.error).__name__}: {arrived.error}"
            ) from arrived.error
        return arrived

    def _check_refusal(self, who: str, error: Exception, data: bytes | None = None) -> None:
        """See that an exception is one that this serializer refuses with."""
        what = "" if data is None else f" {data[:60]!r} ({len(data)} bytes)"
        assert isinstance(error, self.refusals), (
            f"{who} refused{what} with {type(error).__name__}: {error!s:.300}; the suite's "
            f"attribute `refusals` has {', '.join(kind.__name__ for kind in self.refusals)}"
        )

    def _written_refusal(self, serializer: Serializer, value: Any, converters: Converters) -> str:
        """Return the words in which dumps refuses a value, also as part of a call."""
        attempts: list[Callable[[], object]] = [
            lambda: serializer.dumps(value, converters),
            lambda: serializer.dumps_call("object", "method", (value,), {}, converters),
            lambda: serializer.dumps_call("object", "method", (), {"k": value}, converters),
        ]
        texts: list[str] = []
        for attempt in attempts:
            try:
                attempt()
            except Exception as error:
                self._check_refusal(serializer.name, error)
                texts.append(str(error))
        assert len(texts) == 3, (
            f"{serializer.name} wrote a {type(value).__name__} that cannot travel, alone or in a "
            "call; refuse it with a SerializeError"
        )
        assert all(text.strip() for text in texts), (
            f"{serializer.name} refused a {type(value).__name__} without a word; say what it "
            "cannot write, and what to do"
        )
        return texts[0]

    def _written(self, serializer: Serializer, value: Any, converters: Converters) -> bytes | None:
        """Return a value as bytes, or None where it is refused."""
        try:
            payload = serializer.dumps(value, converters)
        except Exception as error:
            self._check_refusal(serializer.name, error)
            return None
        return flat(payload)

    def _in_a_thread_too(self, work: Callable[[], object]) -> None:
        """Run ``work`` here, and in a thread, which may have less stack."""
        work()
        failures: list[BaseException] = []

        def run() -> None:
            try:
                work()
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if failures:
            raise failures[0]
