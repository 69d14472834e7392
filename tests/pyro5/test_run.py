"""``pyrox run PROGRAM``: as ``python PROGRAM``, in the same process, and with pyrox for Pyro5."""

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs import PATIENCE, Result
from tests.pyro5.processes import environment, python, without_pyro5

pytestmark = pytest.mark.slow

Running = Callable[..., Result]
LAUNCHERS = {"pyrox": ["-m", "pyrox_cli", "run"], "python": ["-m", "pyrox_pyro5"]}

PROBE = """
import sys
print("argv", sys.argv)
print("path", sys.path[0])
main = sys.modules["__main__"]
print("main", main.__dict__ is globals(), type(main).__name__)
for name in "__name__ __file__ __cached__ __package__ __doc__ __builtins__".split():
    print(name, getattr(main, name, "none"))
print("loader", type(__loader__).__name__, "spec", __spec__ and (__spec__.name, __spec__.origin))
"""


@pytest.fixture(params=LAUNCHERS)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Running:
    """Run a program in either way, in a folder of the test's own."""

    def run(*arguments: str, **variables: str) -> Result:
        return python(*LAUNCHERS[request.param], *arguments, cwd=tmp_path, **variables)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder in which programs run, with some in it that tell what they find."""
    package = tmp_path / "package"
    (package / "sub").mkdir(parents=True)
    for file in ("probe.py", "sub/probe.py", "package/probe.py", "package/__main__.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(PROBE)
    with zipfile.ZipFile(tmp_path / "archive.pyz", "w") as archive:
        archive.writestr("__main__.py", PROBE)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "probe.py",
        "probe.py x --help -m -v --json -1 -- -2",
        "sub/probe.py",
        "package",
        "archive.pyz",
        "-m probe x --help -m",
        "-m sub.probe",
        "-m package -1",
        "-m package.probe",
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_program_finds_what_it_finds_under_python(
    run: Running, tmp_path: Path, command: str
) -> None:
    expected = python(*command.split(), cwd=tmp_path)
    assert expected.code == 0
    assert run(*command.split()) == expected


def test_options_may_stand_after_the_two_dashes_of_ours(run: Running, folder: Path) -> None:
    (folder / "-odd.py").write_text("import sys; print(sys.argv)")
    assert run("--", "-odd.py", "x").out == "['-odd.py', 'x']\n"


ENDINGS = {
    "its_end": "",
    "exit": "raise SystemExit",
    "exit_code": "raise SystemExit(7)",
    "exit_text": "raise SystemExit('why')",
    "error": "def f():\n    1 / 0\nf()",
    "error_with_a_cause": "try:\n    1 / 0\nexcept Exception as e:\n    raise KeyError from e",
    "error_with_a_hook": "import sys\nsys.excepthook = lambda *e: print('hook', *e[:2])\n1 / 0",
    "error_in_an_import": "import own_module",
    "syntax_error": "x = = 1",
    "interrupt": "raise KeyboardInterrupt",
    "atexit": "import atexit; atexit.register(print, 'at exit')\nraise SystemExit(3)",
    "thread": """
import threading, time
threading.Thread(target=lambda: (time.sleep(0.05), print("thread ends"))).start()
print("main ends")
""",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_ends_as_under_python(run: Running, tmp_path: Path, ending: str) -> None:
    (tmp_path / "program.py").write_text(ENDINGS[ending])
    (tmp_path / "own_module.py").write_text("raise ValueError('bad')")
    expected = python("program.py", cwd=tmp_path)
    result = run("program.py")
    assert (result.code, result.out) == (expected.code, expected.out)
    assert without_machinery(result.err) == without_machinery(expected.err)


def without_machinery(text: str) -> list[str]:
    """Return the lines of a traceback, without those of the import system."""
    lines = text.splitlines()
    return [line for line in lines if "<frozen importlib" not in line]


def test_what_ended_it_is_shown_without_frames_of_ours(run: Running, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("def f():\n    raise ValueError('bad')\nf()")
    result = run("program.py")
    assert "pyrox" not in result.err.replace(str(tmp_path), "")
    assert result.err.count("  File ") == 2


@pytest.mark.parametrize(
    ("command", "code", "text"),
    [
        (
            "none.py",
            2,
            "pyrox run: can't open file '{folder}/none.py': No such file or directory\n",
        ),
        ("sub", 1, "pyrox run: No module named __main__; '{folder}/sub' cannot be executed\n"),
        ("-m none", 1, "pyrox run: No module named none\n"),
        ("-m none.at.all", 1, "pyrox run: No module named none.at.all\n"),
        ("-m sub", 1, "pyrox run: No module named sub.__main__; 'sub' cannot be executed\n"),
        ("-m Pyro5", 1, "pyrox run: No module named Pyro5.__main__; 'Pyro5' cannot be executed\n"),
    ],
)
def test_what_cannot_be_run_is_told(
    run: Running, folder: Path, command: str, code: int, text: str
) -> None:
    assert run(*command.split()) == (code, "", text.format(folder=folder))


def test_a_module_that_lacks_another_shows_which(run: Running, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("import pack")
    result = run("-m", "package.module")
    assert result.code == 1
    assert result.err.endswith("ModuleNotFoundError: No module named 'pack'\n")


def test_pyro5_is_pyrox_whether_or_not_it_is_installed(run: Running, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import Pyro5.errors; print(Pyro5.errors.__name__)")
    for variables in ({}, {"PYTHONPATH": without_pyro5(tmp_path / "without")}):
        assert run("program.py", **variables) == (0, "pyrox_pyro5.errors\n", "")


def test_modules_of_pyro5_run_too(run: Running) -> None:
    result = run("-m", "Pyro5.configure")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Pyro version: 5.17\n")


def test_the_program_runs_in_the_process_that_was_started(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import os; print(os.getpid())")
    started = subprocess.Popen(
        [sys.executable, *LAUNCHERS["pyrox"], "program.py"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.communicate(timeout=PATIENCE)[0] == f"{started.pid}\n"


def test_python_programs_that_it_starts_have_pyrox_too(run: Running, tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text("import Pyro5.errors; print(Pyro5.errors.__name__)")
    (tmp_path / "program.py").write_text(
        "import subprocess, sys; subprocess.run([sys.executable, 'child.py'], check=True)"
    )
    assert run("program.py") == (0, "pyrox_pyro5.errors\n", "")


def test_what_it_pickles_names_its_classes_as_ever(run: Running, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import pickle\nclass Thing: pass\n"
        "print(type(pickle.loads(pickle.dumps(Thing()))) is Thing, Thing.__module__)"
    )
    assert run("program.py").out == "True __main__\n"


def test_logging_and_signals_are_as_python_sets_them_up(run: Running, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import logging, signal, sys\n"
        "print(logging.getLogger().handlers, logging.getLogger().level, sys.stdout.errors)\n"
        "print(*map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)))"
    )
    expected = python("program.py", cwd=tmp_path)
    assert run("program.py").out.split(" at 0x")[0] == expected.out.split(" at 0x")[0]


WAITING = "import time; print('ready', flush=True); time.sleep(60)"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("launcher", LAUNCHERS.values(), ids=LAUNCHERS)
def test_a_signal_ends_it_as_it_ends_a_python_program(
    tmp_path: Path, launcher: list[str], number: signal.Signals
) -> None:
    (tmp_path / "program.py").write_text(WAITING)
    started = subprocess.Popen(
        [sys.executable, *launcher, "program.py"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    started.send_signal(number)
    err = started.communicate(timeout=PATIENCE)[1]
    assert started.returncode == -number
    assert ("KeyboardInterrupt" in err) == (number == signal.SIGINT)


def test_the_environment_tells_of_it_to_children_alone(run: Running, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import os; print(os.environ['PYTHONPATH'])")
    first, *others = run("program.py", PYTHONPATH="a" + os.pathsep + "b").out.split(os.pathsep)
    assert first.endswith("children")
    assert others == ["a", "b\n"]
