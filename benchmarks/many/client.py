"""A client process: ``python -m benchmarks.many.client SPEC``.

Started by the harness. Connects, checks the answers, warms up, and says ``{"ready": …}``; then it
measures once for each line that it reads. It leaves when its standard input ends, even in the
middle of a call that nobody answers. Between its turns its event loop stands still.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from time import perf_counter
from typing import Any

from .contenders import load
from .loops import many_files, new_loop
from .work import ASYNC_WORK, THREAD_WORK, VALUE, check

__all__ = ["main"]

Spec = dict[str, Any]
Measure = Callable[[], dict[str, Any]]

_AT_ONCE = 20
_SETTLE = 0.3


def _timed(work: Callable[[float], int], seconds: float) -> Measure:
    def measure() -> dict[str, Any]:
        started = perf_counter()
        units = work(seconds)
        took = perf_counter() - started
        return {"units": units, "seconds": took, "value": units / took}

    work(seconds / 4)
    return measure


def _threads(spec: Spec) -> Measure:
    contender, count = load(spec["contender"]), spec["connections"]
    clients = [contender.connect(spec["address"], spec["options"]) for _ in range(count)]
    for client in clients:
        check([client.target.echo(VALUE)], 1)
    work = THREAD_WORK[spec["operation"]]
    return _timed(lambda seconds: work(clients, seconds), spec["seconds"])


async def _connect(spec: Spec, count: int) -> list[Any]:
    contender, clients = load(spec["contender"]), list[Any]()
    while len(clients) < count:
        some = range(min(_AT_ONCE, count - len(clients)))
        connecting = (contender.connect(spec["address"], spec["options"]) for _ in some)
        clients += await asyncio.gather(*connecting)
    return clients


async def _checked(spec: Spec, count: int) -> list[Any]:
    clients = await _connect(spec, count)
    for client in clients:
        check([await client.echo(VALUE)], 1)
    return clients


def _async(spec: Spec) -> Measure:
    loop = new_loop(spec["loop"])
    clients = loop.run_until_complete(_checked(spec, spec["connections"]))
    work = ASYNC_WORK[spec["operation"]]
    return _timed(lambda seconds: loop.run_until_complete(work(clients, seconds)), spec["seconds"])


def _idle(spec: Spec) -> Measure:
    """Return what tells how much the server grows by a connection that nothing is sent over.

    As many as are opened at once come first, and are used, so that what is allocated once is not
    counted. The kernel's socket buffers are in nobody's resident memory.
    """
    loop, count, pid = new_loop(spec["loop"]), spec["connections"], spec["server_pid"]
    held = [loop.run_until_complete(_checked(spec, _AT_ONCE))]

    async def grow() -> dict[str, Any]:
        await asyncio.sleep(_SETTLE)
        before = _resident(pid)
        held.append(await _connect(spec, count))
        await asyncio.sleep(_SETTLE)
        after = _resident(pid)
        value = (after - before) / count
        return {"units": count, "before": before, "after": after, "value": value}

    return lambda: loop.run_until_complete(grow())


def _resident(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _read_orders(orders: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    """Work as the command line says."""
    spec: Spec = json.loads(sys.argv[1])
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    many_files()
    try:
        makers = {"threads": _threads, "async": _async, "idle": _idle}
        measure = makers[spec["kind"]](spec)
        _say({"ready": True})
        while True:
            orders.get()
            _say(measure())
    except Exception as error:  # reported below the table, by the harness
        traceback.print_exc()
        _say({"error": f"{type(error).__name__}: {error}"})
        sys.stderr.flush()
        os._exit(1)  # whatever threads a library still has


if __name__ == "__main__":
    main()
