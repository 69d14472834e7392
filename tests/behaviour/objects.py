"""Objects that the tests serve, and what they share besides fixtures."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pyrox

PATIENCE = 60.0
"""How long, in seconds, a test waits for what should have happened long before."""


@pyrox.expose
class Calculator:
    """Answers with what it was given, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.log: list[Any] = []

    def add(self, a: int, b: int = 0) -> int:
        self.calls.append("add")
        return a + b

    def echo(self, value: Any) -> Any:
        self.calls.append("echo")
        return value

    def collect(self, *args: Any, **kwargs: Any) -> list[Any]:
        return [list(args), kwargs]

    def fail(self, text: str) -> None:
        self.calls.append("fail")
        raise ValueError(text)

    @pyrox.oneway
    def note(self, value: Any) -> None:
        self.log.append(value)

    def numbers(self, count: int) -> Iterator[int]:
        yield from range(count)

    @property
    def size(self) -> int:
        return len(self.log)


class Gate:
    """Methods that wait in the daemon until the test lets them go.

    ``arrived()`` waits until one more call is inside; ``open()`` lets all of them go on.
    """

    def __init__(self) -> None:
        self.executed = 0
        self.inside = 0
        self.most = 0
        self._changed = threading.Condition()
        self._seen = 0
        self._entered = 0
        self._open = threading.Event()

    @pyrox.expose
    def wait(self, value: Any = None) -> Any:
        with self._changed:
            self._entered += 1
            self.inside += 1
            self.most = max(self.most, self.inside)
            self._changed.notify_all()
        try:
            if not self._open.wait(PATIENCE):
                raise AssertionError("nobody opened the gate")
            return value
        finally:
            with self._changed:
                self.inside -= 1
                self.executed += 1
                self._changed.notify_all()

    @pyrox.expose
    @pyrox.oneway
    def wait_oneway(self, value: Any = None) -> None:
        self.wait(value)

    @pyrox.expose(idempotent=True)
    def wait_idempotent(self) -> None:
        self.wait()

    @pyrox.expose
    def quick(self, value: Any = None) -> Any:
        return value

    def arrived(self, count: int = 1) -> None:
        """Wait until ``count`` more calls have come in."""
        with self._changed:
            self._seen += count
            wanted = self._seen
            if not self._changed.wait_for(lambda: self._entered >= wanted, PATIENCE):
                raise AssertionError(f"only {self._entered} of {wanted} calls came in")

    def done(self, count: int) -> None:
        """Wait until ``count`` calls in all have finished."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.executed >= count, PATIENCE):
                raise AssertionError(f"only {self.executed} of {count} calls finished")

    def open(self) -> None:
        self._open.set()


class Spawned:
    """A function that runs in a thread of its own."""

    def __init__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self._value: Any = None
        self._error: BaseException | None = None

        def run() -> None:
            try:
                self._value = function(*args, **kwargs)
            except BaseException as error:
                self._error = error

        self.thread = threading.Thread(target=run, daemon=True, name="test-client")
        self.thread.start()

    @property
    def running(self) -> bool:
        return self.thread.is_alive()

    def result(self, timeout: float = PATIENCE) -> Any:
        """Return what the function returned, or raise what it raised."""
        self.thread.join(timeout)
        assert not self.thread.is_alive(), "it is still running"
        if self._error is not None:
            raise self._error
        return self._value


def eventually(condition: Callable[[], Any], what: str = "it did not happen") -> Any:
    """Wait for what nobody announces, and return it; only for want of an event to wait on."""
    ends = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < ends, what
        time.sleep(0.005)
    return value


def await_log(caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Wait until a daemon, whose threads log when they get to it, has logged ``text``."""
    eventually(lambda: text in caplog.text, what=f"nobody logged {text!r}")
