"""What the commands of this package have in common: options, rounds, what they write."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from .processes import Processes
from .results import Measured

__all__ = ["list_scenarios", "log", "new_parser", "publish", "read_options", "run_all"]


def new_parser(program: str, description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that all have."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="run these scenarios only")
    parser.add_argument("--list", action="store_true", help="list the scenarios and stop")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds (default 7, quick 3)")
    parser.add_argument("--quick", action="store_true", help="short turns: for a first look")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for docs")
    return parser


def read_options(
    parser: argparse.ArgumentParser, arguments: Sequence[str], scenarios: Collection[str]
) -> argparse.Namespace:
    """Return what the command line says; ends the program where that makes no sense."""
    options = parser.parse_args(arguments)
    for name in options.only or ():
        if name not in scenarios:
            near = difflib.get_close_matches(name, scenarios, 1)
            hint = f"did you mean {near[0]}?" if near else "--list shows them all"
            parser.error(f"there is no scenario {name!r}; {hint}")
    if options.rounds is not None and options.rounds < 1:
        parser.error(f"--rounds needs a number from 1 on, not {options.rounds}")
    return options


def log(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)


def list_scenarios(scenarios: Mapping[str, Measured]) -> None:
    """Print what there is to run."""
    for scenario in scenarios.values():
        print(f"{scenario.name:20} {scenario.title} ({scenario.unit})")


def run_all(
    scenarios: Collection[str], only: Sequence[str] | None, run: Callable[[str, Processes], None]
) -> bool:
    """Run those that are wanted, in order; return whether that came to its end."""
    names = [name for name in scenarios if not only or name in only]
    try:
        with Processes() as processes:
            for number, name in enumerate(names, 1):
                started = time.monotonic()
                run(name, processes)
                log(f"[{number}/{len(names)}] {name}: {time.monotonic() - started:.0f} s")
    except KeyboardInterrupt:
        log("interrupted: what was measured so far follows")
        return False
    return True


def publish(
    options: argparse.Namespace,
    text: str,
    numbers: Callable[[], dict[str, Any]],
    table: Callable[[], str],
) -> None:
    """Print the table, and write what the options ask for."""
    print(text)
    if options.json:
        options.json.write_text(json.dumps(numbers(), indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(table(), encoding="utf-8")
