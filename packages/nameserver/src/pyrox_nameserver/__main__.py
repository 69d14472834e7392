"""``python -m pyrox_nameserver``: ``pyrox ns`` where the pyrox program is not installed.

Its options are those of the command.
"""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from pyrox import Option, PyroxError

from .commands.ns import name_server
from .declarations import NS

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run a name server; return the exit code."""
    options = vars(_parser().parse_args(arguments))
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        for line in name_server(**options):
            print(line, flush=True)
    except (PyroxError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m pyrox_nameserver", description=NS.help)
    for option in NS.parameters:
        assert isinstance(option, Option)
        names = [f"--{option.name}", *([f"-{option.short}"] if option.short else [])]
        if option.type is bool:
            parser.add_argument(*names, action="store_true", help=option.help)
        else:
            parser.add_argument(*names, type=option.type, default=option.default, help=option.help)
    return parser


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
