"""Build the plugins in examples/plugins as their authors would, and have the testkit judge them.

Each is built into a wheel, installed into a fresh environment with the wheels in dist/, found by
``pyrox plugins``, and has its tests run there, far from this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.check_isolated import Failure, execute
from tools.members import ROOT, members

PLUGINS = ROOT / "examples" / "plugins"

FOUND = """
import sys, pyrox
[info] = [i for i in pyrox.installed_plugins().infos if i.distribution == sys.argv[1]]
assert not info.error, info.error
assert info.hooks, f"{info.name} has no hooks"
assert info.version == "1.0", info.version
"""


def check(project: Path, folder: Path) -> None:
    """Build, install and test one plugin's project; Failure says what went wrong."""
    wheels, python = folder / "wheels", folder / "venv" / "bin" / "python"
    if sys.platform == "win32":
        python = folder / "venv" / "Scripts" / "python.exe"
    execute("uv", "build", "--wheel", "--python", sys.executable, "--out-dir", wheels, project)
    [wheel] = wheels.glob("*.whl")
    execute("uv", "venv", "--python", sys.executable, folder / "venv")
    # Ours come from dist/, whatever the package index has by these names; and freshly.
    ours = [member.wheel for member in members()]
    execute("uv", "pip", "install", "--python", python, "--refresh", *ours, wheel)
    execute("uv", "pip", "check", "--python", python)
    execute(python, "-I", "-c", FOUND, project.name, cwd=folder)
    execute(python, "-m", "pyrox_cli", "plugins", cwd=folder)
    shutil.copytree(project / "tests", folder / "tests")
    execute(python, "-m", "pytest", "-q", "-W", "error", "tests", cwd=folder, timeout=600)


def main() -> int:
    if missing := [member.wheel.name for member in members() if not member.wheel.exists()]:
        print(f"missing in dist/: {', '.join(missing)}; build them: python3 dev.py wheels")
        return 1
    os.environ.pop("VIRTUAL_ENV", None)
    failed = []
    for project in sorted(file.parent for file in PLUGINS.glob("*/pyproject.toml")):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(project, Path(folder))
                print(f"ok      {project.name}", flush=True)
            except (Failure, subprocess.TimeoutExpired) as error:
                failed.append(project.name)
                print(f"FAILED  {project.name}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
