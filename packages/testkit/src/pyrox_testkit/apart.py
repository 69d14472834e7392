"""Running what may hang, crash or race, so that a test fails and the tests go on."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

from .patience import Background

__all__ = ["apart", "switching_often", "together"]

_LOST = "It ended without a word."
_MORE = 2**30


def apart(work: Callable[[], object], patience: float) -> None:
    """Run ``work`` where it can neither hang nor crash the tests; fail as it fails.

    Where the system can, that is a copy of this process: what happens to it happens to nobody
    else, and on Linux it cannot take all the memory either. Elsewhere it is a thread, which is
    left alone when it takes longer than ``patience``.
    """
    __tracebackhide__ = True
    told = _in_a_copy(work, patience) if hasattr(os, "fork") else _in_a_thread(work, patience)
    if told:
        pytest.fail(told, pytrace=False)


def _report(work: Callable[[], object]) -> str:
    """Return what is wrong, in words; empty if nothing is."""
    try:
        work()
    except (AssertionError, pytest.fail.Exception) as error:
        return str(error) or traceback.format_exc()
    except BaseException:
        return traceback.format_exc()
    return ""


def _in_a_thread(work: Callable[[], object], patience: float) -> str:
    try:
        return Background(_report, work).result(patience)
    except AssertionError:
        return _too_long(patience)


def _in_a_copy(work: Callable[[], object], patience: float) -> str:
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python warns of locks that other threads may hold; the copy needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            gc.freeze()  # what the copy inherits is not its own to clean up
            _limit_memory()
            os.close(reading)
            with open(writing, "wb") as pipe:
                pipe.write(b"." + _report(work).encode("utf-8", "backslashreplace"))
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb", buffering=0) as pipe:
        told, ended = _read_all(pipe.fileno(), time.monotonic() + patience)
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if not ended:
        return _too_long(patience)
    if code < 0:
        return (
            f"It crashed the interpreter ({signal.Signals(-code).name}). A value, or bytes, of any "
            "kind must end in a result or in an exception."
        )
    return told[1:].decode() if told else _LOST


def _limit_memory() -> None:
    """Let this process, on Linux, take no more memory than some above what it has."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            has = int(file.read().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (has + _MORE, most))
    except (ImportError, OSError, ValueError):
        pass  # another system, or a limit that is stricter already


def _read_all(pipe: int, ends: float) -> tuple[bytes, bool]:
    """Return what came until the pipe was closed, and whether it was."""
    told = b""
    while True:
        if not select.select([pipe], [], [], max(0.0, ends - time.monotonic()))[0]:
            return told, False
        more = os.read(pipe, 65536)
        if not more:
            return told, True
        told += more


def _too_long(patience: float) -> str:
    return f"It did not end within {patience:g} seconds: it hangs, or waits for itself."


def together(works: Sequence[Callable[[], Any]], patience: float) -> list[Any]:
    """Run all of these at once, each in a thread of its own; return their results in order.

    Fails with the first exception, or where one does not end.
    """
    __tracebackhide__ = True
    results: list[Any] = [None] * len(works)
    failures: list[str] = []
    barrier = threading.Barrier(len(works))

    def work(number: int) -> None:
        barrier.wait(patience)
        results[number] = works[number]()

    def run(number: int) -> None:
        if told := _report(partial(work, number)):
            failures.append(told)

    threads = [
        threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(works))
    ]
    with switching_often():
        for thread in threads:
            thread.start()
        ends = time.monotonic() + patience
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
    if failures:
        pytest.fail(f"With {len(works)} threads at once, one failed:\n{failures[0]}", pytrace=False)
    if any(thread.is_alive() for thread in threads):
        pytest.fail(f"With {len(works)} threads at once: {_too_long(patience)}", pytrace=False)
    return results


@contextlib.contextmanager
def switching_often() -> Iterator[None]:
    """Let threads take turns far more often than usual, so that they get in each other's way."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
