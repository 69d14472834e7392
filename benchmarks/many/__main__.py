"""``python -m benchmarks.many``: many calls at once, pyrox against floors, grpc.aio and rpyc."""

from __future__ import annotations

import argparse
import importlib.metadata
import shlex
import sys
from collections.abc import Sequence
from typing import Any

from ..command import list_scenarios, log, new_parser, publish, read_options, run_all
from ..machine import describe
from ..processes import Processes
from ..results import Result
from .loops import has_uvloop
from .report import as_json, as_markdown, as_text
from .runner import Plan, run_scenario
from .scenarios import SCENARIOS, Scenario

__all__ = ["main"]

_MORE = ("grpcio", "rpyc", "uvloop")


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
        log("uvloop is not installed: asyncio has its own loop")
    rounds = options.rounds or (3 if options.quick else 7)
    return Plan(rounds, 0.1 if options.quick else 0.4, loop, log)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = new_parser("python -m benchmarks.many", __doc__)
    parser.add_argument("--stock", action="store_true", help="asyncio's own loop, not uvloop")
    options = read_options(parser, given, SCENARIOS)
    if options.list:
        list_scenarios(SCENARIOS)
        return 0
    plan, results = _plan(options), list[Result[Scenario]]()
    machine = _machine(plan.loop)
    command = shlex.join(["python", "-m", "benchmarks.many", *given])

    def run(name: str, processes: Processes) -> None:
        results.append(Result(SCENARIOS[name]))
        run_scenario(results[-1], plan, processes)

    complete = run_all(SCENARIOS, options.only, run)
    publish(
        options,
        as_text(results, machine),
        lambda: as_json(results, machine, command),
        lambda: as_markdown(results, machine, command),
    )
    return 0 if complete else 130


if __name__ == "__main__":
    raise SystemExit(main())
