"""What ``import pyrox`` costs: it loads no plugin, no asyncio, and looks for nothing."""

import json
import subprocess
import sys
from typing import Any

import pytest

import pyrox


def in_a_new_process(code: str) -> Any:
    """Return what ``code`` leaves in ``result``, run by a fresh interpreter."""
    script = f"import json, sys\nbefore = set(sys.modules)\n{code}\nprint(json.dumps(result))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def brought() -> set[str]:
    """The modules that importing pyrox brings in."""
    return set(in_a_new_process("import pyrox\nresult = sorted(set(sys.modules) - before)"))


@pytest.mark.parametrize(
    "module", ["asyncio", "importlib.metadata", "uuid", "sqlite3", "ssl", "email", "tomllib"]
)
def test_importing_pyrox_does_not_import(brought: set[str], module: str) -> None:
    assert module not in brought


def test_importing_pyrox_imports_no_plugin(brought: set[str]) -> None:
    assert not [name for name in brought if name.startswith("pyrox_")]


def test_importing_pyrox_reads_no_settings_and_loads_no_plugins() -> None:
    assert in_a_new_process(
        "import pyrox\n"
        "from pyrox import plugins\nfrom pyrox.values import config\n"
        "result = [config._current is None, plugins._installed is None]"
    ) == [True, True]


def test_plugins_are_found_once_they_are_asked_for() -> None:
    found = in_a_new_process(
        "import pyrox\n"
        "result = sorted(pyrox.installed_plugins().serializers)\n"
        "assert pyrox.installed_plugins() is pyrox.installed_plugins()"
    )
    assert "json" in found


@pytest.mark.parametrize("name", pyrox.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert hasattr(pyrox, name)


def test_the_public_names_are_sorted_and_complete() -> None:
    assert sorted(pyrox.__all__) == sorted(set(pyrox.__all__))
    assert "Proxy" in pyrox.__all__
    assert "Daemon" in pyrox.__all__


@pytest.mark.parametrize("name", ["CommunicationError", "Outcome", "PyroxError", "TimeoutError"])
def test_every_error_is_public(name: str) -> None:
    assert getattr(pyrox, name) is getattr(pyrox.errors, name)
