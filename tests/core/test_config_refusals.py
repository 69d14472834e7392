"""Settings that do not exist or have a value of the wrong kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pyrox import Config, ConfigError, PyroxError, configure, load_config

pytestmark = pytest.mark.usefixtures("folder")

UNKNOWN = [
    ("timout", "did you mean 'timeout'"),
    ("max_mesage_size", "did you mean 'max_message_size'"),
    ("serialiser", "did you mean 'serializer'"),
    ("nameserver_port", "did you mean"),
    ("qqqqqqqqqq", "`pyrox config` lists them all"),
]


@pytest.mark.parametrize(("name", "hint"), UNKNOWN)
def test_an_unknown_setting_in_code_is_named_with_the_nearest(name: str, hint: str) -> None:
    for refused in (Config().replace, configure, lambda **settings: load_config({}, **settings)):
        with pytest.raises(ConfigError, match=f"unknown setting {name!r}.*{hint}"):
            refused(**{name: 1})


@pytest.mark.parametrize(("name", "hint"), UNKNOWN)
def test_an_unknown_variable_is_named_with_the_nearest(name: str, hint: str) -> None:
    variable = f"PYROX_{name.upper()}"
    with pytest.raises(ConfigError, match=f"from environment variable {variable}: {hint}"):
        load_config({variable: "1"})


@pytest.mark.parametrize(("name", "hint"), UNKNOWN)
def test_an_unknown_setting_in_a_file_is_named_with_the_nearest(
    folder: Path, name: str, hint: str
) -> None:
    (folder / "pyrox.toml").write_text(f"{name} = 1\n")
    with pytest.raises(ConfigError, match=f"in pyrox.toml: {hint}"):
        load_config({})


ILL_TYPED: list[tuple[Mapping[str, Any], str]] = [
    ({"host": 5}, "host must be a str, not 5"),
    ({"host": None}, "host must be a str"),
    ({"ns_port": "9090"}, "ns_port must be a int, not '9090'"),
    ({"ns_port": 9090.0}, "ns_port must be a int"),
    ({"ns_port": True}, "ns_port must be a int, not True"),
    ({"timeout": "2"}, "timeout must be a float"),
    ({"timeout": True}, "timeout must be a float, not True"),
    ({"compression": 1}, "compression must be a bool, not 1"),
    ({"serializers": "json"}, "serializers must be a tuple of str, not 'json'"),
    ({"serializers": ["json"]}, "serializers must be a tuple of str"),
    ({"serializers": ("json", 5)}, "serializers must be a tuple of str"),
]


@pytest.mark.parametrize(("settings", "reason"), ILL_TYPED)
def test_a_value_of_the_wrong_kind_is_refused(settings: Mapping[str, Any], reason: str) -> None:
    for refused in (Config, Config().replace, configure):
        with pytest.raises(ConfigError, match=reason):
            refused(**settings)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"timeout": -1.0}, "timeout must not be negative"),
        ({"timeout": float("nan")}, "timeout must not be negative"),
        ({"ns_port": -1}, "ns_port must not be negative"),
        ({"server": "async"}, "server must be thread or multiplex, not 'async'"),
        ({"prefer_ip_version": 5}, "prefer_ip_version must be 0 or 4 or 6, not 5"),
        ({"max_calls": 0}, "max_calls must be at least 1"),
        ({"max_message_size": 0}, "max_message_size must be from 1024"),
        ({"max_message_size": 1023}, "max_message_size must be from 1024"),
        ({"max_message_size": 2**32}, "to 4294967295"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(settings: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        Config(**settings)


@pytest.mark.parametrize(
    ("variable", "text", "wanted"),
    [
        ("PYROX_NS_PORT", "many", "int"),
        ("PYROX_NS_PORT", "1.5", "int"),
        ("PYROX_NS_PORT", "", "int"),
        ("PYROX_TIMEOUT", "long", "float"),
        ("PYROX_COMPRESSION", "maybe", "yes or no"),
        ("PYROX_COMPRESSION", "", "yes or no"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named(variable: str, text: str, wanted: str) -> None:
    with pytest.raises(ConfigError, match=f"{variable}={text!r}: expected {wanted}"):
        load_config({variable: text})


@pytest.mark.parametrize("text", ["-1", "nan"])
def test_a_variable_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="timeout must not be negative"):
        load_config({"PYROX_TIMEOUT": text})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("host = 5", r"host must be a str, not 5 \(in pyrox.toml\)"),
        ('ns_port = "9090"', "ns_port must be a int"),
        ("serializers = [1]", "serializers must be a tuple of str"),
        ('serializers = "json"', "serializers must be a tuple of str"),
        ("[host]\nname = 1", "host must be a str"),
        ("timeout = ", "pyrox.toml is not valid TOML"),
        ("timeout 5", "pyrox.toml is not valid TOML"),
    ],
)
def test_a_file_with_a_mistake_is_named(folder: Path, line: str, reason: str) -> None:
    (folder / "pyrox.toml").write_text(line)
    with pytest.raises(ConfigError, match=reason):
        load_config({})


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "pyrox.toml").write_bytes(b'host = "\xff\xfe"\n')
    with pytest.raises(ConfigError, match=r"pyrox\.toml is not valid TOML"):
        load_config({})


def test_a_file_that_was_asked_for_must_exist(folder: Path) -> None:
    for source in ({"PYROX_CONFIG": "absent.toml"}, {}):
        with pytest.raises(ConfigError, match=r"cannot read settings.*absent\.toml"):
            load_config(source, None if source else "absent.toml")


def test_a_folder_is_no_file(folder: Path) -> None:
    (folder / "pyrox.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot read settings"):
        load_config({})


def test_a_mistake_is_a_value_error_and_a_pyro_error() -> None:
    with pytest.raises(ValueError) as caught:
        Config().replace(nonsense=1)
    assert isinstance(caught.value, PyroxError)
