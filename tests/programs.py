"""Python programs in processes of their own, of which the tests read what they print."""

import os
import signal
import subprocess
import sys
import threading
from typing import NamedTuple

PATIENCE = 60.0
"""Seconds that a program has to print or to end, on a machine that does much else."""


class Result(NamedTuple):
    """What one run left behind."""

    code: int
    out: str
    err: str


class Program:
    """``python ARGUMENTS``, started; ``keyboard`` is whether :meth:`type` will be used."""

    def __init__(self, *arguments: str, keyboard: bool | str = False, **settings: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE if keyboard else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # or end() would miss the lines that were read too far
            env={**os.environ, "PYTHONUNBUFFERED": "1", **settings},
        )

    def line_with(self, text: str) -> str:
        """Read lines of stdout up to the first that contains ``text``; return it."""
        assert self.process.stdout is not None
        timer = threading.Timer(PATIENCE, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                if text in line.decode():
                    return line.decode().rstrip()
        finally:
            timer.cancel()
        raise AssertionError(f"ended without printing {text!r}: {self.end().err}")

    def type(self, line: str) -> None:
        """Write a line to its stdin."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())

    def end(self, with_signal: signal.Signals | None = None) -> Result:
        """Wait for the end, after a signal if one is given; return what was not read yet."""
        if with_signal is not None:
            self.process.send_signal(with_signal)
        out, err = self.process.communicate(timeout=2 * PATIENCE)
        return Result(self.process.returncode, out.decode(), err.decode())

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.communicate()
