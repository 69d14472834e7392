"""The processes of the demonstration, and the lines that they print."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pyrox import PyroxError

from ..values import safe_text

__all__ = ["DemoError", "Line", "Stage"]

PATIENCE = 20.0
"""Seconds to wait for a line; a slow machine needs some for starting Python."""
_COLORS = {"demo": "bold", "name server": "magenta", "server": "green", "client 1": "cyan"}


class DemoError(PyroxError):
    """A part of the demonstration failed."""


@dataclass(frozen=True)
class Line:
    """A line that one of the processes printed."""

    who: str
    text: str

    def __str__(self) -> str:
        return f"[{self.who}] {self.text}"

    def __rich__(self) -> Any:
        from rich.text import Text

        color = _COLORS.get(self.who, "yellow")
        return Text.assemble((f"[{self.who}] ", color), safe_text(self.text))


class Stage:
    """Starts processes, hands on what they print, and ends them all when it is closed.

    They run in an empty folder and without settings of the user's, so that nothing that is
    configured here disturbs them; ``settings`` are PYROX_ variables for the next ones started.
    """

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="pyrox-demo-")
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._events: queue.Queue[Line | str] = queue.Queue()
        self._ended: set[str] = set()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *error: object) -> None:
        for name in reversed(self._processes):
            self.stop(name)
        self._folder.cleanup()

    def start(self, name: str, module: str, *arguments: str) -> Line:
        """Run ``python -m module`` under ``name``; return a line that says so."""
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=self._folder.name,
            env=self._environment(),
        )
        self._processes[name] = process
        threading.Thread(target=self._read, args=(name, process), daemon=True).start()
        return Line("demo", f"started {name}, process {process.pid}")

    def until(self, name: str, found: Callable[[str], bool]) -> Iterator[Line]:
        """Pass on all lines until ``name`` prints one that ``found`` accepts."""
        while name not in self._ended:
            for line in self._next(name):
                yield line
                if line.who == name and found(line.text):
                    return
        raise DemoError(f"{name} ended before it was ready; it says why above")

    def until_end(self, *names: str) -> Iterator[Line]:
        """Pass on all lines until the processes ``names`` have ended, and ended well."""
        while not self._ended.issuperset(names):
            yield from self._next(" and ".join(names))
        for name in names:
            if status := self._processes[name].wait():
                raise DemoError(f"{name} failed with exit code {status}; it says why above")

    def stop(self, name: str) -> None:
        """End one process, by its id, and wait until it is gone."""
        process = self._processes[name]
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _next(self, waiting_for: str) -> Iterator[Line]:
        """Wait for what happens next: a line, or that a process has printed its last one."""
        try:
            event = self._events.get(timeout=PATIENCE)
        except queue.Empty:
            raise DemoError(f"{waiting_for} said nothing for {PATIENCE:g} seconds") from None
        if isinstance(event, Line):
            yield event
        else:
            self._ended.add(event)

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for text in output:
                self._events.put(Line(name, text.rstrip()))
        self._events.put(name)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYROX_")}
        return {**kept, **self.settings, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
