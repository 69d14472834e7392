"""``pyrox plugin new``: what it writes is a plugin that works, and passes its own tests."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pyrox
import pyrox_testkit
from tests.cli.conftest import Runner
from tests.core.fakes import EntryPoint, FakeSerializer, Offering

pytestmark = pytest.mark.slow

KINDS = ["transport", "serializer", "resolver", "storage", "command"]
FEW = {"transport": "connecting or uri or sent", "serializer": "handshake or type or call"}
"""Which tests of a suite to run where all of them would take long."""


def run_tests(project: Path, *options: str) -> str:
    """Run a project's tests as its author does, without installing it."""
    testkit = Path(pyrox_testkit.__file__).parents[1]
    paths = [str(project / "src"), str(testkit), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:asyncio", *options]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(monkeypatch: pytest.MonkeyPatch, *serializers: FakeSerializer) -> None:
    """Let nothing be installed but plugins with these."""
    plugins = pyrox.Plugins(
        [
            EntryPoint(f"plugin {number}", Offering(serializer=serializer))
            for number, serializer in enumerate(serializers)
        ]
    )
    monkeypatch.setattr("pyrox_cli.commands.plugin_new.installed_plugins", lambda: plugins)


@pytest.mark.parametrize("kind", KINDS)
def test_the_tests_of_a_new_project_pass(cli: Runner, tmp_path: Path, kind: str) -> None:
    project = tmp_path / "here"
    assert cli("plugin", "new", kind, "carrier-pigeon", "--to", str(project)).code == 0
    few = ("-k", FEW[kind]) if kind in FEW else ()
    assert " passed" in run_tests(project, *few)


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_has_all_that_one_needs(cli: Runner, tmp_path: Path, kind: str) -> None:
    result = cli("plugin", "new", kind, "carrier-pigeon", "--to", str(tmp_path), "--json")
    assert json.loads(result.out) == {
        "folder": str(tmp_path),
        "distribution": "pyrox-carrier-pigeon",
        "files": [
            "pyproject.toml",
            "README.md",
            ".gitignore",
            "src/pyrox_carrier_pigeon/__init__.py",
            "src/pyrox_carrier_pigeon/py.typed",
            "tests/test_carrier_pigeon.py",
        ],
        "next": [f"cd {tmp_path}", 'pip install -e ".[test]"', "pytest", "pyrox plugins"],
    }
    for file in json.loads(result.out)["files"]:
        text = (tmp_path / file).read_text("utf-8")
        assert "$" not in text, f"something was not filled in in {file}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_looks_cared_for(cli: Runner, tmp_path: Path, kind: str) -> None:
    cli("plugin", "new", kind, "carrier-pigeon", "--to", str(tmp_path))
    for file in tmp_path.rglob("*.py"):
        text = file.read_text("utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{file.name} does not say what it is"
        assert max(map(len, text.splitlines())) <= 100
        assert text.endswith("\n") and not text.endswith("\n\n")
        assert not re.search("[ \t]\n|\t", text)


@pytest.mark.usefixtures("terminal")
def test_a_person_is_told_what_to_do_next(cli: Runner, tmp_path: Path) -> None:
    folder = tmp_path / "my plugin"
    out = cli("plugin", "new", "storage", "pigeon", "--to", str(folder), "--no-color").out
    _, _, steps = out.partition("It works already:")
    assert re.search(r"cd\s+'[^']+my\s+plugin'", steps)
    assert steps.split("\n", 2)[2].split() == [
        *("pip", "install", "-e", '".[test]"'),
        *("pytest", "pyrox", "plugins"),
    ]


def test_a_script_is_told_the_files_and_no_more(cli: Runner, tmp_path: Path) -> None:
    result = cli("plugin", "new", "storage", "pigeon", "--to", str(tmp_path))
    first, *others = map(Path, result.out.splitlines())
    assert first == tmp_path / "pyproject.toml"
    assert len(others) == 5
    assert result.err == ""


def test_the_entry_point_leads_to_the_package(cli: Runner, tmp_path: Path) -> None:
    cli("plugin", "new", "transport", "carrier-pigeon", "--to", str(tmp_path))
    metadata = (tmp_path / "pyproject.toml").read_text("utf-8")
    assert '[project.entry-points.pyrox]\ncarrier-pigeon = "pyrox_carrier_pigeon"' in metadata


def test_it_is_written_where_one_is(
    cli: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "pyrox-pigeon/pyproject.toml" in cli("plugin", "new", "transport", "pigeon").out
    assert (tmp_path / "pyrox-pigeon" / "src" / "pyrox_pigeon" / "__init__.py").exists()


def test_nothing_is_overwritten(cli: Runner, tmp_path: Path) -> None:
    (tmp_path / "thesis").write_text("three years of work")
    result = cli("plugin", "new", "storage", "pigeon", "--to", str(tmp_path))
    assert result.code != 0
    assert "there is something" in result.err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis"]


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        ("transport", "Carrier_Pigeon", "try carrier-pigeon"),
        ("transport", "9lives", "try lives"),
        ("transport", "!!!", "begins with a letter"),
        ("transport", "../../etc", "try etc"),
        ("transport", "pyrox-pigeon", "say 'pigeon'"),
        ("transport", "tcp", "there is a transport 'tcp' already"),
        ("serializer", "json", "there is a serializer 'json' already"),
        ("storage", "sqlite", "there is a storage 'sqlite' already"),
        ("resolver", "name", "there is a resolver 'PYRONAME' already"),
        ("resolver", "dns2", "has no digits"),
        ("command", "serve", "there is a command 'serve' already"),
        ("storage", "tcp", "there is a plugin 'tcp' already"),
        ("storage", "core", "something in pyrox itself; try core-storage"),
        ("transport", "testkit", "something in pyrox itself; try testkit-transport"),
    ],
)
def test_a_name_that_will_not_do_is_refused(
    cli: Runner, tmp_path: Path, kind: str, name: str, why: str
) -> None:
    result = cli("plugin", "new", kind, name, "--to", str(tmp_path / "new"))
    assert result.code != 0
    assert why in result.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["pickle", "class", "ssl"])
def test_a_name_that_python_uses_is_fine(cli: Runner, tmp_path: Path, name: str) -> None:
    assert cli("plugin", "new", "resolver", name, "--to", str(tmp_path)).code == 0
    assert " passed" in run_tests(tmp_path)


def test_a_package_that_is_there_already_is_not_shadowed(
    cli: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyrox_pigeon.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    result = cli("plugin", "new", "transport", "pigeon", "--to", str(tmp_path / "new"))
    assert result.code != 0
    assert "there is a package pyrox_pigeon already; try pigeon-transport" in result.err


def test_a_name_that_two_plugins_claim_is_not_given_to_a_third(
    cli: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, FakeSerializer("tea", 70), FakeSerializer("tea", 71))
    result = cli("plugin", "new", "serializer", "tea", "--to", str(tmp_path / "new"))
    assert result.code != 0
    assert "the serializer 'tea' is claimed by" in result.err


def test_a_folder_that_cannot_be_written_is_an_error_in_one_line(
    cli: Runner, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    result = cli("plugin", "new", "transport", "pigeon", "--to", str(tmp_path / "file" / "new"))
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err


def test_the_kinds_are_completed(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_PYROX_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "pyrox plugin new ")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert set(re.findall(r"plain,(\w+)", cli().out)) == set(KINDS)


def id_of(cli: Runner, name: str, folder: Path) -> int:
    """Return the id in the project of a new serializer."""
    assert cli("plugin", "new", "serializer", name, "--to", str(folder)).code == 0
    [file] = folder.glob("src/*/__init__.py")
    [number] = re.findall(r"^    id = (\d+)", file.read_text("utf-8"), re.M)
    return int(number)


@pytest.mark.parametrize("name", ["a", "cbor", "carrier-pigeon", "yaml2"])
def test_an_id_is_out_of_the_way_of_known_ones(cli: Runner, tmp_path: Path, name: str) -> None:
    assert 64 <= id_of(cli, name, tmp_path) <= 250


def test_an_id_that_is_taken_here_is_not_given_again(
    cli: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = id_of(cli, "pigeon", tmp_path / "one")
    install(monkeypatch, FakeSerializer("tea", number))
    assert id_of(cli, "pigeon", tmp_path / "two") != number


def test_one_name_gives_the_same_id_each_time(cli: Runner, tmp_path: Path) -> None:
    assert id_of(cli, "pigeon", tmp_path / "one") == id_of(cli, "pigeon", tmp_path / "two")
