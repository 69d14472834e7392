"""``import Pyro5`` is pyrox once that is asked for, whether or not Pyro5 itself is installed."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.programs import PATIENCE, Result
from tests.pyro5.processes import environment, python, without_pyro5

pytestmark = pytest.mark.slow

Running = Callable[..., Result]


def run(code: str, **variables: str) -> Result:
    """Run Python code in a process of its own."""
    return python("-W", "error", "-c", code, cwd=None, **variables)


@pytest.fixture(params=["with", "without"])
def run_anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Running:
    """Run Python code where Pyro5 itself is installed, and where it is not."""
    if request.param == "with":
        return run
    return partial(run, PYTHONPATH=without_pyro5(tmp_path))


ACTIVATE = "import sys, pyrox_pyro5.activate\n"
MODULES = """
    api callcontext client compatibility.Pyro4 configure core errors nameserver nsc protocol
    serializers server socketutil svr_existingconn svr_multiplex svr_threads utils.echoserver
    utils.httpgateway
""".split()


def test_the_modules_of_pyro5_are_those_of_ours(run_anywhere: Running) -> None:
    code = f"""
from importlib import import_module
for name in {MODULES!r}:
    assert import_module("Pyro5." + name) is import_module("pyrox_pyro5." + name), name
"""
    assert run_anywhere(ACTIVATE + code) == (0, "", "")


@pytest.mark.parametrize(
    "statement",
    [
        "import Pyro5; found = Pyro5",
        "import Pyro5.errors; found = Pyro5.errors",
        "import Pyro5.errors as found",
        "from Pyro5 import errors as found",
        "from Pyro5.errors import PyroError as found",
        "found = __import__('Pyro5.errors').errors",
        "import importlib; found = importlib.import_module('Pyro5.errors')",
    ],
)
def test_every_way_to_import_leads_to_ours(statement: str) -> None:
    code = """
import pyrox_pyro5.errors
ours = pyrox_pyro5, pyrox_pyro5.errors, pyrox_pyro5.errors.PyroError
assert any(found is one for one in ours)
"""
    assert run(ACTIVATE + statement + code) == (0, "", "")


def test_our_own_imports_may_come_first() -> None:
    code = "import pyrox_pyro5.errors as ours\nimport Pyro5.errors\nassert Pyro5.errors is ours"
    assert run(ACTIVATE + code) == (0, "", "")


def test_pyro5_alone_has_version_and_settings(run_anywhere: Running) -> None:
    code = "import Pyro5; print(Pyro5.__version__, Pyro5.config.SERIALIZER)"
    assert run_anywhere(ACTIVATE + code).out == "5.17 serpent\n"


@pytest.mark.parametrize("first", ["Pyro5", "Pyro5.client", "Pyro5.core"])
def test_modules_that_pyro5_imports_by_itself_are_there(first: str) -> None:
    code = f"import {first}, Pyro5; print(Pyro5.serializers.__name__, hasattr(Pyro5, 'run'))"
    assert run(ACTIVATE + code).out == "pyrox_pyro5.serializers False\n"


def test_the_modules_keep_what_they_know_of_themselves() -> None:
    code = """
import Pyro5.errors
spec = Pyro5.errors.__spec__
print(Pyro5.errors.__name__, spec.name, spec.parent, Pyro5.errors.__package__)
"""
    assert run(ACTIVATE + code).out == (
        "pyrox_pyro5.errors pyrox_pyro5.errors pyrox_pyro5 pyrox_pyro5\n"
    )


@pytest.mark.parametrize("name", ["Pyro5.bogus", "Pyro5.run", "Pyro5.settings", "Pyro5.__main__"])
def test_a_module_that_pyro5_has_not_got_is_not_found(name: str) -> None:
    result = run(ACTIVATE + f"import {name}")
    assert result.code == 1
    assert f"ModuleNotFoundError: No module named '{name}'" in result.err


def test_what_is_called_alike_is_left_alone() -> None:
    code = "import importlib.util; print(importlib.util.find_spec('Pyro5x'))"
    assert run(ACTIVATE + code).out == "None\n"


def test_activating_twice_is_activating_once() -> None:
    code = "before = list(sys.meta_path)\nimport pyrox_pyro5.activate\n"
    assert run(ACTIVATE + code + "assert sys.meta_path == before") == (0, "", "")


def test_the_version_that_is_installed_is_told(run_anywhere: Running) -> None:
    code = "from importlib import metadata; print(metadata.version('Pyro5'))"
    assert run_anywhere(ACTIVATE + code).out == "5.17\n"


def test_other_distributions_are_told_of_as_ever() -> None:
    code = """
from importlib import metadata
print(metadata.version("pyrox-core") == metadata.version("pyrox-pyro5"))
try:
    metadata.version("no-such-thing")
except metadata.PackageNotFoundError:
    print("none")
"""
    assert run(ACTIVATE + code).out == "True\nnone\n"


def test_code_of_a_module_can_be_asked_for() -> None:
    code = """
import importlib.util
spec = importlib.util.find_spec("Pyro5.configure")
print(spec.loader.get_code("Pyro5.configure").co_filename == spec.origin)
print("PYRO_" in spec.loader.get_source("Pyro5.configure"))
print(spec.loader.get_filename("Pyro5.configure") == spec.origin, spec.parent)
"""
    assert run(ACTIVATE + code).out == "True\nTrue\nTrue Pyro5\n"


def test_modules_run_as_programs(run_anywhere: Running) -> None:
    code = "import runpy; runpy.run_module('Pyro5.configure', run_name='__main__', alter_sys=True)"
    assert run_anywhere(ACTIVATE + code).out.startswith("Pyro version: 5.17\n")


def test_pickles_cross_between_activated_and_other_programs() -> None:
    dump = "import pickle; sys.stdout.write(pickle.dumps(E('text'), 0).decode())\n"
    load = "import pickle; e = pickle.loads({!r}.encode()); print(type(e) is E, e.args)"
    ways = [
        ACTIVATE + "from Pyro5.errors import NamingError as E\n",
        "import sys\nfrom pyrox_pyro5.errors import NamingError as E\n",
    ]
    for one in ways:
        pickled = run(one + dump).out
        for other in ways:
            assert run(other + load.format(pickled)).out == "True ('text',)\n"


@pytest.mark.parametrize("first", ["Pyro5", "Pyro5.errors"])
def test_pyro5_itself_must_not_be_there_before(first: str) -> None:
    result = python("-c", f"import {first}\nimport pyrox_pyro5.activate")
    assert result.code == 1
    last = result.err.splitlines()[-1]
    assert last.startswith("ImportError: Pyro5 itself was imported already")
    assert "pyrox run" in last


def test_without_activation_pyro5_itself_can_be_used_beside_ours() -> None:
    code = """
import Pyro5.errors, pyrox_pyro5.errors
assert Pyro5.errors.PyroError is not pyrox_pyro5.errors.PyroError
"""
    assert python("-c", code) == (0, "", "")


# What the program starts

CHILD = "import Pyro5.errors, sys; print(Pyro5.errors.__name__, *sys.argv[1:])"
INCLUDE = ACTIVATE + "import subprocess; pyrox_pyro5.activate.include_children()\n"
START = f"subprocess.run([sys.executable, '-c', {CHILD!r}, 'x'], check=True)"


def test_children_are_not_included_unless_asked_for() -> None:
    code = ACTIVATE + f"import subprocess; {START}"
    assert python("-c", code) == (0, "Pyro5.errors x\n", "")


def test_children_may_be_included(run_anywhere: Running) -> None:
    assert run_anywhere(INCLUDE + START) == (0, "pyrox_pyro5.errors x\n", "")


def test_so_are_their_children() -> None:
    grandchild = f"import sys, subprocess; {START}"
    code = f"subprocess.run([sys.executable, '-c', {grandchild!r}], check=True)"
    assert run(INCLUDE + code) == (0, "pyrox_pyro5.errors x\n", "")


def test_a_child_may_be_one_of_pyro5s_programs(run_anywhere: Running) -> None:
    code = "subprocess.run([sys.executable, '-m', 'Pyro5.configure'], check=True)"
    assert run_anywhere(INCLUDE + code).out.startswith("Pyro version: 5.17\n")


def test_including_them_twice_changes_nothing() -> None:
    code = """
import os
before = os.environ["PYTHONPATH"]
pyrox_pyro5.activate.include_children()
assert os.environ["PYTHONPATH"] == before
"""
    assert run(INCLUDE + code) == (0, "", "")


def test_a_child_that_has_no_use_for_pyro5_imports_nothing_of_ours() -> None:
    child = "import sys; print([name for name in sys.modules if 'pyro' in name.lower()])"
    code = f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    assert run(INCLUDE + code) == (0, "[]\n", "")


def test_what_customizes_python_for_everybody_still_does(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('customized', __name__)")
    (tmp_path / "own.py").write_text("")
    child = "import sitecustomize, own; print(sitecustomize.__file__)"
    code = INCLUDE + f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    result = python("-u", "-c", code, PYTHONPATH=str(tmp_path))
    once = "customized sitecustomize\n"
    assert result == (0, f"{once}{once}{tmp_path / 'sitecustomize.py'}\n", "")


def test_a_child_without_pyrox_has_its_own_pyro5(tmp_path: Path) -> None:
    # -S leaves out site-packages, where pyrox is, but also what reads our folder: read it here.
    theirs = tmp_path / "Pyro5"
    theirs.mkdir()
    (theirs / "__init__.py").write_text("")
    child = "import sitecustomize, Pyro5; print(Pyro5.__file__)"
    code = INCLUDE + f"subprocess.run([sys.executable, '-S', '-c', {child!r}], check=True)"
    result = python("-c", code, PYTHONPATH=str(tmp_path))
    assert result == (0, f"{theirs / '__init__.py'}\n", "")


PROGRAM = """
import multiprocessing
import Pyro5.errors

class Thing:
    where = Pyro5.errors.__name__

def work(thing):
    return thing.where, Pyro5.errors.__name__, thing

if __name__ == "__main__":
    with multiprocessing.get_context("METHOD").Pool(1) as pool:
        *where, thing = pool.apply(work, (Thing(),))
    print(*where, type(thing) is Thing)
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_of_multiprocessing_are_included(tmp_path: Path, method: str) -> None:
    (tmp_path / "program.py").write_text(PROGRAM.replace("METHOD", method))
    variables = environment(PYTHONPATH=without_pyro5(tmp_path / "without"))
    done = subprocess.run(
        [sys.executable, "-m", "pyrox_pyro5", "program.py"],
        cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("pyrox_pyro5.errors pyrox_pyro5.errors True\n", "")
