"""Install the wheels in dist/ into fresh environments, each plugin alone, and try what is there.

An editable install sees every file of the repository; only this shows what a wheel lacks.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from tools.members import Member, members

IMPORT = """
import importlib, sys
importlib.import_module(sys.argv[1])
"""

LOAD = """
import importlib.metadata, sys
found = importlib.metadata.distribution(sys.argv[1]).entry_points
assert {e.group for e in found} & {"pyrox", "pytest11"}, f"no plugin is in {sys.argv[1]}: {found}"
for entry_point in found:
    entry_point.load()
"""

SAYS_WHAT_TO_INSTALL = """
import pyrox
try:
    pyrox.Proxy("PYRO:a@localhost:1")._pyro.bind()
except Exception as error:
    assert "pip install" in str(error), f"does not say what to install: {error!r}"
else:
    raise AssertionError("connected without a transport")
"""

CALL = """
import pyrox

@pyrox.expose
class Greeter:
    def greet(self, name):
        return f"Hello, {name}."

daemon = pyrox.Daemon()
uri = daemon.register(Greeter(), "greeter")
daemon.start()
try:
    with pyrox.Proxy(uri) as greeter:
        assert greeter.greet("Ada") == "Hello, Ada."
finally:
    daemon.shutdown()
"""


class Failure(Exception):
    """A check failed; the text says how."""


@dataclass(frozen=True)
class Check:
    """Programs to run in a fresh environment that holds the wheels of these members alone."""

    name: str
    members: list[Member]
    programs: list[tuple[str, ...]]  # code, then its arguments

    def run(self, folder: Path) -> None:
        for member in self.members:
            if f"{member.package}/py.typed" not in zipfile.ZipFile(member.wheel).namelist():
                raise Failure(f"{member.wheel.name} has no {member.package}/py.typed")
        python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        execute("uv", "venv", "--python", sys.executable, folder)
        # Without --refresh uv may install an earlier wheel of the same version from its cache.
        wheels = [member.wheel for member in self.members]
        execute("uv", "pip", "install", "--python", python, "--refresh", *wheels)
        execute("uv", "pip", "check", "--python", python)
        for code, *arguments in self.programs:
            execute(python, "-I", "-c", code, *arguments, cwd=folder)


def execute(*command: str | Path, cwd: Path | None = None, timeout: float = 120) -> None:
    done = subprocess.run(
        command,
        cwd=cwd,
        timeout=timeout,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        shown = " ".join(str(part).strip().partition("\n")[0] for part in command)
        raise Failure(f"exit status {done.returncode} of {shown}\n{done.stdout.rstrip()}")


def with_needs(member: Member, by_name: dict[str, Member]) -> list[Member]:
    """Return ``member`` and those of ours that it needs, and that these need."""
    found = {member.name: member}
    for name in member.needs:
        found |= {needed.name: needed for needed in with_needs(by_name[name], by_name)}
    return list(found.values())


def all_checks(everything: list[Member]) -> list[Check]:
    core, *plugins = everything
    by_name = {member.name: member for member in everything}
    call = [core, by_name["pyrox-tcp"], by_name["pyrox-json"]]
    return [
        Check("pyrox-core", [core], [(IMPORT, core.package), (SAYS_WHAT_TO_INSTALL,)]),
        *(
            Check(
                plugin.name,
                with_needs(plugin, by_name),
                [(IMPORT, plugin.package), (LOAD, plugin.name)],
            )
            for plugin in plugins
        ),
        Check("a call over pyrox-tcp and pyrox-json", call, [(CALL,)]),
    ]


def main() -> int:
    everything = members()
    if missing := [member.wheel.name for member in everything if not member.wheel.exists()]:
        print(f"missing in dist/: {', '.join(missing)}; build them: python3 dev.py wheels")
        return 1
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for number, check in enumerate(all_checks(everything)):
            try:
                check.run(Path(folder, str(number)))
                print(f"ok      {check.name}", flush=True)
            except (Failure, subprocess.TimeoutExpired) as error:
                failed.append(check.name)
                print(f"FAILED  {check.name}: {error}", flush=True)
    if failed:
        print(f"not installable alone: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
