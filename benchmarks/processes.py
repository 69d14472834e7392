"""The processes of a run: started here, talked to by lines, ended by their id, whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from .server import READY

__all__ = ["Child", "ContenderError", "Processes"]

ROOT = Path(__file__).resolve().parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")


class ContenderError(Exception):
    """A contender's process failed, said nothing in time, or could not be started."""


class Child:
    """A process that reads orders and answers by lines. Its errors go to a temporary file."""

    def __init__(self, module: str, arguments: list[str], cpus: Iterable[int]) -> None:
        cpus = set(cpus)
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - it lives as long as the process
        self._pending = b""
        mine = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cpus)  # inherited, so that no thread of the child is elsewhere
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                cwd=ROOT,
                start_new_session=True,  # ctrl-C reaches the harness alone, which then ends these
            )
        finally:
            os.sched_setaffinity(0, mine)
        self.pid = self._process.pid

    def tell(self, order: dict[str, Any]) -> None:
        """Send an order."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # hear() says what happened
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def hear(self, timeout: float) -> dict[str, Any]:
        """Return the next answer; raises ContenderError if it is an error or does not come."""
        while True:
            line = self._line(time.monotonic() + timeout)
            if not line.startswith("{"):
                continue
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                raise ContenderError(answer["error"])
            return answer

    def hear_address(self, timeout: float) -> str:
        """Return the address that a server announces, in our words or as a printed URI."""
        until = time.monotonic() + timeout
        while True:
            words = self._line(until).split()
            if len(words) == 2 and words[0] == READY:
                return words[1]
            for word in words:
                if word.upper().startswith("PYRO") and "@" in word:
                    return word.rstrip(".,;)")

    def cpu_seconds(self) -> float:
        """Return the processor time used so far, or 0 where the system does not tell."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return 0.0
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def end(self) -> None:
        """End the process: politely, then not."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5.0)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def last_words(self) -> str:
        """Return the last line on its standard error, after a colon, or nothing."""
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors.read().splitlines() if line.strip()]
        return f": {lines[-1]}" if lines else ""

    def _line(self, until: float) -> str:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._pending:
            left = until - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise ContenderError(f"no answer in time{self.last_words()}")
            more = os.read(descriptor, 65536)
            if not more:
                raise ContenderError(f"the process ended{self.last_words()}")
            self._pending += more
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode(errors="replace")


class Processes:
    """All children of a run. Leaving the ``with`` block ends them, after an error or ctrl-C too."""

    def __init__(self) -> None:
        self._children: list[Child] = []

    def __enter__(self) -> Processes:
        signal.signal(signal.SIGTERM, _interrupt)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(list(self._children))

    def start(self, module: str, arguments: list[str], cpus: Iterable[int]) -> Child:
        """Start ``python -m module`` on these CPUs."""
        child = Child(module, arguments, cpus)
        self._children.append(child)
        return child

    def end(self, children: list[Child]) -> None:
        """End these, the youngest first."""
        for child in reversed(children):
            child.end()
            if child in self._children:
                self._children.remove(child)


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
