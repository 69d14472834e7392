"""``python -m pyrox_pyro5 [-m] PROGRAM [ARGS...]``: ``pyrox run`` without the pyrox program."""

from __future__ import annotations

import argparse
import sys

from .run import run

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a Pyro5 program; return its exit code."""
    parser = argparse.ArgumentParser(
        "python -m pyrox_pyro5", description="Run a Pyro5 program, unmodified, on pyrox."
    )
    parser.add_argument(
        "-m", dest="module", action="store_true", help="PROGRAM is the name of a module"
    )
    parser.add_argument("program", help="the program's file, or a module")
    parser.add_argument("args", nargs=argparse.REMAINDER, help="what the program is given")
    given = parser.parse_args(arguments)
    return run(given.program, given.args, given.module)


if __name__ == "__main__":
    sys.exit(main())
