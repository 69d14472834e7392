"""Commands that use a name server."""

import json
import signal
from pathlib import Path

import pytest

import pyrox
from pyrox_cli.completion import names
from tests.cli.conftest import Runner
from tests.cli.test_servers import SHOP
from tests.programs import Program


def test_an_object_is_called_by_its_name(
    cli: Runner, echo_uri: str, name_server: pyrox.Proxy
) -> None:
    name_server.register("example.echo", echo_uri)
    assert cli("call", "example.echo", "echo", "hello").out == "hello\n"
    assert cli("call", "PYRONAME:example.echo", "echo", "hello").out == "hello\n"


def test_a_name_that_is_unknown_is_an_error(cli: Runner, name_server: pyrox.Proxy) -> None:
    result = cli("call", "example.nothing", "echo")
    assert result.code == 1
    assert "example.nothing" in result.err


def test_names_are_completed(echo_uri: str, name_server: pyrox.Proxy) -> None:
    name_server.register("example.echo", echo_uri)
    assert names("exam") == ["example.echo"]
    assert names("PYRONAME:exam") == ["PYRONAME:example.echo"]


@pytest.mark.parametrize("command", ["serve", "echoserver"])
def test_a_server_registers_its_name_and_removes_it_at_the_end(
    program: type[Program],
    name_server: pyrox.Proxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.py").write_text(SHOP)
    name = "example.stock" if command == "serve" else "test.echoserver"
    options = ["shop:Stock", "--name", name] if command == "serve" else ["--naming"]
    server = program(command, *options)
    server.line_with("PYRO:")
    assert name in name_server.list()
    result = server.end(signal.SIGTERM)
    assert (result.code, result.err) == (0, "")
    assert name not in name_server.list()


def test_the_names_of_a_server_may_have_tags(
    program: type[Program],
    name_server: pyrox.Proxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.py").write_text(SHOP)
    server = program("serve", "shop:Stock", "-n", "example.stock", "-m", "shop", "-m", "new")
    server.line_with("PYRO:")
    assert set(name_server.yplookup(meta_all={"shop", "new"})) == {"example.stock"}
    result = program("serve", "shop:Stock", "-m", "shop").end()
    assert (result.code, "give --name, too" in result.err) == (2, True)


def test_a_name_that_somebody_else_took_over_is_left_alone(
    program: type[Program], name_server: pyrox.Proxy
) -> None:
    server = program("echoserver", "--naming")
    server.line_with("PYRO:")
    name_server.register("test.echoserver", "PYRO:other@localhost:4444")
    server.end(signal.SIGTERM)
    assert "test.echoserver" in name_server.list()


def test_serving_a_name_without_a_name_server_is_an_error(
    program: type[Program], free_port: int
) -> None:
    result = program("echoserver", "--naming", PYROX_NS_PORT=str(free_port)).end()
    assert result.code == 3
    assert result.err.startswith("error: ")


def test_the_name_servers_own_commands_are_there(cli: Runner, name_server: pyrox.Proxy) -> None:
    rows = json.loads(cli("nsc", "list", "--json").out)
    assert any(pyrox.NAMESERVER_ID in row.values() for row in rows)
