"""``pyrox config``."""

import json
from pathlib import Path

import pytest

from pyrox import Config, __version__
from tests.cli.conftest import Runner


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_there_with_its_meaning(cli: Runner) -> None:
    settings = json.loads(cli("config", "--json").out)
    assert {row["setting"]: row["meaning"] for row in settings} == Config.help()


def test_a_setting_shows_where_it_comes_from(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYROX_TIMEOUT", "2.5")
    out = cli("config", "--changed").out
    assert out.startswith("timeout\t2.5\tPYROX_TIMEOUT\t")


def test_a_setting_may_come_from_a_file(cli: Runner) -> None:
    Path("pyrox.toml").write_text("ns_port = 9999\n")
    assert cli("config", "--changed").out.startswith("ns_port\t9999\tpyrox.toml\t")


def test_a_misspelt_setting_in_a_file_names_the_nearest_one(cli: Runner) -> None:
    Path("pyrox.toml").write_text("timout = 1\n")
    result = cli("config")
    assert result.code == 2
    assert result.err == (
        "error: unknown setting 'timout' in pyrox.toml: did you mean 'timeout'?\n"
    )


def test_a_bad_environment_variable_is_named(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYROX_TIMEOUT", "soon")
    result = cli("config")
    assert result.code == 2
    assert "environment variable PYROX_TIMEOUT='soon': expected float" in result.err


def test_version_shows_pyrox_python_and_the_protocol(cli: Runner) -> None:
    result = cli("--version")
    assert result.code == 0
    assert result.out.startswith(f"pyrox {__version__}, ")
    assert result.out.endswith("protocol 502\n")


def test_a_password_is_not_shown(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYROX_TLS_KEY_PASSWORD", "sesame")
    out = cli("config", "--changed").out
    assert out.startswith("tls_key_password\t***\tPYROX_TLS_KEY_PASSWORD\t")
    assert "sesame" not in out
