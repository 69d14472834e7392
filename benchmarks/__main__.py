"""``python -m benchmarks``: compare pyrox with Pyro5 and with the floor."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from .command import list_scenarios, log, new_parser, publish, read_options, run_all
from .machine import describe
from .processes import Processes
from .report import as_json, as_markdown, as_text
from .results import Result
from .runner import default_plan, run_scenario
from .scenarios import SCENARIOS, Scenario

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = read_options(new_parser("python -m benchmarks", __doc__), given, SCENARIOS)
    if options.list:
        list_scenarios(SCENARIOS)
        return 0
    machine, results = describe(), list[Result[Scenario]]()
    command = shlex.join(["python", "-m", "benchmarks", *given])
    plan = default_plan(options.quick, options.rounds, log)

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
