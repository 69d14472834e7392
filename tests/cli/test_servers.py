"""``pyrox serve`` and ``pyrox echoserver``, as processes of their own."""

import signal
from pathlib import Path

import pytest

import pyrox
from pyrox_cli.commands.echoserver import echoserver
from tests.cli.conftest import Runner
from tests.programs import Program

SHOP = '''
import pyrox

@pyrox.expose
class Stock:
    """Counts what is there."""
    def __init__(self):
        self.count = 0
    def add(self, number):
        self.count += number
        return self.count

class Till:
    def pay(self, amount):
        return amount
    def _open(self):
        return "open"

stock = Stock()
'''


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.py").write_text(SHOP)
    Path("torn.py").write_text("import no_such_module_at_all\n")


def test_serve_prints_the_uri_of_a_class_and_serves_it(program: type[Program]) -> None:
    uri = program("serve", "shop:Stock").line_with("PYRO:")
    with pyrox.Proxy(uri) as stock:
        assert stock.add(2) == 2


def test_serve_takes_objects_and_ids_and_several_targets(program: type[Program]) -> None:
    server = program("serve", "shop:Stock", "shop:stock", "--id", "a", "--id", "b")
    assert server.line_with("PYRO:a@")
    uri = server.line_with("PYRO:b@")
    for expected in (1, 2):
        with pyrox.Proxy(uri) as stock:
            assert stock.add(1) == expected


@pytest.mark.parametrize(("mode", "second"), [("single", 2), ("session", 1)])
def test_serve_says_how_long_an_instance_lives(
    program: type[Program], mode: str, second: int
) -> None:
    uri = program("serve", "shop:Stock", "--mode", mode).line_with("PYRO:")
    for expected in (1, second):
        with pyrox.Proxy(uri) as stock:
            assert stock.add(1) == expected


def test_serve_exposes_the_public_methods_of_a_class_on_request(program: type[Program]) -> None:
    uri = program("serve", "shop:Till", "--expose").line_with("PYRO:")
    with pyrox.Proxy(uri) as till:
        assert till.pay(3) == 3
        with pytest.raises(AttributeError):
            till._open()


def test_serve_listens_where_it_is_told(program: type[Program]) -> None:
    with pyrox.Daemon("localhost:0") as free:
        location = free.location
    server = program("serve", "shop:Stock", "--listen", location, "--server", "multiplex")
    assert server.line_with("PYRO:").endswith(f"@{location}")


def test_serve_listens_at_several_places(program: type[Program], tmp_path: Path) -> None:
    path = tmp_path / "stock"
    server = program("serve", "shop:Stock", "-l", "localhost:0", "-l", f"./u:{path}")
    uris = [server.line_with("PYRO:"), server.line_with(f"./u:{path}")]
    assert "@localhost:" in uris[0]
    for uri in uris:
        with pyrox.Proxy(uri) as stock:
            assert stock.add(1) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", [["serve", "shop:Stock"], ["echoserver"]])
def test_a_server_stops_cleanly_on_a_signal(
    program: type[Program], command: list[str], number: signal.Signals
) -> None:
    server = program(*command)
    server.line_with("PYRO:")
    result = server.end(number)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("shop", "a target is written MODULE:CLASS or MODULE:OBJECT"),
        ("shopp:Stock", "there is no module 'shopp'"),
        ("shop:Stok", "shop has no 'Stok'; its classes: Stock, Till"),
        ("torn:Stock", "importing torn failed with ModuleNotFoundError"),
        ("shop:Till", "use --expose to expose all its public methods"),
    ],
)
def test_serve_says_what_is_wrong_with_a_target(cli: Runner, target: str, message: str) -> None:
    result = cli("serve", target)
    assert result.code in (1, 2)
    assert message in result.err


def test_serve_wants_an_id_for_each_target(cli: Runner) -> None:
    assert "once for each" in cli("serve", "shop:Stock", "shop:stock", "--id", "a").err


def test_serve_makes_no_instances_of_an_object(cli: Runner) -> None:
    assert "shop:stock is no class" in cli("serve", "shop:stock", "--mode", "single").err


def test_the_echo_server_says_where_it_listens_and_echoes(program: type[Program]) -> None:
    uri = program("echoserver").line_with("echo uri: ").removeprefix("echo uri: ")
    with pyrox.Proxy(uri) as echo:
        assert echo.echo([1, "two"]) == [1, "two"]


def test_the_echo_server_ends_when_a_client_shuts_it_down(program: type[Program]) -> None:
    server = program("echoserver")
    uri = server.line_with("echo uri: ").removeprefix("echo uri: ")
    with pyrox.Proxy(uri) as echo:
        echo.shutdown()
    assert server.end().code == 0


def test_the_echo_server_prints_each_call_when_verbose(program: type[Program]) -> None:
    server = program("echoserver", "-v")
    uri = server.line_with("echo uri: ").removeprefix("echo uri: ")
    with pyrox.Proxy(uri) as echo:
        echo.echo("hello")
    assert server.line_with("echo: 'hello'")


def test_a_quiet_echo_server_prints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyrox.Daemon, "serve_forever", lambda *_: None)
    assert list(echoserver(quiet=True)) == []
