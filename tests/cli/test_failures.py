"""What goes wrong is told on stderr, and in the exit code."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyrox import Command
from tests.cli import fake_commands
from tests.cli.conftest import Runner
from tests.programs import Result


def run_fake(cli: Runner, function: str, *options: str) -> Result:
    target = f"{fake_commands.__name__}:{function}"
    return cli(*options, "do", commands={"do": Command("do", target, "Do it.")})


def test_an_error_of_pyrox_is_one_line_and_exit_code_1(cli: Runner) -> None:
    assert run_fake(cli, "unknown_name") == Result(1, "", "error: unknown name: 'x'\n")


def test_an_error_of_the_system_is_one_line_and_exit_code_1(cli: Runner) -> None:
    result = run_fake(cli, "system_failure")
    assert result.code == 1
    assert result.err == "error: [Errno 2] No such file or directory: 'pyrox.toml'\n"


def test_a_remote_error_names_its_class_and_the_way_to_its_traceback(cli: Runner) -> None:
    result = run_fake(cli, "remote_failure")
    assert result.err == (
        "error: shop.Broken: it broke (raised by the remote method; --debug shows its traceback)\n"
    )


def test_debug_shows_the_traceback(cli: Runner) -> None:
    result = run_fake(cli, "unknown_name", "--debug")
    assert "Traceback (most recent call last)" in result.err
    assert result.err.endswith("error: unknown name: 'x'\n")


def test_a_bug_shows_its_traceback_at_once(cli: Runner) -> None:
    result = run_fake(cli, "bug")
    assert result.code == 1
    assert "Traceback (most recent call last)" in result.err
    assert "error: ZeroDivisionError: division by zero" in result.err


@pytest.mark.usefixtures("terminal")
def test_errors_are_red_in_a_terminal(cli: Runner) -> None:
    assert run_fake(cli, "unknown_name").err.startswith("\x1b[1;31merror:\x1b[0m unknown")


def test_an_unknown_option_is_a_usage_error(cli: Runner) -> None:
    command = Command("do", f"{fake_commands.__name__}:nothing", "Do it.")
    result = cli("do", "--bogus", commands={"do": command})
    assert result.code == 2
    assert "Usage: pyrox do" in result.err
    assert "No such option" in result.err


def test_ctrl_c_is_exit_code_130(cli: Runner) -> None:
    assert run_fake(cli, "interrupted") == Result(130, "", "")


def test_a_command_chooses_its_exit_code_by_leaving(cli: Runner) -> None:
    assert run_fake(cli, "leave").code == 7


def test_a_server_that_stops_cleanly_is_exit_code_0(cli: Runner) -> None:
    assert run_fake(cli, "patient_server") == Result(0, "serving\nstopped cleanly\n", "")


def test_an_interrupt_while_an_item_is_shown_reaches_the_command(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(value: object) -> None:
        if value == "serving":
            raise KeyboardInterrupt
        print(value)

    monkeypatch.setattr("pyrox_cli.output._plain", interrupt)
    assert run_fake(cli, "patient_server") == Result(0, "stopped cleanly\n", "")


def test_an_interrupt_while_the_last_item_is_shown_ends_a_server_cleanly(
    cli: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox_cli.output._plain", _interrupt)
    assert run_fake(cli, "silent_server").code == 0


def _interrupt(value: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def endless() -> Iterator["subprocess.Popen[str]"]:
    """A command in a process of its own that prints lines without end; it has begun to."""
    code = (
        "import sys; from pyrox import Command; from pyrox_cli.main import run;"
        f"command = Command('do', '{fake_commands.__name__}:endless', 'Do it.');"
        "sys.exit(run(['do'], {'do': command}))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "again\n"
        yield process
        process.kill()


def test_a_closed_pipe_is_quiet(endless: "subprocess.Popen[str]") -> None:
    assert endless.stdout is not None
    assert endless.stderr is not None
    endless.stdout.close()
    assert endless.stderr.read() == ""
    assert endless.wait(10) == 141


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_ends_a_command_quietly_with_the_usual_code(
    endless: "subprocess.Popen[str]", number: signal.Signals
) -> None:
    endless.send_signal(number)
    _, err = endless.communicate(timeout=60)
    assert (err, endless.returncode) == ("", 128 + number)
