"""A client process: ``python -m benchmarks.client SPEC``.

Started by the harness. Prepares, says ``{"ready": …}``, then for each line ``{…}`` that it reads
measures once and answers with one line; ends with its standard input. While another contender's
turn is, it sleeps in that read.
"""

from __future__ import annotations

import json
import sys
import traceback
from time import perf_counter
from typing import Any

from .contenders import load
from .crowd import Crowd, IdleMemory, RawCrowd
from .operations import CHECKS, OPERATIONS, Task

__all__ = ["Sequential"]


class Sequential:
    """One operation after the other on one connection, for about as long as asked."""

    def __init__(self, spec: dict[str, Any]) -> None:
        contender = load(spec["contender"])
        connect = contender.connect_names if spec["names"] else contender.connect
        client = connect(spec["address"], spec["options"])
        self._task = Task(contender, spec["address"], spec["options"], spec["params"], client)
        CHECKS[spec["operation"]](self._task)
        self._operate = OPERATIONS[spec["operation"]]
        self._least: int = spec["params"].get("least", 1)
        self._limit: int = spec["params"].get("limit", 1_000_000)
        self._count = self._calibrate(spec["seconds"])

    def _calibrate(self, seconds: float) -> int:
        """Return how often to work in a round of ``seconds``; warms up on the way."""
        count = self._least
        while True:
            started = perf_counter()
            self._operate(self._task, count)
            took: float = perf_counter() - started
            if took >= seconds / 5 or count >= self._limit:
                return max(self._least, min(self._limit, round(count * seconds / took)))
            count = min(self._limit, count * 3)

    def measure(self, _: dict[str, Any]) -> dict[str, Any]:
        """Return units done and seconds taken."""
        started = perf_counter()
        units = self._operate(self._task, self._count)
        seconds = perf_counter() - started
        return {"units": units, "seconds": seconds, "value": units / seconds}


def _make(spec: dict[str, Any]) -> Any:
    makers = {"sequential": Sequential, "crowd": Crowd, "raw": RawCrowd, "idle": IdleMemory}
    return makers[spec["kind"]](spec)


def _say(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


def main() -> None:
    """Work as the command line says."""
    try:
        worker = _make(json.loads(sys.argv[1]))
        _say({"ready": True})
        for line in sys.stdin:
            _say(worker.measure(json.loads(line)))
    except Exception as error:  # reported in the table, by the harness
        traceback.print_exc()
        _say({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
