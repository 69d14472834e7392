"""``pyrox call``."""

import json
import threading

import pytest

import pyrox
from tests.cli.conftest import Runner


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("42", 42),
        ("-5", -5),
        ("true", True),
        ("null", None),
        ('{"a": [1, 2]}', {"a": [1, 2]}),
        ('"42"', "42"),
        ("Ada", "Ada"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_an_argument_is_json_or_else_text(
    cli: Runner, echo_uri: str, argument: str, value: object
) -> None:
    result = cli("call", echo_uri, "echo", argument, "--json")
    assert (result.code, json.loads(result.out)) == (0, value)


def test_str_takes_every_argument_as_text(cli: Runner, echo_uri: str) -> None:
    assert json.loads(cli("call", "--str", echo_uri, "echo", "42", "--json").out) == "42"


def test_keyword_arguments_are_written_key_equals_value(cli: Runner, echo_uri: str) -> None:
    assert cli("call", echo_uri, "echo", "--kw", "message=[1]").out == "[1]\n"


def test_a_keyword_argument_without_a_key_is_refused(cli: Runner, echo_uri: str) -> None:
    result = cli("call", echo_uri, "echo", "--kw", "hello")
    assert result.code == 2
    assert "a keyword argument is written key=value" in result.err


def test_an_attribute_is_read_by_its_name(cli: Runner, echo_uri: str) -> None:
    assert cli("call", echo_uri, "verbose").out == "False\n"


def test_an_attribute_takes_no_arguments(cli: Runner, echo_uri: str) -> None:
    assert "takes no arguments" in cli("call", echo_uri, "verbose", "1").err


def test_the_items_of_a_stream_are_printed_line_by_line(cli: Runner, echo_uri: str) -> None:
    assert cli("call", echo_uri, "generator").out == "one\ntwo\nthree\n"


def test_the_items_of_a_stream_are_json_lines_with_json(cli: Runner, echo_uri: str) -> None:
    assert cli("call", echo_uri, "generator", "--json").out == '"one"\n"two"\n"three"\n'


def test_a_remote_exception_is_an_error(cli: Runner, echo_uri: str) -> None:
    result = cli("call", echo_uri, "error_with_text")
    assert result.code == 1
    assert result.err == (
        "error: ValueError: the message of the error "
        "(raised by the remote method; --debug shows its traceback)\n"
    )


def test_debug_shows_the_remote_traceback(cli: Runner, echo_uri: str) -> None:
    err = cli("call", echo_uri, "error_with_text", "--debug").err
    assert "remote traceback" in err
    assert "in error_with_text" in err


def test_a_method_that_is_not_there_names_the_nearest_one(cli: Runner, echo_uri: str) -> None:
    result = cli("call", echo_uri, "ecko")
    assert result.err == "error: the object exposes no 'ecko': did you mean 'echo'?\n"


def test_a_private_method_cannot_be_called(cli: Runner, echo_uri: str) -> None:
    assert cli("call", echo_uri, "_private").code == 2


@pytest.mark.usefixtures("echo_uri")
def test_a_host_and_port_stand_for_the_daemon(cli: Runner, daemon_location: str) -> None:
    assert "test.echoserver" in cli("call", daemon_location, "registered").out


def test_a_call_that_takes_too_long_is_an_error(cli: Runner) -> None:
    @pyrox.expose
    class Sleeper:
        def __init__(self) -> None:
            self.wake = threading.Event()

        def sleep(self) -> None:
            self.wake.wait(10)

    sleeper = Sleeper()
    with pyrox.Daemon("localhost:0") as daemon:
        uri = daemon.register(sleeper, "sleeper")
        daemon.start()
        result = cli("call", str(uri), "sleep", "--timeout", "0.05")
        sleeper.wake.set()
    assert result.code == 3
    assert "no answer from" in result.err


def test_no_daemon_is_an_error(cli: Runner) -> None:
    with pyrox.Daemon("localhost:0") as daemon:
        location = daemon.location
    result = cli("call", location, "ping")
    assert result.code == 3
    assert result.err.startswith("error: cannot connect to")
