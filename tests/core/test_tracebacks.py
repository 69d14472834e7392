"""The text of a traceback that travels with an exception."""

from typing import Any

import pytest

from pyrox import Config, expose
from pyrox.values.tracebacks import traceback_lines
from tests.core.dispatch.server import Server


def failing(secret: Any = "x") -> None:
    local = [secret] * 2
    raise ValueError(f"bad {len(local)}")


class Widget:
    def __init__(self) -> None:
        self.colour = "red"

    def fail(self) -> None:
        failing()


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def caught(function: Any, *args: Any) -> BaseException:
    try:
        function(*args)
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def shown(error: BaseException, detailed: bool = False) -> str:
    lines = traceback_lines(error, detailed)
    assert all(isinstance(line, str) and line.endswith("\n") for line in lines)
    return "".join(lines)


def test_a_traceback_is_what_python_shows() -> None:
    text = shown(caught(failing))
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.endswith("ValueError: bad 2\n")
    assert "in failing" in text


def test_an_exception_that_was_never_raised_has_just_its_text() -> None:
    assert shown(ValueError("bad")) == "ValueError: bad\n"


def test_causes_are_shown_too() -> None:
    def wrap() -> None:
        try:
            failing()
        except ValueError as error:
            raise KeyError("k") from error

    text = shown(caught(wrap))
    assert "ValueError: bad 2" in text
    assert "direct cause" in text


def test_frames_of_pyrox_are_left_out() -> None:
    @expose
    class Service:
        def work(self) -> None:
            failing()

    server = Server({"service": Service()})
    text = "".join(server.call("service", "work").error_map["attributes"]["_pyroTraceback"])
    assert "in work" in text
    assert "invocation.py" not in text


def test_an_error_of_pyrox_itself_keeps_its_frames() -> None:
    text = shown(caught(Config, 5))
    assert "ConfigError: setting host must be a str" in text


def test_a_detailed_traceback_shows_local_variables() -> None:
    text = shown(caught(Widget().fail), detailed=True)
    assert " EXCEPTION <class 'ValueError'>: bad 2\n" in text
    assert "    local = ['x', 'x']\n    secret = 'x'\n" in text
    assert "in Widget.fail\n" in text
    assert "        self.colour = 'red'\n" in text
    assert "Source code:\n    failing()\n" in text
    assert text.endswith("ValueError: bad 2\n")
    assert text.startswith("-" * 52 + "\n")


def test_a_plain_traceback_shows_no_local_variables() -> None:
    assert "local = " not in shown(caught(failing, "hush")).replace("local = [secret]", "")
    assert "hush" not in "".join(traceback_lines(caught(failing, "hush")))


def test_only_the_object_at_hand_shows_its_attributes() -> None:
    assert "colour" not in shown(caught(failing, Widget()), detailed=True)


def test_long_values_are_cut_off() -> None:
    text = shown(caught(failing, "y" * 10_000), detailed=True)
    assert len(text) < 5000
    assert "..." in text


def test_a_value_that_cannot_be_shown_is_named() -> None:
    text = shown(caught(failing, Unprintable()), detailed=True)
    assert "<its repr failed: no repr>" in text


@pytest.mark.parametrize("detailed", [False, True])
def test_an_exception_that_cannot_be_shown_still_has_a_traceback(detailed: bool) -> None:
    def fail() -> None:
        raise Unspeakable

    assert "Unspeakable" in shown(caught(fail), detailed)
