"""What a command returns is shown for a person, for a pipe, or as JSON."""

import json

import pytest

from pyrox import Command
from tests.cli import fake_commands
from tests.cli.conftest import Runner
from tests.programs import Result


def shown(cli: Runner, function: str, *options: str) -> Result:
    target = f"{fake_commands.__name__}:{function}"
    result = cli(*options, "do", commands={"do": Command("do", target, "Do it.")})
    assert (result.code, result.err) == (0, "")
    return result


def test_a_table_in_a_pipe_is_lines_with_tabs(cli: Runner) -> None:
    assert shown(cli, "table").out == "ada\t36\tyes\tx, y\n[bold]grace\t85\t\t\n"


def test_a_table_as_json_is_a_list_of_objects(cli: Runner) -> None:
    first, second = json.loads(shown(cli, "table", "--json").out)
    assert first == {"name": "ada", "age": 36, "on_line": True, "tags": ["x", "y"]}
    assert second["on_line"] is None


@pytest.mark.usefixtures("terminal")
def test_a_table_in_a_terminal_has_a_title_columns_and_a_note(cli: Runner) -> None:
    out = shown(cli, "table", "--no-color").out
    lines = [line.split() for line in out.splitlines() if line.strip()]
    assert lines[0] == ["People"]
    assert lines[1] == ["Name", "age", "on", "line", "tags"]
    assert ["[bold]grace", "85"] in lines
    assert lines[-1] == ["that", "is", "all"]


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_colors(cli: Runner) -> None:
    assert "\x1b[" in shown(cli, "table").out


@pytest.mark.usefixtures("terminal")
def test_no_color_switches_colors_off(cli: Runner) -> None:
    assert "\x1b[" not in shown(cli, "table", "--no-color").out


@pytest.mark.usefixtures("terminal")
def test_the_variable_no_color_switches_colors_off(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shown(cli, "table").out


@pytest.mark.usefixtures("terminal")
def test_an_empty_table_says_so_in_a_terminal(cli: Runner) -> None:
    assert "nobody is here" in shown(cli, "no_rows").out


def test_an_empty_table_is_nothing_in_a_pipe(cli: Runner) -> None:
    assert shown(cli, "no_rows").out == ""


def test_text_goes_to_a_pipe_as_it_is(cli: Runner) -> None:
    assert shown(cli, "text").out == "plain \x1b[31mtext\n"


@pytest.mark.usefixtures("terminal")
def test_text_cannot_change_the_colors_of_a_terminal(cli: Runner) -> None:
    assert shown(cli, "text", "--no-color").out == "plain \\x1b[31mtext\n"


def test_nothing_is_shown_for_none(cli: Runner) -> None:
    assert shown(cli, "nothing").out == ""


def test_none_is_null_in_json(cli: Runner) -> None:
    assert shown(cli, "nothing", "--json").out == "null\n"


def test_a_dictionary_in_a_pipe_is_a_python_literal(cli: Runner) -> None:
    assert shown(cli, "nested").out.startswith("{'list': [1, 2], ")


@pytest.mark.usefixtures("terminal")
def test_a_dictionary_in_a_terminal_is_pretty(cli: Runner) -> None:
    assert "'list': [1, 2]" in shown(cli, "nested", "--no-color").out


def test_json_has_a_form_for_every_value(cli: Runner) -> None:
    assert json.loads(shown(cli, "nested", "--json").out) == {
        "list": [1, 2],
        "bytes": {"data": "AA==", "encoding": "base64"},
        "infinite": None,
        "set": [3],
    }


def test_items_are_shown_one_by_one(cli: Runner) -> None:
    assert shown(cli, "items").out == "first\n{'second': 2}\nthird is good\n"


def test_items_as_json_are_one_document_a_line(cli: Runner) -> None:
    lines = shown(cli, "items", "--json").out.splitlines()
    assert list(map(json.loads, lines)) == [
        "first",
        {"second": 2},
        {"name": "third", "good": True},
    ]


def test_global_options_stand_before_or_after_the_command(cli: Runner) -> None:
    command = Command("do", f"{fake_commands.__name__}:nothing", "Do it.")
    assert cli("do", "--json", commands={"do": command}).out == "null\n"
    assert cli("--json", "do", commands={"do": command}).out == "null\n"
