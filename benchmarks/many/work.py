"""What clients do: one function for each way of calling, the same code for every contender.

Each gets the clients and how long to go on, and returns how many calls were answered. What is on
its way when the time is over is waited for, and counted: the clock is stopped after that.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from time import perf_counter
from typing import Any

from .contenders.base import ThreadClient

__all__ = ["ASYNC_WORK", "THREAD_WORK", "VALUE", "WrongAnswer", "check"]

VALUE = (7, "a short text")
"""Argument and result of each call. A tuple, which rpyc sends by value; msgpack makes it a list."""

_BURST = 1000
_THREADS = 32


class WrongAnswer(Exception):
    """A contender answered, and not what was expected."""


def check(answers: Sequence[Any], calls: int) -> None:
    """Raise WrongAnswer unless these are the answers of so many calls."""
    wrong = [answer for answer in answers if tuple(answer) != VALUE]
    if wrong or len(answers) != calls:
        raise WrongAnswer(f"{len(wrong)} of {len(answers)}, expected {calls}: {wrong[:1]!r}")


async def sequential(clients: Sequence[Any], seconds: float) -> int:
    """Await one call after the other."""
    (client,) = clients
    return await _caller(client, perf_counter() + seconds)


async def _caller(client: Any, until: float) -> int:
    done = 0
    while perf_counter() < until:
        await client.echo(VALUE)
        done += 1
    return done


async def tasks(clients: Sequence[Any], seconds: float) -> int:
    """Do the same in a task for each client."""
    until = perf_counter() + seconds
    return sum(await asyncio.gather(*(_caller(client, until) for client in clients)))


async def in_flight(clients: Sequence[Any], seconds: float) -> int:
    """Gather a thousand calls of one client, again and again."""
    (client,) = clients
    until, done = perf_counter() + seconds, 0
    while perf_counter() < until:
        answers = await asyncio.gather(*(client.echo(VALUE) for _ in range(_BURST)))
        done += len(answers)
    check(answers, _BURST)
    return done


def burst(clients: Sequence[ThreadClient], seconds: float) -> int:
    """Start a thousand calls from this thread, then take the results, again and again."""
    (client,) = clients
    until, done = perf_counter() + seconds, 0
    while perf_counter() < until:
        answers = client.burst(VALUE, _BURST)
        done += len(answers)
    check(answers, _BURST)
    return done


def threads(clients: Sequence[ThreadClient], seconds: float) -> int:
    """Call from 32 threads, which share the clients that there are: one, or one for each."""
    counts: list[int] = []
    failures: list[BaseException] = []
    until = perf_counter() + seconds

    def work(target: Any) -> None:
        done = 0
        try:
            while perf_counter() < until:
                target.echo(VALUE)
                done += 1
        except BaseException as error:
            failures.append(error)
        counts.append(done)

    started = [
        threading.Thread(target=work, args=(clients[number % len(clients)].target,), daemon=True)
        for number in range(_THREADS)
    ]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if failures:
        raise failures[0]
    return sum(counts)


ASYNC_WORK = {"sequential": sequential, "tasks": tasks, "in_flight": in_flight}
THREAD_WORK = {"burst": burst, "threads": threads}
