"""Every page of the documentation does what it shows: see pages.py."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.fixture
def name_server() -> Iterator[str]:
    """Run a name server; the port that it listens on."""
    server = subprocess.Popen(
        [sys.executable, "-m", "pyrox_cli", "ns", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"PYRO:Pyro\.NameServer@\S+:(\d+)", line):
            yield found[1]
            break
    else:
        pytest.fail("the name server ended before it printed its URI")
    server.terminate()
    server.communicate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page: Path, name_server: str, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYROX_")}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("pages.py"), page],
        cwd=tmp_path,
        env={**environment, "PYROX_NS_PORT": name_server},
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert done.returncode == 0, done.stdout + done.stderr
