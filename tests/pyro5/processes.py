"""Python programs in processes of their own, with an environment that is known."""

import os
import subprocess
import sys
from pathlib import Path

from tests.programs import PATIENCE, Result


def environment(**variables: str) -> dict[str, str]:
    """Return an environment without settings of anybody's, besides ``variables``."""
    ours = ("PYRO_", "PYROX_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **variables}


def python(*arguments: str | Path, cwd: Path | None = None, **variables: str) -> Result:
    """Run Python, with environment ``variables``, to its end."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def without_pyro5(folder: Path) -> str:
    """Return a folder for PYTHONPATH with which Pyro5 itself cannot be imported."""
    package = folder / "Pyro5"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'Pyro5'\", name='Pyro5')\n"
    )
    return str(folder)
