"""A command may run another program in this process, and pass on the rest of the line."""

import logging
import signal
import sys

import pytest

from pyrox import Argument, Command, Option
from tests.cli import fake_commands
from tests.cli.conftest import Runner

ARGUMENTS = Argument("arguments", required=False, verbatim=True)


def given(cli: Runner, *arguments: str) -> dict[str, object]:
    """Run a command that is for another program; return what its function received."""
    fake_commands.started.clear()
    parameters = (Option("module", type=bool, short="m"), Argument("program"), ARGUMENTS)
    target = f"{fake_commands.__name__}:other_program"
    command = Command("do", target, "Do it.", parameters, takes_over=True)
    assert cli("do", *arguments, commands={"do": command}).code == 5
    return fake_commands.started


@pytest.mark.parametrize("word", ["-1", "--port", "-m", "--help", "--", "-v", "--json", "", "x y"])
def test_what_follows_the_program_is_passed_on_as_it_is(cli: Runner, word: str) -> None:
    received = given(cli, "server.py", "a", word, "--", word)
    assert received["arguments"] == ("a", word, "--", word)


def test_what_stands_before_the_program_is_ours(cli: Runner) -> None:
    received = given(cli, "-m", "server", "-m")
    assert (received["module"], received["arguments"]) == (True, ("-m",))


def test_two_dashes_end_our_own_options(cli: Runner) -> None:
    received = given(cli, "--", "-odd.py", "--", "x")
    assert (received["program"], received["arguments"]) == ("-odd.py", ("--", "x"))


def test_the_program_need_not_be_given_anything(cli: Runner) -> None:
    assert given(cli, "server.py")["arguments"] == ()


def test_an_unknown_option_before_the_program_is_a_usage_error(cli: Runner) -> None:
    command = Command("do", fake_commands.__name__ + ":other_program", "Do it.", (ARGUMENTS,))
    result = cli("do", "--bogus", commands={"do": command})
    assert (result.code, "No such option" in result.err) == (2, True)


def test_the_other_program_finds_logging_signals_and_output_as_python_sets_them_up(
    cli: Runner,
) -> None:
    before = (
        logging.getLogger().handlers[:],
        logging.getLogger().level,
        signal.getsignal(signal.SIGTERM),
        sys.stdout.errors,
    )
    given(cli, "server.py")
    assert fake_commands.started["surroundings"] == before


def test_what_the_other_program_raises_is_not_our_failure(cli: Runner) -> None:
    target = f"{fake_commands.__name__}:failing_program"
    command = Command("do", target, "Do it.", takes_over=True)
    with pytest.raises(ZeroDivisionError):
        cli("do", commands={"do": command})


def test_help_shows_that_more_may_follow(cli: Runner) -> None:
    command = Command("do", "x:y", "Do it.", (Argument("program"), ARGUMENTS), takes_over=True)
    text = cli("do", "--help", commands={"do": command}).out
    assert "do [OPTIONS] PROGRAM [ARGUMENTS...]" in text
