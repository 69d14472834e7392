"""``pyrox plugins``."""

import functools
import json
from types import SimpleNamespace
from typing import Any

import pytest

from pyrox import Command, Plugins, hookimpl
from pyrox_cli import declarations
from tests.cli.conftest import Runner


class EntryPoint:
    """An entry point that loads ``plugin``, or fails with it."""

    def __init__(self, name: str, plugin: Any) -> None:
        self.name = name
        self.value = f"pyrox_{name}"
        self.dist = SimpleNamespace(name=f"pyrox-{name}", version="1.2")
        self._plugin = plugin

    def load(self) -> Any:
        if isinstance(self._plugin, Exception):
            raise self._plugin
        return self._plugin


class Commanding:
    """A plugin that offers a command."""

    def __init__(self, path: str = "vsock") -> None:
        self._path = path

    @hookimpl
    def pyrox_register_command(self) -> Command:
        return Command(self._path, "pyrox_vsock.main:main", "Do it.")


class Watching:
    """A plugin that offers nothing, and watches clients come and go."""

    @hookimpl
    def pyrox_client_connected(self, peer: Any) -> None: ...

    @hookimpl
    def pyrox_client_disconnected(self, peer: Any) -> None: ...


class Failing:
    """A plugin whose hook fails."""

    @hookimpl
    def pyrox_register_serializer(self) -> None:
        raise RuntimeError("no library")


def install(monkeypatch: pytest.MonkeyPatch, *entry_points: EntryPoint) -> Plugins:
    plugins = Plugins(entry_points)
    monkeypatch.setattr("pyrox_cli.commands.plugins.installed_plugins", lambda: plugins)
    return plugins


def test_the_installed_plugins_are_listed(cli: Runner) -> None:
    found = {row["name"]: row for row in json.loads(cli("plugins", "--json").out)}
    assert found["tcp"]["offers"] == {"transports": ["tcp"]}
    assert found["tcp"]["distribution"] == "pyrox-tcp"
    assert "plugins" in found["cli"]["offers"]["commands"]


def test_a_plugin_shows_what_it_offers(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, EntryPoint("vsock", Commanding()))
    assert cli("plugins").out == "vsock\t1.2\tpyrox-vsock\tcommand vsock\tok\n"


def test_a_plugin_shows_the_hooks_that_it_has(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, EntryPoint("watch", Watching()))
    assert "hooks client_connected, client_disconnected" in cli("plugins").out


def test_a_plugin_that_does_not_load_says_why(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, EntryPoint("vsock", ImportError("no module named 'vsock'")))
    result = cli("plugins")
    assert result.code == 0
    assert "broken: ImportError: no module named 'vsock'" in result.out


def test_a_plugin_whose_hook_fails_says_why(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, EntryPoint("vsock", Failing()))
    assert "broken: RuntimeError: no library" in cli("plugins").out


def test_two_plugins_that_claim_one_command_are_shown(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, EntryPoint("one", Commanding()), EntryPoint("two", Commanding()))
    result = cli("plugins")
    assert result.code == 0
    assert "'vsock' is claimed by pyrox-one and by pyrox-two" in result.out


def test_it_works_where_another_plugin_claims_its_name(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = install(
        monkeypatch, EntryPoint("vsock", Commanding("plugins")), EntryPoint("cli", declarations)
    )
    result = cli("plugins", commands=plugins.commands)
    assert result.code == 0
    assert "'plugins' is claimed by pyrox-vsock and by pyrox-cli" in result.out


def test_what_is_broken_is_told_once(cli: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = [
        EntryPoint("vsock", ImportError("no vsock")),
        EntryPoint("cipher", Failing()),
        EntryPoint("cli", declarations),
    ]

    @functools.cache
    def plugins() -> Plugins:
        return Plugins(installed)

    monkeypatch.setattr("pyrox_cli.main.installed_plugins", plugins)
    monkeypatch.setattr("pyrox_cli.commands.plugins.installed_plugins", plugins)
    result = cli("plugins")
    assert result.out.count("no vsock") == 1
    assert result.out.count("no library") == 1
    assert result.err == ""


@pytest.mark.usefixtures("terminal")
def test_a_terminal_shows_the_traceback_of_a_broken_plugin(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, EntryPoint("vsock", ImportError("no module named 'vsock'")))
    assert "Traceback (most recent call last)" in cli("plugins", "--no-color").out
