"""What is measured without a server: what an import costs, and what it drags in.

Each measurement is a fresh interpreter, pinned like everything else. Compiled files exist from the
first run on, which is not counted. An editable installation makes an import a little slower than
an installed wheel does, since its finders come first.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from .processes import ContenderError

__all__ = ["PROBES"]

_TIMED = """
import time
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""

_LOADED = """
import sys
import {module}
print(sum(name.partition(".")[0] == "asyncio" for name in sys.modules))
"""


def _run(code: str, cpu: int) -> str:
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=30,
            cwd=tempfile.gettempdir(),  # not where a folder could shadow a module
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        )
    finally:
        os.sched_setaffinity(0, mine)
    if done.returncode:
        raise ContenderError((done.stderr.strip().splitlines() or ["failed"])[-1])
    return done.stdout.strip()


def import_time(options: dict[str, Any], cpu: int, repeats: int) -> dict[str, Any]:
    """Return the seconds that the import statement takes, as the interpreter's own clock says."""
    code = _TIMED.format(module=options["module"])
    samples = [float(_run(code, cpu)) for _ in range(repeats)]
    return {"samples": samples, "value": statistics.median(samples)}


def start_time(options: dict[str, Any], cpu: int, repeats: int) -> dict[str, Any]:
    """Return the seconds from starting an interpreter that imports the module to its end."""
    code = f"import {options['module']}" if options["module"] else "pass"
    samples = []
    for _ in range(repeats):
        started = time.perf_counter()
        _run(code, cpu)
        samples.append(time.perf_counter() - started)
    return {"samples": samples, "value": statistics.median(samples)}


def asyncio_modules(options: dict[str, Any], cpu: int, repeats: int) -> dict[str, Any]:
    """Return how many modules of asyncio an import loads."""
    return {"value": float(_run(_LOADED.format(module=options["module"]), cpu))}


PROBES = {
    "import_time": import_time,
    "start_time": start_time,
    "asyncio_modules": asyncio_modules,
}
