"""Where settings come from, and which source wins."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from pyrox import Config, configure, current_config, load_config

WriteToml = Callable[[str], str]
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def write_toml(folder: Path) -> WriteToml:
    def write(text: str) -> str:
        (folder / "pyrox.toml").write_text(text)
        return str(folder / "pyrox.toml")

    return write


def test_without_any_source_there_are_the_defaults() -> None:
    config, sources = load_config({})
    assert config == Config()
    assert set(sources.values()) == {"default"}


def test_every_setting_has_a_source_and_a_meaning() -> None:
    names = {setting.name for setting in fields(Config)}
    assert set(load_config({})[1]) == names
    assert set(Config.help()) == names
    assert all(Config.help().values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "localhost"),
        ("ns_host", "localhost"),
        ("ns_port", 9090),
        ("ns_broadcast", False),
        ("serializer", "auto"),
        ("compression", False),
        ("max_message_size", 2**30),
        ("max_retries", 0),
        ("stream_linger", 30.0),
        ("item_streaming", True),
    ],
)
def test_a_default(name: str, value: object) -> None:
    assert getattr(Config(), name) == value


def test_a_config_is_a_value() -> None:
    config = Config()
    with pytest.raises(FrozenInstanceError):
        config.timeout = 5.0  # type: ignore[misc]
    assert config == Config()
    assert config != Config(timeout=5.0)
    assert hash(config) == hash(Config())


def test_replacing_settings_makes_another_config() -> None:
    config = Config()
    changed = config.replace(timeout=5.0, host="0.0.0.0")
    assert (changed.timeout, changed.host) == (5.0, "0.0.0.0")
    assert config.timeout == 0.0


# TOML


def test_settings_are_read_from_pyrox_toml_in_the_working_directory(write_toml: WriteToml) -> None:
    write_toml('host = "0.0.0.0"\ntimeout = 2.5\ncompression = true\nns_port = 1\n')
    config, sources = load_config({})
    assert (config.host, config.timeout, config.compression, config.ns_port) == (
        "0.0.0.0", 2.5, True, 1,
    )  # fmt: skip
    assert sources["host"] == "pyrox.toml"
    assert sources["server"] == "default"


def test_a_whole_number_does_for_a_time(write_toml: WriteToml) -> None:
    write_toml("timeout = 2\n")
    assert load_config({})[0].timeout == 2


def test_an_array_is_a_tuple(write_toml: WriteToml) -> None:
    write_toml('serializers = ["json", "msgpack"]\nns_broadcast_addresses = []\n')
    config = load_config({})[0]
    assert config.serializers == ("json", "msgpack")
    assert config.ns_broadcast_addresses == ()


def test_an_empty_file_changes_nothing(write_toml: WriteToml) -> None:
    write_toml("")
    assert load_config({})[0] == Config()


def test_pyrox_config_names_another_file(folder: Path, write_toml: WriteToml) -> None:
    write_toml("timeout = 1.0\n")
    other = folder / "other.toml"
    other.write_text("timeout = 2.0\n")
    config, sources = load_config({"PYROX_CONFIG": str(other)})
    assert config.timeout == 2.0
    assert sources["timeout"] == str(other)


def test_an_argument_names_another_file_still(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).write_text(f'host = "{name}"\n')
    config = load_config({"PYROX_CONFIG": str(folder / "one")}, str(folder / "two"))[0]
    assert config.host == "two"


# Environment


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("PYROX_HOST", "0.0.0.0", "0.0.0.0"),
        ("PYROX_NS_PORT", "9999", 9999),
        ("PYROX_TIMEOUT", "2.5", 2.5),
        ("PYROX_TIMEOUT", "2", 2.0),
        ("PYROX_SERIALIZERS", "json", ("json",)),
        ("PYROX_SERIALIZERS", " json, msgpack ,", ("json", "msgpack")),
        ("PYROX_SERIALIZERS", "", ()),
        *[("PYROX_COMPRESSION", text, True) for text in ("1", "yes", "on", "true", " TRUE ")],
        *[("PYROX_ITEM_STREAMING", text, False) for text in ("0", "no", "off", "False")],
    ],
)
def test_settings_are_read_from_the_environment(variable: str, text: str, value: object) -> None:
    config, sources = load_config({variable: text})
    name = variable[len("PYROX_") :].lower()
    assert getattr(config, name) == value
    assert sources[name] == variable


def test_other_variables_are_passed_over() -> None:
    assert load_config({"PYRO_TIMEOUT": "5", "HOST": "x", "pyrox_host": "x"})[0] == Config()


def test_the_environment_of_the_process_counts_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYROX_TIMEOUT", "7.5")
    assert load_config()[0].timeout == 7.5


# Precedence


@pytest.mark.parametrize(
    ("toml", "environ", "code", "value", "source"),
    [
        ("", {}, {}, "localhost", "default"),
        ('host = "toml"', {}, {}, "toml", "pyrox.toml"),
        ('host = "toml"', {"PYROX_HOST": "env"}, {}, "env", "PYROX_HOST"),
        ('host = "toml"', {"PYROX_HOST": "env"}, {"host": "code"}, "code", "code"),
        ('host = "toml"', {}, {"host": "code"}, "code", "code"),
    ],
)
def test_the_last_source_wins(
    write_toml: WriteToml,
    toml: str,
    environ: dict[str, str],
    code: dict[str, str],
    value: str,
    source: str,
) -> None:
    write_toml(toml)
    config, sources = load_config(environ, **code)
    assert (config.host, sources["host"]) == (value, source)


# The process's own


def test_the_settings_of_the_process_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYROX_TIMEOUT", "7.5")
    config = current_config()
    assert config.timeout == 7.5
    monkeypatch.setenv("PYROX_TIMEOUT", "8.5")
    assert current_config() is config


def test_configure_changes_what_is_used_from_now_on() -> None:
    before = current_config()
    changed = configure(timeout=3.0)
    assert changed.timeout == 3.0
    assert current_config() is changed
    assert before.timeout == 0.0


def test_configure_keeps_what_it_does_not_name() -> None:
    configure(timeout=3.0)
    assert configure(host="0.0.0.0").timeout == 3.0


def test_a_setting_that_configure_refuses_changes_nothing() -> None:
    before = current_config()
    with pytest.raises(ValueError):
        configure(timeout=-1.0)
    assert current_config() is before
