"""The object of ``pyrox echoserver``: something to try a client on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pyrox

__all__ = ["EchoServer"]


@pyrox.expose
class EchoServer:
    """Answers with what it was sent, fails on request, takes its time, and streams."""

    def __init__(
        self, log: Callable[[str], None], stop: Callable[[], None], verbose: bool = False
    ) -> None:
        self._log = log
        self._stop = stop
        self._verbose = verbose

    def echo(self, message: Any) -> Any:
        """Return ``message``."""
        self._say(f"echo: {message!r}")
        return message

    def error(self) -> None:
        """Raise a ValueError."""
        self._say("error: raising a ValueError")
        raise ValueError("this is the generated error from echoserver echo() method")

    def error_with_text(self) -> None:
        """Raise a ValueError with another text."""
        self._say("error_with_text: raising a ValueError")
        raise ValueError("the message of the error")

    @pyrox.oneway
    def oneway_echo(self, message: Any) -> None:
        """Take ``message``; the caller does not wait."""
        self._say(f"oneway_echo: {message!r}")

    def slow(self) -> str:
        """Answer after five seconds."""
        self._say("slow: waiting five seconds")
        time.sleep(5)
        return "Finally, an answer!"

    @pyrox.oneway
    def oneway_slow(self) -> None:
        """Take five seconds; the caller does not wait."""
        self._say("oneway_slow: waiting five seconds")
        time.sleep(5)

    def generator(self) -> Iterator[str]:
        """Stream three words."""
        self._say("generator: streaming three words")
        yield from ("one", "two", "three")

    def nan(self) -> float:
        """Return the float that is not a number."""
        return float("nan")

    def inf(self) -> float:
        """Return infinity."""
        return float("inf")

    def shutdown(self) -> None:
        """End the server."""
        self._say("shutdown")
        self._stop()

    @pyrox.expose
    def __dunder__(self) -> str:
        """Return a text: dunder names may be exposed, one by one."""
        return "dunder method may be called"

    @property
    def verbose(self) -> bool:
        """Whether the server prints each call."""
        return self._verbose

    @verbose.setter
    def verbose(self, verbose: bool) -> None:
        self._verbose = bool(verbose)

    def _private(self) -> str:
        return "a private method must not be called"

    def __private(self) -> str:
        return "a private method must not be called"

    def _say(self, text: str) -> None:
        if self._verbose:
            self._log(text)
