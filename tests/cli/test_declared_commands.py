"""Commands that plugins declare become commands that users type."""

import json
from typing import Any

import pytest

from pyrox import Argument, Command, Option
from tests.cli import fake_commands
from tests.cli.conftest import Runner

RECORD = f"{fake_commands.__name__}:record"


def received(cli: Runner, *arguments: str, parameters: tuple[Any, ...]) -> dict[str, Any]:
    """Run a command with ``parameters``; return what its function received."""
    command = Command("do", RECORD, "Do it.", parameters)
    result = cli("do", *arguments, "--json", commands={"do": command})
    assert (result.code, result.err) == (0, "")
    return dict(json.loads(result.out))


def test_an_argument_arrives_under_its_name(cli: Runner) -> None:
    parameters = (Argument("name"),)
    assert received(cli, "ada", parameters=parameters) == {"name": "ada"}


def test_an_argument_has_the_declared_type(cli: Runner) -> None:
    assert received(cli, "7", parameters=(Argument("port", type=int),)) == {"port": 7}


def test_a_missing_optional_argument_is_none(cli: Runner) -> None:
    assert received(cli, parameters=(Argument("prefix", required=False),)) == {"prefix": None}


def test_an_argument_for_many_takes_all_that_is_left(cli: Runner) -> None:
    parameters = (Argument("method"), Argument("args", many=True, required=False))
    assert received(cli, "add", "1", "x", parameters=parameters)["args"] == ["1", "x"]


@pytest.mark.parametrize("number", ["-1", "-2.5", "-.5", "-1e5"])
def test_a_negative_number_is_no_option(cli: Runner, number: str) -> None:
    assert received(cli, number, parameters=(Argument("number"),)) == {"number": number}


def test_an_option_may_have_a_negative_value(cli: Runner) -> None:
    parameters = (Option("shift", type=int),)
    assert received(cli, "--shift", "-3", parameters=parameters) == {"shift": -3}


def test_an_option_is_written_with_dashes_and_arrives_with_underscores(cli: Runner) -> None:
    parameters = (Option("ns-host"), Option("ns_port", type=int, short="p"))
    values = received(cli, "--ns-host", "here", "-p", "9090", parameters=parameters)
    assert values == {"ns_host": "here", "ns_port": 9090}


def test_an_option_that_is_not_given_has_its_default(cli: Runner) -> None:
    parameters = (Option("port", type=int, default=9090), Option("host"))
    assert received(cli, parameters=parameters) == {"port": 9090, "host": None}


def test_an_option_for_many_collects_its_values(cli: Runner) -> None:
    parameters = (Option("tag", many=True),)
    assert received(cli, "--tag", "a", "--tag", "b", parameters=parameters) == {"tag": ["a", "b"]}


def test_a_bool_option_is_a_switch(cli: Runner) -> None:
    parameters = (Option("force", type=bool), Option("safe", type=bool))
    assert received(cli, "--force", parameters=parameters) == {"force": True, "safe": False}


def test_a_switch_that_is_on_can_be_switched_off(cli: Runner) -> None:
    parameters = (Option("safe", type=bool, default=True),)
    assert received(cli, "--no-safe", parameters=parameters) == {"safe": False}


def test_a_value_outside_the_choices_is_a_usage_error(cli: Runner) -> None:
    command = Command("do", RECORD, "Do it.", (Option("mode", choices=("single", "percall")),))
    result = cli("do", "--mode", "both", commands={"do": command})
    assert result.code == 2
    assert "'single', 'percall'" in result.err


def test_a_value_of_the_wrong_type_is_a_usage_error(cli: Runner) -> None:
    command = Command("do", RECORD, "Do it.", (Option("port", type=int),))
    result = cli("do", "--port", "high", commands={"do": command})
    assert result.code == 2
    assert "'high' is not a valid integer" in result.err


def test_a_command_may_take_the_name_of_a_global_option(cli: Runner) -> None:
    parameters = (Option("verbose", type=bool, short="v"),)
    assert received(cli, "-v", parameters=parameters) == {"verbose": True}


def test_a_path_of_two_words_makes_a_group(cli: Runner) -> None:
    commands = {path: Command(path, RECORD, "Do it.") for path in ("nsc list", "nsc ping")}
    assert cli("nsc", "list", commands=commands).code == 0
    assert "ping" in cli("nsc", commands=commands).out


def test_a_group_may_say_what_it_is_for(cli: Runner) -> None:
    commands = {
        "tools": Command("tools", "", "Handy tools.", examples=("pyrox tools do",)),
        "tools do": Command("tools do", RECORD, "Do it."),
    }
    assert "tools  Handy tools." in cli("--help", commands=commands).out
    shown = cli("tools", commands=commands).out
    assert "Handy tools." in shown
    assert "pyrox tools do" in shown
    assert cli("tools", "do", commands=commands).code == 0


def test_a_command_may_have_subcommands_besides(cli: Runner) -> None:
    own = Command("ns", RECORD, "Serve names.", (Option("port", type=int, default=9090),))
    sub = Command("ns backup", RECORD, "Save names.", (Argument("file"),))
    commands = {"ns": own, "ns backup": sub}
    assert json.loads(cli("--json", "ns", commands=commands).out) == {"port": 9090}
    assert json.loads(cli("--json", "ns", "backup", "x", commands=commands).out) == {"file": "x"}


def test_the_function_is_imported_only_when_its_command_runs(cli: Runner) -> None:
    commands = {
        "good": Command("good", RECORD, "Works."),
        "bad": Command("bad", "no_such_module:function", "Does not."),
    }
    assert cli("good", commands=commands).code == 0
    result = cli("bad", commands=commands)
    assert result.code == 1
    assert "the command `pyrox bad` is broken: no_such_module:function" in result.err


def test_help_describes_arguments_options_and_examples(cli: Runner) -> None:
    command = Command(
        "greet",
        RECORD,
        "Greet somebody.\n\nPolitely.",
        (Argument("name", "whom to greet"), Option("times", "how often", int, 1, short="n")),
        ("pyrox greet Ada",),
    )
    result = cli("greet", "--help", commands={"greet": command})
    assert result.code == 0
    for text in ("NAME", "whom to greet", "-n, --times", "how often", "[default: 1]", "Politely."):
        assert text in result.out
    assert result.out.rstrip().endswith("pyrox greet Ada")


def test_the_overview_shows_the_first_line_of_each_help(cli: Runner) -> None:
    commands = {
        "greet": Command("greet", RECORD, "Greet somebody.\n\nPolitely."),
        "secret": Command("secret", RECORD, "Not for you.", hidden=True),
    }
    result = cli(commands=commands)
    assert "greet  Greet somebody." in result.out
    assert "Politely" not in result.out
    assert "secret" not in result.out


def test_an_unknown_command_names_the_nearest_one(cli: Runner) -> None:
    commands = {"inspect": Command("inspect", RECORD, "Look.")}
    result = cli("inspct", commands=commands)
    assert result.code == 2
    assert result.err == (
        "error: there is no command `pyrox inspct`: did you mean `pyrox inspect`?\n"
    )


def test_an_unknown_subcommand_names_the_nearest_one(cli: Runner) -> None:
    commands = {"nsc list": Command("nsc list", RECORD, "List.")}
    assert "did you mean `pyrox nsc list`?" in cli("nsc", "lst", commands=commands).err


def test_a_command_that_resembles_nothing_points_to_the_overview(cli: Runner) -> None:
    result = cli("frobnicate", commands={"ping": Command("ping", RECORD, "Ping.")})
    assert "`pyrox --help` lists them all" in result.err
