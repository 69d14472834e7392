#!/usr/bin/env python3
"""Set up and run everything in this repository.

It needs Python 3.10 or newer and nothing else. The first run makes `.venv` beside this file and
installs hatch there; hatch keeps an environment for each job. Later runs start at once.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
HATCH = "hatch==1.18.2"
THIS = "{}.{}".format(*sys.version_info)

# What each command does, and the calls of hatch that do it.
COMMANDS = {
    "demo": ("start a server and a client, and see them talk", ["run demo"]),
    "test": (f"run the tests on this Python ({THIS})", [f"test --python {THIS}"]),
    "lint": ("check the code and its format; --fix mends both", ["check code", "check fmt"]),
    "types": ("check the types", ["check types"]),
    "docs": ("build the documentation into site/", ["run docs:build"]),
    "wheels": ("build a wheel of every distribution into dist/", ["run build:wheels"]),
    "isolated": ("install each wheel alone, and try it", ["run build:isolated"]),
    "plugins": ("build the plugins in examples/, and certify them", ["run build:plugins"]),
    "bench": ("measure, against Pyro5 too", ["run bench:run"]),
}
ALL = ["lint", "types", "test", "docs", "wheels", "isolated", "plugins"]


def main(command: str = "", *options: str) -> int:
    if command in ("", "-h", "--help", "help"):
        print(usage())
        return 0
    if command not in [*COMMANDS, "all"]:
        sys.exit(f"dev.py: no command {command!r}\n\n{usage()}")
    set_up()
    for name in ALL if command == "all" else [command]:
        for step in COMMANDS[name][1]:
            if status := hatch(*step.split(), *options):
                return status
    return 0


def usage() -> str:
    lines = [f"  {name:10}{what}" for name, (what, _) in COMMANDS.items()]
    lines.append(f"  {'all':10}{', '.join(ALL)}")
    return "usage: python3 dev.py COMMAND [OPTIONS OF THE COMMAND]\n\n" + "\n".join(lines)


def set_up() -> None:
    """Make `.venv` with hatch in it, unless it is there."""
    if (BIN / f"hatch{SUFFIX}").exists():
        return
    if not (BIN / f"python{SUFFIX}").exists():
        if not importlib.util.find_spec("ensurepip"):
            sys.exit(
                "dev.py: this Python cannot make virtual environments, its ensurepip is missing.\n"
                f"On Debian and Ubuntu: sudo apt install python{THIS}-venv    Then try again."
            )
        print("Making .venv ...", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", VENV]):
            sys.exit("dev.py: .venv could not be made, Python says why above.")
    print("Installing hatch into .venv (once, about 10 seconds) ...", flush=True)
    pip = [str(BIN / f"python{SUFFIX}"), "-m", "pip", "--disable-pip-version-check"]
    if subprocess.call([*pip, "install", "-qq", HATCH]):
        sys.exit("dev.py: hatch could not be installed, pip says why above. Then try again.")


def hatch(*arguments: str) -> int:
    """Run hatch in the root folder; it finds the Python that runs this file first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {
        "UV_SYSTEM_CERTS": "1",  # or uv knows no certificates but its own, unlike pip
        **os.environ,
        "PATH": path,
    }
    # Tests start many programs, and each would compile all that it imports.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.call([BIN / f"hatch{SUFFIX}", *arguments], cwd=ROOT, env=environment)


if __name__ == "__main__":
    if sys.version_info < (3, 10):  # noqa: UP036
        sys.exit(f"dev.py: pyrox needs Python 3.10 or newer, and this is {THIS}")
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
