"""Completion in shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyrox_cli.completion import names
from tests.cli.conftest import Runner


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for(cli: Runner, shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("needs bash")
    result = cli("completion", shell)
    assert result.code == 0
    assert f"_PYROX_COMPLETE={shell}_complete" in result.out


def test_a_shell_that_is_not_known_is_refused(cli: Runner) -> None:
    result = cli("completion", "tcsh")
    assert result.code == 2
    assert "the shells are bash, zsh, fish" in result.err


def completed(*words: str) -> list[str]:
    """Return what bash is told when somebody presses Tab behind ``words``."""
    answer = subprocess.run(
        [sys.executable, "-m", "pyrox_cli"],
        env={
            **os.environ,
            "_PYROX_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        },
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
    return [line.partition(",")[2] for line in answer.splitlines()]


def test_commands_are_completed() -> None:
    assert completed("pyrox", "ins") == ["inspect"]


def test_choices_are_completed() -> None:
    assert completed("pyrox", "serve", "--mode", "per") == ["percall"]


def test_no_name_server_means_no_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pyrox_cli.completion.locate_ns", _unreachable)
    assert names("exa") == []


def _unreachable(*_: object, **__: object) -> None:
    raise ConnectionRefusedError
