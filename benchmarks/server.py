"""A contender's server in a process of its own: ``python -m benchmarks.server CONTENDER SPEC``.

Started by the harness. Says ``READY <address>`` and serves until its standard input ends, which
also happens when the harness dies.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from .contenders import load

__all__ = ["READY"]

READY = "READY"


def _leave_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


def _announce(address: str) -> None:
    print(READY, address, flush=True)


def main() -> None:
    """Serve what the command line says."""
    contender, spec = load(sys.argv[1]), json.loads(sys.argv[2])
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    serve = contender.serve_names if spec["names"] else contender.serve
    serve(spec["options"], _announce)


if __name__ == "__main__":
    main()
