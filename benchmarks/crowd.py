"""Many connections at once: real clients in threads, raw clients without any, and idle ones."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from .contenders import load
from .operations import CHECKS, Task
from .wire import invoke, open_raw, receive
from .workload import SMALL

__all__ = ["Crowd", "IdleMemory", "RawCrowd"]

_SETTLE = 0.3


class Crowd:
    """Threads that call, each with a client of its own, between two instants of the clock.

    The instants come from the harness, so that the processes of a crowd work at the same time
    (``time.monotonic`` is one clock for all processes). Only what ends between them counts.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        contender = load(spec["contender"])
        address, options = spec["address"], spec["options"]
        self._clients = [contender.connect(address, options) for _ in range(spec["connections"])]
        for client in self._clients:
            CHECKS["call"](Task(contender, address, options, {}, client))
        self._failures: list[str] = []

    def measure(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return the calls made between ``order["start"]`` and ``order["stop"]``, a second."""
        start, stop = order["start"], order["stop"]
        counts = [0] * len(self._clients)
        threads = [
            threading.Thread(target=self._work, args=(number, start, stop, counts))
            for number in range(len(self._clients))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failures:
            raise RuntimeError(f"{len(self._failures)} clients failed: {self._failures[0]}")
        units, seconds = sum(counts), stop - start
        share = min(counts) / max(counts) if max(counts) else 0.0
        return {"units": units, "seconds": seconds, "value": units / seconds, "fairness": share}

    def _work(self, number: int, start: float, stop: float, counts: list[int]) -> None:
        client, clock, done = self._clients[number], time.monotonic, 0
        try:
            client.claim()
            target = client.target
            while (now := clock()) < stop:
                target.echo(SMALL)
                done += now >= start
        except Exception as error:
            self._failures.append(f"{type(error).__name__}: {error}")
        counts[number] = done


class RawCrowd:
    """Connections driven by hand with ready-made bytes, the same for every contender.

    All requests go out, then all answers are read, in order: no threads, no selector, no library,
    so nearly all the time is the server's.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._request = invoke("echo", SMALL)
        self._sockets = [open_raw(spec["address"]) for _ in range(spec["connections"])]
        self._turn()

    def measure(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return the calls answered between the two instants, a second."""
        start, stop, clock, units = order["start"], order["stop"], time.monotonic, 0
        while (now := clock()) < stop:
            self._turn()
            units += len(self._sockets) if now >= start else 0
        seconds = stop - start
        return {"units": units, "seconds": seconds, "value": units / seconds}

    def _turn(self) -> None:
        request = self._request
        for sock in self._sockets:
            sock.sendall(request)
        for sock in self._sockets:
            _, flags, payload = receive(sock)
            if payload != b"\x2a" or flags & 1:
                raise RuntimeError(f"a raw client got {payload[:200]!r}")


class IdleMemory:
    """How much the server's resident memory grows by an idle connection that shook hands.

    Some connections come first, so that what is allocated once is not counted. The kernel's socket
    buffers are in nobody's resident memory and are not counted either.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._warm = [open_raw(spec["address"]) for _ in range(10)]

    def measure(self, _: dict[str, Any]) -> dict[str, Any]:
        """Return bytes a connection."""
        connections = self._spec["connections"]
        before = self._resident()
        idle: list[socket.socket] = [open_raw(self._spec["address"]) for _ in range(connections)]
        after = self._resident()
        for sock in idle:
            sock.close()
        return {
            "units": connections,
            "before": before,
            "after": after,
            "value": (after - before) / connections,
        }

    def _resident(self) -> int:
        time.sleep(_SETTLE)
        with open(f"/proc/{self._spec['server_pid']}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("this system does not tell a process's resident memory in /proc")
