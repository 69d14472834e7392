"""Reference 2 and 7.4: the settings of a Pyro5 program, from defaults and the environment."""

import copy
import os
import platform
from pathlib import Path
from typing import Any

import pytest

from pyrox_pyro5 import configure
from pyrox_pyro5.configure import Configuration, global_config
from tests.pyro5.processes import python

DEFAULTS: dict[str, Any] = {
    "HOST": "localhost",
    "NS_HOST": "localhost",
    "NS_PORT": 9090,
    "NS_BCPORT": 9091,
    "NS_BCHOST": None,
    "NS_AUTOCLEAN": 0.0,
    "NS_LOOKUP_DELAY": 0.0,
    "NATHOST": None,
    "NATPORT": 0,
    "COMPRESSION": False,
    "SERVERTYPE": "thread",
    "COMMTIMEOUT": 0.0,
    "POLLTIMEOUT": 2.0,
    "MAX_RETRIES": 0,
    "SOCK_REUSE": True,
    "SOCK_NODELAY": False,
    "DETAILED_TRACEBACK": False,
    "THREADPOOL_SIZE": 80,
    "THREADPOOL_SIZE_MIN": 4,
    "MAX_MESSAGE_SIZE": 1073741824,
    "BROADCAST_ADDRS": ["<broadcast>", "0.0.0.0"],
    "PREFER_IP_VERSION": 0,
    "SERIALIZER": "serpent",
    "SERPENT_BYTES_REPR": False,
    "ITER_STREAMING": True,
    "ITER_STREAM_LIFETIME": 0.0,
    "ITER_STREAM_LINGER": 30.0,
    "LOGFILE": "pyro5.log",
    "LOGLEVEL": None,
    "LOGWIRE": False,
    "SSL": False,
    "SSL_SERVERCERT": "",
    "SSL_SERVERKEY": "",
    "SSL_SERVERKEYPASSWD": "",
    "SSL_REQUIRECLIENTCERT": False,
    "SSL_CLIENTCERT": "",
    "SSL_CLIENTKEY": "",
    "SSL_CLIENTKEYPASSWD": "",
    "SSL_CACERTS": "",
}


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULTS:
        monkeypatch.delenv(f"PYRO_{name}", raising=False)


@pytest.mark.parametrize("name", DEFAULTS)
def test_each_setting_has_its_default(name: str) -> None:
    value = getattr(Configuration(), name)
    assert (value, type(value)) == (DEFAULTS[name], type(DEFAULTS[name]))


def test_there_are_no_others() -> None:
    assert Configuration().as_dict() == DEFAULTS
    assert sorted(Configuration.__slots__) == sorted(DEFAULTS)


def test_setting_one_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="TIMEOUT"):
        Configuration().TIMEOUT = 5


def test_a_value_is_taken_as_it_is() -> None:
    config = Configuration()
    config.COMMTIMEOUT = 2
    assert config.COMMTIMEOUT == 2


def test_reset_returns_to_the_defaults() -> None:
    config = Configuration()
    config.HOST = "elsewhere"
    config.BROADCAST_ADDRS.append("more")
    config.reset()
    assert config.as_dict() == DEFAULTS


def test_a_copy_has_the_same_values_and_is_another_object() -> None:
    config = Configuration()
    config.HOST = "elsewhere"
    twin = config.copy()
    twin.BROADCAST_ADDRS.append("more")
    twin.NS_PORT = 1
    assert (twin.HOST, config.NS_PORT) == ("elsewhere", 9090)
    assert "more" not in config.BROADCAST_ADDRS
    assert copy.copy(config).as_dict() == config.as_dict()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        *(("SSL", text, True) for text in ("1", "yes", "on", "true", "ON", "True")),
        *(("SOCK_REUSE", text, False) for text in ("0", "no", "off", "false", "OFF", "False")),
        ("NS_PORT", "1234", 1234),
        ("COMMTIMEOUT", "2", 2.0),
        ("HOST", "", ""),
        ("NATHOST", "public.example", "public.example"),
        ("BROADCAST_ADDRS", "a, b ,c", ["a", "b", "c"]),
    ],
)
def test_a_variable_is_read_as_the_kind_of_its_default(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any
) -> None:
    monkeypatch.setenv(f"PYRO_{name}", text)
    read = getattr(Configuration(), name)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        ("PYRO_SSL", "maybe", "invalid boolean value: PYRO_SSL=maybe"),
        ("PYRO_SSL", "", "invalid boolean value: PYRO_SSL="),
        ("PYRO_NS_PORT", "x", "invalid Pyro environment config value: PYRO_NS_PORT=x"),
        ("PYRO_COMMTIMEOUT", "", "invalid Pyro environment config value: PYRO_COMMTIMEOUT="),
        ("PYRO_BOGUS", "1", "invalid Pyro environment config variable: PYRO_BOGUS"),
        ("PYRO_ssl", "1", "invalid Pyro environment config variable: PYRO_ssl"),
    ],
)
def test_a_variable_that_makes_no_sense_is_a_value_error(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, message: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(ValueError) as caught:
        Configuration()
    assert str(caught.value) == message


def test_a_reset_that_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Configuration()
    config.HOST = "elsewhere"
    monkeypatch.setenv("PYRO_BOGUS", "1")
    with pytest.raises(ValueError):
        config.reset()
    assert config.HOST == "elsewhere"


def test_reset_may_leave_the_environment_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYRO_HOST", "elsewhere")
    monkeypatch.setenv("PYRO_BOGUS", "1")
    config = global_config.copy()
    config.reset(use_environment=False)
    assert config.as_dict() == DEFAULTS


@pytest.mark.parametrize("name", ["PYROX_TIMEOUT", "PYROLYSIS", "pyro_HOST"])
def test_variables_of_others_are_none_of_our_business(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "5")
    assert Configuration().as_dict() == DEFAULTS


def test_a_dump_shows_versions_and_all_settings_in_order() -> None:
    lines = Configuration().dump().splitlines()
    assert lines[:5] == [
        "Pyro version: 5.17",
        f"Loaded from: {Path(configure.__file__).parent}",
        f"Python version: {platform.python_implementation()} {platform.python_version()} "
        f"({platform.system()}, {os.name})",
        "Protocol version: 502",
        "Currently active global configuration settings:",
    ]
    assert lines[5:] == [f"{name} = {value}" for name, value in sorted(DEFAULTS.items())]


def test_dump_prints_that_of_the_global_settings(capsys: pytest.CaptureFixture[str]) -> None:
    configure.dump()
    assert capsys.readouterr().out == global_config.dump() + "\n"


# In processes of their own


def test_the_module_can_be_run() -> None:
    result = python("-m", "pyrox_pyro5", "-m", "Pyro5.configure", PYRO_HOST="elsewhere")
    assert (result.code, result.err) == (0, "")
    assert "HOST = elsewhere\n" in result.out


def test_the_environment_is_read_at_import() -> None:
    code = "import pyrox_pyro5.activate, Pyro5; print(Pyro5.config.NS_PORT)"
    assert python("-c", code, PYRO_NS_PORT="1234").out == "1234\n"


@pytest.mark.parametrize("module", ["Pyro5", "Pyro5.errors", "pyrox_pyro5.configure"])
def test_an_unknown_variable_makes_the_import_fail(module: str) -> None:
    result = python("-c", f"import pyrox_pyro5.activate, {module}", PYRO_BOGUS="1")
    assert result.code == 1
    assert result.err.endswith("ValueError: invalid Pyro environment config variable: PYRO_BOGUS\n")


def test_a_plain_pyrox_program_does_not_care_for_pyros_variables() -> None:
    code = "import pyrox; print('run' in pyrox.installed_plugins().commands)"
    result = python("-W", "error", "-c", code, PYRO_BOGUS="1", PYRO_LOGLEVEL="BOGUS")
    assert result == (0, "True\n", "")


def test_the_settings_are_one_object_under_all_their_names() -> None:
    code = (
        "import pyrox_pyro5.activate, Pyro5, Pyro5.configure, pyrox_pyro5\n"
        "assert Pyro5.config is Pyro5.configure.global_config is pyrox_pyro5.config\n"
        "print(Pyro5.__version__)"
    )
    assert python("-c", code).out == "5.17\n"
