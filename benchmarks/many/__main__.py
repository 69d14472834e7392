"""``python -m benchmarks.many``: many calls at once, pyrox against floors, grpc.aio and rpyc."""

from __future__ import annotations

import argparse
import difflib
import importlib.metadata
import json
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..machine import describe
from ..processes import Processes
from .loops import has_uvloop
from .report import as_json, as_markdown, as_text
from .runner import Plan, Result, run_scenario
from .scenarios import SCENARIOS

__all__ = ["main"]

_MORE = ("grpcio", "rpyc", "uvloop")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="run these scenarios only")
    parser.add_argument("--list", action="store_true", help="list the scenarios and stop")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds (default 7, quick 3)")
    parser.add_argument("--quick", action="store_true", help="short turns: for a first look")
    parser.add_argument("--stock", action="store_true", help="asyncio's own loop, not uvloop")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table for docs")
    options = parser.parse_args(arguments)
    for name in options.only or ():
        if name not in SCENARIOS:
            near = difflib.get_close_matches(name, SCENARIOS, 1)
            hint = f"did you mean {near[0]}?" if near else "--list shows them all"
            parser.error(f"there is no scenario {name!r}; {hint}")
    if options.rounds is not None and options.rounds < 1:
        parser.error(f"--rounds needs a number from 1 on, not {options.rounds}")
    return options


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _machine(loop: str) -> dict[str, Any]:
    machine = describe()
    for name in _MORE:
        try:
            machine["versions"][name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return {**machine, "loop": f"asyncio on {loop}"}


def _plan(options: argparse.Namespace) -> Plan:
    loop = "uvloop" if has_uvloop() and not options.stock else "stock"
    if loop == "stock" and not options.stock:
        _log("uvloop is not installed: asyncio has its own loop")
    rounds = options.rounds or (3 if options.quick else 7)
    return Plan(rounds, 0.1 if options.quick else 0.4, loop, _log)


def _run(options: argparse.Namespace, plan: Plan, results: list[Result]) -> bool:
    """Fill ``results``; return whether the run came to its end."""
    names = [name for name in SCENARIOS if not options.only or name in options.only]
    try:
        with Processes() as processes:
            for number, name in enumerate(names, 1):
                started = time.monotonic()
                results.append(Result(SCENARIOS[name]))
                run_scenario(results[-1], plan, processes)
                took = time.monotonic() - started
                _log(f"[{number}/{len(names)}] {name}: {took:.0f} s")
    except KeyboardInterrupt:
        _log("interrupted: what was measured so far follows")
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parse(given)
    if options.list:
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:20} {scenario.title} ({scenario.unit})")
        return 0
    plan, results = _plan(options), list[Result]()
    machine = _machine(plan.loop)
    command = shlex.join(["python", "-m", "benchmarks.many", *given])
    complete = _run(options, plan, results)
    print(as_text(results, machine))
    if options.json:
        text = json.dumps(as_json(results, machine, command), indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.markdown:
        text = as_markdown(results, machine, command)
        options.markdown.write_text(text, encoding="utf-8")
    return 0 if complete else 130


if __name__ == "__main__":
    raise SystemExit(main())
