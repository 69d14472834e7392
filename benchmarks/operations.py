"""What clients do, in a loop: one function an operation, the same code for every contender.

An operation gets a :class:`Task` and a count, works that often, and returns how many units it did
(calls, bytes, items). The functions named ``check_…`` run once before anything is timed: a
contender that answers quickly and wrongly is an error, not a winner.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .contenders import Client, Contender
from .workload import NAMES, SMALL, bulk, dicts, name_uri

__all__ = ["CHECKS", "OPERATIONS", "Task", "WrongAnswer"]

_PATIENCE = 20.0


class WrongAnswer(Exception):
    """A contender answered, and not what was expected."""


@dataclass
class Task:
    """One client's work: whom to call, how, and with what."""

    contender: Contender
    address: str
    options: dict[str, Any]
    params: dict[str, Any]
    client: Client
    data: Any = None
    extra: dict[str, Any] = field(default_factory=dict)


def _expect(what: str, got: Any, expected: Any) -> None:
    if got != expected:
        raise WrongAnswer(f"{what}: got {str(got)[:80]!r}, expected {str(expected)[:80]!r}")


def call(task: Task, count: int) -> int:
    """Make small calls, one after the other."""
    target = task.client.target
    for _ in range(count):
        target.echo(SMALL)
    return count


def check_call(task: Task) -> None:
    _expect("echo", task.client.target.echo(SMALL), SMALL)


def echo_dicts(task: Task, count: int) -> int:
    """Send records and get them back."""
    target, data = task.client.target, task.data
    for _ in range(count):
        target.echo(data)
    return count


def check_echo_dicts(task: Task) -> None:
    task.data = dicts(task.params["count"])
    _expect("echo", task.client.target.echo(task.data), task.data)


def upload(task: Task, count: int) -> int:
    """Send bytes; the answer is their number."""
    target, data = task.client.target, task.data
    for _ in range(count):
        target.upload(data)
    return count * len(data)


def check_upload(task: Task) -> None:
    task.data = bulk(task.params["size"])
    _expect("upload", task.client.target.upload(task.data), len(task.data))


def download(task: Task, count: int) -> int:
    """Get bytes."""
    target, size = task.client.target, task.params["size"]
    for _ in range(count):
        target.download(size)
    return count * int(size)


def check_download(task: Task) -> None:
    _expect("download", len(task.client.target.download(task.params["size"])), task.params["size"])


def cycle(task: Task, count: int) -> int:
    """Connect, make one small call, close."""
    connect = task.contender.connect
    for _ in range(count):
        client = connect(task.address, task.options)
        client.target.echo(SMALL)
        client.close()
    return count


def batch(task: Task, count: int) -> int:
    """Make small calls, many in a message."""
    size = task.params["size"]
    return sum(task.client.batch(size) for _ in range(count))


def check_batch(task: Task) -> None:
    _expect("batch", task.client.batch(task.params["size"]), task.params["size"])


def oneway(task: Task, count: int) -> int:
    """Make one-way calls, and wait until the server has executed all of them."""
    target = task.client.target
    expected = target.ticks() + count
    for _ in range(count):
        target.tick()
    give_up = time.monotonic() + _PATIENCE
    while target.ticks() < expected:
        if time.monotonic() > give_up:
            raise WrongAnswer(f"of {count} one-way calls some were not executed in {_PATIENCE} s")
    return count


def stream(task: Task, count: int) -> int:
    """Iterate over what a remote generator yields."""
    size, done = task.params["size"], 0
    for _ in range(count):
        for _item in task.client.target.items(size):
            done += 1
    return done


def check_stream(task: Task) -> None:
    _expect("stream", list(task.client.target.items(5)), [0, 1, 2, 3, 4])


def lookup(task: Task, count: int) -> int:
    """Ask the name server, for one name after the other."""
    find, names = task.client.target.lookup, task.data
    for number in range(count):
        find(names[number % NAMES])
    return count


def check_lookup(task: Task) -> None:
    task.data = []
    for number in range(NAMES):
        name, uri = name_uri(number)
        task.client.target.register(name, uri)
        task.data.append(name)
        _expect("lookup", str(task.client.target.lookup(name)), uri)


def register(task: Task, count: int) -> int:
    """Register one name after the other, each of them again and again."""
    put = task.client.target.register
    for number in range(count):
        put(*name_uri(number % NAMES))
    return count


OPERATIONS: dict[str, Callable[[Task, int], int]] = {
    "call": call,
    "echo_dicts": echo_dicts,
    "upload": upload,
    "download": download,
    "cycle": cycle,
    "batch": batch,
    "oneway": oneway,
    "stream": stream,
    "lookup": lookup,
    "register": register,
}

CHECKS: dict[str, Callable[[Task], None]] = {
    "call": check_call,
    "echo_dicts": check_echo_dicts,
    "upload": check_upload,
    "download": check_download,
    "cycle": check_call,
    "batch": check_batch,
    "oneway": check_call,
    "stream": check_stream,
    "lookup": check_lookup,
    "register": check_lookup,
}
