"""``pytest -p pyrox_pyro5.pytest``: a test suite that was written for Pyro5 runs on pyrox."""

from pathlib import Path

import pytest

from tests.programs import Result
from tests.pyro5.processes import python, without_pyro5

pytestmark = pytest.mark.slow

SUITE = """
import subprocess
import sys

import Pyro5.errors

CHILD = "import Pyro5.errors; print(Pyro5.errors.__name__)"

def test_it_is_pyrox(theirs):
    assert Pyro5.errors.__name__ == "pyrox_pyro5.errors"
    assert theirs is Pyro5.errors

def test_so_it_is_in_programs_that_tests_start():
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("pyrox_pyro5.errors\\n", "")
"""
CONFTEST = """
import Pyro5.errors
import pytest

@pytest.fixture
def theirs():
    return Pyro5.errors
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite"
    folder.mkdir()
    (folder / "test_it.py").write_text(SUITE)
    (folder / "conftest.py").write_text(CONFTEST)
    return folder


def run_tests(suite: Path, *options: str, **variables: str) -> Result:
    options = (*options, "-W", "error", f"--rootdir={suite}")
    options += ("-p", "no:cacheprovider", "-p", "no:asyncio")  # which has warnings of its own
    return python("-m", "pytest", *options, cwd=suite, **variables)


def test_a_suite_runs_on_pyrox_from_its_conftest_on(suite: Path) -> None:
    result = run_tests(suite, "-p", "pyrox_pyro5.pytest")
    assert result.code == 0, result.out
    assert "2 passed" in result.out
    assert "Pyro5: 5.17 by pyrox " in result.out


def test_pyro5_itself_is_not_needed(suite: Path, tmp_path: Path) -> None:
    without = without_pyro5(tmp_path / "without")
    result = run_tests(suite, "-p", "pyrox_pyro5.pytest", PYTHONPATH=without)
    assert result.code == 0, result.out


def test_without_the_option_nothing_changes(suite: Path) -> None:
    result = run_tests(suite)
    assert "2 failed" in result.out
    assert "pyrox " not in result.out.partition("collected")[0]
