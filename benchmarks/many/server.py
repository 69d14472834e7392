"""A contender's server in a process of its own: ``python -m benchmarks.many.server SPEC``.

Started by the harness. Says ``READY <address>`` and serves until its standard input ends, which
also happens when the harness dies.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from ..server import READY
from .contenders import ASYNC, load
from .loops import many_files, new_loop

__all__ = ["main"]


def _leave_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


def _announce(address: str) -> None:
    print(READY, address, flush=True)


def main() -> None:
    """Serve what the command line says."""
    spec = json.loads(sys.argv[1])
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    many_files()
    contender, options = load(spec["contender"]), spec["options"]
    if spec["contender"] in ASYNC:
        new_loop(spec["loop"]).run_until_complete(contender.serve(options, _announce))
    else:
        contender.serve(options, _announce)


if __name__ == "__main__":
    main()
