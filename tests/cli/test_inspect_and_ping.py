"""``pyrox inspect`` and ``pyrox ping``."""

import json

from tests.cli.conftest import Runner


def test_inspect_shows_methods_with_signature_and_doc(cli: Runner, echo_uri: str) -> None:
    result = cli("inspect", echo_uri)
    assert result.code == 0
    echo = next(line for line in result.out.splitlines() if line.startswith("echo("))
    signature, kind, doc = echo.split("\t")
    assert signature.startswith("echo(message: ")
    assert (kind, doc) == ("method", "Return ``message``.")


def test_inspect_marks_oneway_methods(cli: Runner, echo_uri: str) -> None:
    assert "\toneway method\tTake ``message``" in cli("inspect", echo_uri).out


def test_inspect_shows_attributes(cli: Runner, echo_uri: str) -> None:
    assert "verbose\twritable attribute\tWhether the server" in cli("inspect", echo_uri).out


def test_inspect_of_a_daemon_lists_its_objects(cli: Runner, daemon_location: str) -> None:
    lines = cli("inspect", daemon_location).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["Pyro.Daemon", "test.echoserver"]


def test_inspect_shows_an_object_of_a_daemon_by_its_id(cli: Runner, daemon_location: str) -> None:
    assert "echo(" in cli("inspect", daemon_location, "test.echoserver").out


def test_inspect_of_an_object_id_that_is_not_there_is_an_error(
    cli: Runner, daemon_location: str
) -> None:
    result = cli("inspect", daemon_location, "test.echo")
    assert result.code == 1
    assert "test.echo" in result.err


def test_inspect_as_json_has_everything(cli: Runner, echo_uri: str) -> None:
    described = json.loads(cli("inspect", echo_uri, "--json").out)
    assert described["uri"] == echo_uri
    assert described["doc"].startswith("Answers with what it was sent")
    assert described["methods"]["oneway_echo"]["oneway"] is True
    assert described["attributes"]["verbose"]["writable"] is True


def test_ping_shows_the_round_trips(cli: Runner, echo_uri: str) -> None:
    result = cli("ping", echo_uri, "--count", "3")
    assert result.code == 0
    assert result.out.startswith(f"{echo_uri}: 3 calls, min ")


def test_ping_as_json_has_the_times_in_seconds(cli: Runner, echo_uri: str) -> None:
    times = json.loads(cli("ping", echo_uri, "--json").out)
    assert times["count"] == 10
    assert 0 < times["minimum"] <= times["median"] <= times["maximum"]


def test_ping_wants_at_least_one_round_trip(cli: Runner, echo_uri: str) -> None:
    assert "--count must be at least 1" in cli("ping", echo_uri, "-c", "0").err
