"""Reference 4: the errors, and the helpers that show tracebacks from both sides."""

import pickle
import sys
from typing import Any

import pytest

import pyrox
from pyrox_pyro5 import errors

TREE = {
    "NamingError": "PyroError",
    "DaemonError": "PyroError",
    "SecurityError": "PyroError",
    "CommunicationError": "PyroError",
    "ConnectionClosedError": "CommunicationError",
    "TimeoutError": "CommunicationError",
    "ProtocolError": "CommunicationError",
    "MessageTooLargeError": "ProtocolError",
    "SerializeError": "ProtocolError",
}
ALL = ["PyroError", *TREE]


@pytest.mark.parametrize(("name", "parent"), TREE.items())
def test_the_classes_make_pyro5s_tree(name: str, parent: str) -> None:
    assert getattr(errors, name).__bases__[0] is getattr(errors, parent)


@pytest.mark.parametrize("name", ALL)
def test_each_is_the_error_of_pyrox_that_means_the_same(name: str) -> None:
    native = pyrox.PyroxError if name == "PyroError" else getattr(pyrox, name)
    assert issubclass(getattr(errors, name), native)


@pytest.mark.parametrize("name", ALL)
def test_each_is_known_as_pyro5s(name: str) -> None:
    cls = getattr(errors, name)
    assert (cls.__module__, cls.__qualname__) == ("Pyro5.errors", name)


@pytest.mark.parametrize("name", ALL)
def test_an_error_holds_what_it_was_made_of(name: str) -> None:
    error = getattr(errors, name)("text")
    assert (error.args, str(error), repr(error)) == (("text",), "text", f"{name}('text')")


@pytest.mark.parametrize("name", ["partialData", "pyroMsg"])
def test_what_some_errors_carry_is_there_only_where_there_is_some(name: str) -> None:
    assert not hasattr(errors.ConnectionClosedError("x"), name)
    assert not hasattr(errors.ProtocolError("x"), name)


class OwnError(errors.NamingError):
    """A user's own error."""


@pytest.mark.parametrize("cls", [errors.PyroError, errors.TimeoutError, OwnError])
def test_an_error_survives_pickling_where_pyro5_is_not_ours(
    cls: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "Pyro5", None)
    error: Any = cls("text", 7)
    error._pyroTraceback = ["line\n"]
    error.add = "more"
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is cls
    assert twin.args == ("text", 7)
    assert vars(twin) == {"_pyroTraceback": ["line\n"], "add": "more"}


class Widget:
    def __init__(self) -> None:
        self.colour = "red"

    def fail(self, number: int) -> float:
        name = "ada"
        return len(name) / number


def failed(remote: list[str] | None = None) -> Exception:
    try:
        Widget().fail(0)
    except ZeroDivisionError as error:
        if remote is not None:
            error._pyroTraceback = remote  # type: ignore[attr-defined]
        return error
    raise AssertionError


REMOTE = ["Traceback (there):\n", "  File x\n    two lines\n", "ValueError: bad\n"]
SHOWN = """\
 +--- This exception occurred remotely (Pyro) - Remote traceback:
 | Traceback (there):
 |   File x
 |     two lines
 | ValueError: bad
 +--- End of remote traceback
"""


def test_the_pyro_traceback_is_the_local_one_and_then_the_remote_one() -> None:
    error = failed(REMOTE)
    lines = errors.get_pyro_traceback(type(error), error, error.__traceback__)
    assert all(isinstance(line, str) for line in lines)
    text = "".join(lines)
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.endswith("ZeroDivisionError: division by zero\n" + SHOWN)


def test_without_a_remote_one_it_is_pythons() -> None:
    error = failed()
    text = "".join(errors.get_pyro_traceback(type(error), error, error.__traceback__))
    assert text.endswith("ZeroDivisionError: division by zero\n")
    assert "Remote traceback" not in text


def test_it_takes_the_exception_that_is_being_handled() -> None:
    try:
        raise failed(REMOTE)
    except ZeroDivisionError:
        assert "".join(errors.get_pyro_traceback()).endswith(SHOWN)


def test_the_exception_alone_will_do() -> None:
    assert "".join(errors.get_pyro_traceback(failed(REMOTE))).endswith(SHOWN)


def test_where_nothing_is_wrong_there_is_nothing_to_show() -> None:
    assert errors.get_pyro_traceback() == ["NoneType: None\n"]
    assert errors.format_traceback() == ["NoneType: None\n"]


def test_a_chain_of_causes_is_shown_as_python_does() -> None:
    try:
        raise KeyError("k") from failed()
    except KeyError as error:
        text = "".join(errors.get_pyro_traceback(error))
    assert "ZeroDivisionError: division by zero\n\nThe above exception was the direct" in text
    assert text.endswith("KeyError: 'k'\n")


def test_a_remote_traceback_is_shown_once_although_it_is_pyroxs_cause_too() -> None:
    # The wire form of an exception, rebuilt as it is when an answer arrives.
    form = {
        "__class__": "builtins.ValueError",
        "__exception__": True,
        "args": ["bad"],
        "attributes": {"_pyroTraceback": REMOTE},
    }
    error = pyrox.Converters().from_plain(form)
    assert isinstance(error, ValueError)
    text = "".join(errors.get_pyro_traceback(type(error), error, None))
    assert text == "ValueError: bad\n" + SHOWN


def test_a_formatted_traceback_is_pythons() -> None:
    error = failed(REMOTE)
    text = "".join(errors.format_traceback(type(error), error, error.__traceback__))
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_a_detailed_one_shows_source_and_local_variables() -> None:
    error = failed()
    text = "".join(errors.format_traceback(type(error), error, error.__traceback__, detailed=True))
    ruler = "-" * 52 + "\n"
    head = " EXCEPTION <class 'ZeroDivisionError'>: division by zero\n"
    assert text.startswith(f"{ruler}{head} Extended stacktrace follows (most recent call last)\n")
    assert text.endswith(ruler + head + ruler)
    assert "in Widget.fail\nSource code:\n    return len(name) / number\nLocal values:\n" in text
    assert "    name = 'ada'\n    number = 0\n    self = <" in text
    assert "        self.colour = 'red'\n" in text


def test_a_detailed_one_leaves_out_the_variables_of_a_module() -> None:
    code = compile("1 / 0", "module.py", "exec")
    with pytest.raises(ZeroDivisionError) as caught:
        exec(code, {"secret": "hush"})
    tb = caught.tb.tb_next
    text = "".join(errors.format_traceback(caught.type, caught.value, tb, True))
    assert 'File "module.py", line 1, in <module>\n' in text
    assert "hush" not in text


def test_the_excepthook_prints_both_tracebacks_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = failed(REMOTE)
    errors.excepthook(type(error), error, error.__traceback__)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith("ZeroDivisionError: division by zero\n" + SHOWN)
