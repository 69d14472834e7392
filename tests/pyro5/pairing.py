"""Run the programs in examples/pyro5, on Pyro5 or on pyrox, and return what a client prints.

``python tests/pyro5/pairing.py [NAME...]`` runs them on Pyro5 and writes their expected.txt.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "pyro5"
RUN = {"pyro5": [], "pyrox": ["-m", "pyrox_pyro5"]}
"""What stands between ``python`` and a program, so that it runs on this or that."""
PATIENCE = 30.0
"""How long, in seconds, one program may take."""

_ADDRESS = r"((?:PYRO\w*:\S+@|http://)\S+)"
_ASKS_FOR_NAMES = re.compile(r"locate_ns|PYRONAME|PYROMETA|use_ns=True")


class Failed(Exception):
    """A program that did not do what it should; the text has all that was printed."""


def names() -> list[str]:
    """Return the names of all examples."""
    return sorted(path.parent.name for path in EXAMPLES.glob("*/expected.txt"))


def programs(name: str) -> dict[str, str]:
    """Return the programs of an example, by their file names."""
    return {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob(f"{name}/*.py")}


def outcome(name: str, server: str, client: str) -> str:
    """Return what the client of an example prints, with both on ``pyro5`` or ``pyrox``."""
    files = programs(name)
    with ExitStack() as stack:
        environ = environment()
        if any(map(_ASKS_FOR_NAMES.search, files.values())):
            command = [*RUN[server], "-m", "Pyro5.nameserver", "--port", "0"]
            where = stack.enter_context(serving(command, environ, r"URI = .*:(\d+)$"))
            environ["PYRO_NS_PORT"] = where
        arguments = []
        if "server.py" in files:
            program = [*RUN[server], str(EXAMPLES / name / "server.py")]
            takes_address = "sys.argv" in files["client.py"]
            ready = _ADDRESS if takes_address else r"^(.+)$"
            printed = stack.enter_context(serving(program, environ, ready))
            arguments = [printed] if takes_address else []
        last = "client.py" if "client.py" in files else "program.py"
        return finished([*RUN[client], str(EXAMPLES / name / last), *arguments], environ)


def environment() -> dict[str, str]:
    """Return the environment of the programs: without settings of this process's own."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYRO")}
    return {**environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}


@contextmanager
def serving(command: list[str], environ: Mapping[str, str], ready: str) -> Iterator[str]:
    """Run a server in the block; give what the pattern ``ready`` finds in a line it prints."""
    with subprocess.Popen(
        [sys.executable, *command],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        printed: list[str] = []
        try:
            for line in process.stdout:
                printed.append(line)
                if found := re.search(ready, line):
                    break
            else:
                raise Failed(f"{command} ended too early:\n{''.join(printed)}")
            # What it prints from here on is read, so that it never waits for somebody to read it.
            reader = threading.Thread(target=lambda: printed.extend(process.stdout or ()))
            reader.start()
            try:
                yield found[1].strip()
            except Failed as error:
                process.send_signal(signal.SIGINT)
                reader.join(PATIENCE)
                raise Failed(f"{error}\n--- {command} printed:\n{''.join(printed)}") from None
            process.send_signal(signal.SIGINT)
            reader.join(PATIENCE)
        finally:
            timer.cancel()
            process.kill()


def finished(command: list[str], environ: Mapping[str, str]) -> str:
    """Run a program to its end and return what it printed."""
    done = subprocess.run(
        [sys.executable, *command],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{command} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Write what the examples print on Pyro5."""
    for name in sys.argv[1:] or sorted({path.parent.name for path in EXAMPLES.glob("*/*.py")}):
        text = outcome(name, "pyro5", "pyro5")
        (EXAMPLES / name / "expected.txt").write_text(text, encoding="utf-8")
        print(f"{name}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
