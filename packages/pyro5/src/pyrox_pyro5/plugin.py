"""What this distribution offers to pyrox."""

from __future__ import annotations

from pyrox import Argument, Command, Option, hookimpl

__all__ = ["pyrox_register_command"]

RUN = Command(
    "run",
    "pyrox_pyro5.run:run",
    """Run a program that was written for Pyro5 on pyrox, unmodified.

    It runs as it would with `python PROGRAM`, in this process; only that `import Pyro5` is pyrox,
    in the Python programs that it starts, too. Pyro5 need not be installed.""",
    (
        Option("module", "PROGRAM is a module, as in python -m", bool, short="m"),
        Argument("program", "the program's file, or the module's name"),
        Argument("arguments", "what the program is given", required=False, verbatim=True),
    ),
    (
        "pyrox run server.py --port 9000",
        "pyrox run -m Pyro5.nameserver --host 0.0.0.0",
        "pyrox run -m Pyro5.nsc list",
    ),
    takes_over=True,
)


@hookimpl
def pyrox_register_command() -> Command:
    """Offer ``pyrox run``."""
    return RUN
