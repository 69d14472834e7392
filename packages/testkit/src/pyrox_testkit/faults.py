"""A network that fails when it is told to, between a program's proxies and the daemons they call.

:class:`Faults` says what is to go wrong; the transports in its ``plugins`` do it. They work on
whole messages of Pyro's protocol (see docs/reference/protocol.md), whatever transport is beneath.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import pyrox

__all__ = ["Faults", "Towards"]

Towards = Literal["daemon", "client"]
"""Which way a message goes."""

HELD_FOR = 1.0
"""How long a message that is to be overtaken is held back if none comes to overtake it."""


@dataclass
class Fault:
    """One thing that goes wrong, with ``times`` messages after the first ``after`` ones."""

    kind: str
    towards: Towards
    after: int = 0
    times: float = 1
    handshakes: bool = False
    seconds: float = 0.0
    at: int = 0
    keep: int = 0

    def check(self) -> None:
        """Raise UsageError, a ValueError, where it would do something else than is meant."""
        if self.towards not in ("daemon", "client"):
            raise pyrox.UsageError(
                f"messages go towards the 'daemon' or the 'client', not {self.towards!r}"
            )
        if not _is_whole(self.after, 0):
            raise _not_allowed("after", "how many messages pass first, 0 or more", self.after)
        if not (self.times == math.inf or _is_whole(self.times, 1)):
            raise _not_allowed("times", "1 or more, or math.inf for ever", self.times)
        if self.kind == "delay" and not (_is_number(self.seconds) and 0 < self.seconds < math.inf):
            raise _not_allowed("seconds", "more than 0", self.seconds)
        if not _is_whole(self.keep, 0):
            raise _not_allowed("keep", "how many bytes get through, 0 or more", self.keep)
        if not _is_whole(self.at):
            raise _not_allowed("at", "the number of a byte, negative from the end", self.at)

    def concerns(self, towards: Towards, is_handshake: bool) -> bool:
        """Tell whether a message is one of those, and count it."""
        if towards != self.towards or (is_handshake and not self.handshakes) or not self.times:
            return False
        if self.after:
            self.after -= 1
            return False
        self.times -= 1
        return True


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object, least: float = -math.inf) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _not_allowed(name: str, allowed: str, value: object) -> pyrox.UsageError:
    return pyrox.UsageError(f"{name} is {allowed}; it was {value!r}")


@dataclass
class Faults:
    """What goes wrong between proxies and daemons. Without a fault, all passes.

    Each method adds one fault. ``towards`` says whose messages are meant: those on their way to
    the ``"daemon"`` (calls) or to the ``"client"`` (answers). The first ``after`` messages pass,
    and the fault is over after ``times`` of them. Handshakes pass, unless ``handshakes`` is true.
    UsageError, which is a ValueError, says where a number is none that is allowed.

    A program's proxies meet the faults when they are made with ``plugins=faults.plugins``.
    """

    log: list[str] = field(default_factory=list)
    """What was done to which message, in words."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._refusing = False
        self.healed = threading.Event()
        """Set by :meth:`heal`, until the next fault: what is delayed goes on at once."""
        self._passed: dict[Towards, int] = {"daemon": 0, "client": 0}
        self._plugins: pyrox.Plugins | None = None
        self._cutters: list[Callable[[], None]] = []

    @property
    def plugins(self) -> pyrox.Plugins:
        """The installed plugins, with transports that meet the faults when they connect."""
        if self._plugins is None:
            from .relay import FaultyTransport

            installed = pyrox.installed_plugins()
            self._plugins = installed.replacing(
                transports={
                    scheme: FaultyTransport(transport, self)
                    for scheme, transport in installed.transports.items()
                }
            )
        return self._plugins

    # What can go wrong

    def delay(
        self, seconds: float, *, towards: Towards = "daemon", after: int = 0,
        times: float = float("inf"), handshakes: bool = False,
    ) -> None:  # fmt: skip
        """Deliver messages ``seconds`` late, those behind them as well."""
        self._add(Fault("delay", towards, after, times, handshakes, seconds=seconds))

    def drop(
        self, *, towards: Towards = "daemon", after: int = 0, times: float = 1,
        handshakes: bool = False,
    ) -> None:  # fmt: skip
        """Lose messages; the connection stays."""
        self._add(Fault("drop", towards, after, times, handshakes))

    def cut(
        self, *, towards: Towards = "daemon", after: int = 0, times: float = 1,
        handshakes: bool = False, keep: int = 0,
    ) -> None:  # fmt: skip
        """Cut the connection in place of a message, of which ``keep`` bytes still get through."""
        self._add(Fault("cut", towards, after, times, handshakes, keep=keep))

    def corrupt(
        self, *, towards: Towards = "daemon", after: int = 0, times: float = 1,
        handshakes: bool = False, at: int = 0,
    ) -> None:  # fmt: skip
        """Turn all bits of the byte ``at`` of a message; 0 to 39 are its header, -1 is the last.

        A message that is too short to have such a byte passes as it is.
        """
        self._add(Fault("corrupt", towards, after, times, handshakes, at=at))

    def reorder(
        self, *, towards: Towards = "daemon", after: int = 0, times: float = 1,
        handshakes: bool = False,
    ) -> None:  # fmt: skip
        """Let a message be overtaken by the next one on its connection, within a second."""
        self._add(Fault("reorder", towards, after, times, handshakes))

    def refuse(self) -> None:
        """Let nobody connect from now on."""
        self.healed.clear()
        self._refusing = True

    def cut_now(self) -> None:
        """Cut all connections that there are."""
        with self._lock:
            cutters, self._cutters = self._cutters, []
        for cut in cutters:
            cut()

    def heal(self) -> None:
        """Forget all faults: from now on all passes."""
        with self._lock:
            self._faults.clear()
            self._refusing = False
        self.healed.set()

    # What the transports ask

    @property
    def refusing(self) -> bool:
        """Whether nobody is let in."""
        return self._refusing

    def passed(self, towards: Towards) -> int:
        """Return how many messages were handed on whole, handshakes included."""
        return self._passed[towards]

    def count(self, towards: Towards) -> None:
        """Take note of a message that is handed on."""
        with self._lock:
            self._passed[towards] += 1

    def happening(self, towards: Towards, is_handshake: bool, what: str) -> list[Fault]:
        """Return what goes wrong with the next message, and take note of it."""
        with self._lock:
            found = [fault for fault in self._faults if fault.concerns(towards, is_handshake)]
            self.log += [f"{fault.kind} {what} towards the {towards}" for fault in found]
            return found

    def on_cut(self, cut: Callable[[], None]) -> None:
        """Register how to cut one connection."""
        with self._lock:
            self._cutters.append(cut)

    def forget(self, cut: Callable[[], None]) -> None:
        """Take note that a connection ended by itself."""
        with self._lock:
            if cut in self._cutters:
                self._cutters.remove(cut)

    def _add(self, fault: Fault) -> None:
        fault.check()
        self.healed.clear()
        with self._lock:
            self._faults.append(fault)
