"""Exceptions that arrive: rebuilt where the class is known and harmless, else as RemoteError."""

import builtins
import sqlite3
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyrox
from pyrox import (
    CommunicationError,
    Converters,
    Outcome,
    RemoteError,
    SerializeError,
    errors,
    remote_traceback,
)
from pyrox.contracts.converters import ExceptionValue
from pyrox.contracts.exception_forms import MAX_ATTRIBUTES


def arrived(name: str, args: Any = (), attributes: Any = None, marked: bool = True) -> Any:
    values: dict[str, Any] = {"__class__": name, "args": args, "attributes": attributes or {}}
    if marked:
        values["__exception__"] = True
    return Converters().from_plain(values)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("builtins.ValueError", ValueError),
        ("exceptions.ValueError", ValueError),
        ("ValueError", ValueError),
        ("TimeoutError", pyrox.TimeoutError),
        ("builtins.TimeoutError", TimeoutError),
        ("builtins.StopIteration", StopIteration),
        ("builtins.RecursionError", RecursionError),
        ("struct.error", struct.error),
        ("sqlite3.OperationalError", sqlite3.OperationalError),
        ("sqlite3.Warning", sqlite3.Warning),
        ("NamingError", pyrox.NamingError),
        ("Pyro5.errors.NamingError", pyrox.NamingError),
        ("Pyro5.errors.TimeoutError", pyrox.TimeoutError),
        ("Pyro5.errors.PyroError", pyrox.PyroxError),
        ("pyrox.errors.OverloadedError", pyrox.OverloadedError),
    ],
)
def test_a_known_exception_arrives_as_its_class(name: str, cls: type[Exception]) -> None:
    error = arrived(name, ["bad", 1])
    assert type(error) is cls
    assert error.args == ("bad", 1)


@pytest.mark.parametrize("name", errors.__all__)
def test_an_error_of_pyrox_needs_no_exception_mark(name: str) -> None:
    cls = getattr(errors, name)
    error = arrived(f"Pyro5.errors.{name}", ["text"], marked=False)
    expected = cls if isinstance(cls, type) and issubclass(cls, Exception) else RemoteError
    assert type(error) is expected


@pytest.mark.parametrize(
    "name",
    [
        "builtins.SystemExit",
        "builtins.KeyboardInterrupt",
        "builtins.GeneratorExit",
        "builtins.BaseException",
        "SystemExit",
        "KeyboardInterrupt",
        "exceptions.SystemExit",
    ],
)
def test_what_would_end_the_program_never_arrives(name: str) -> None:
    error = arrived(name, ["bye"])
    assert type(error) is RemoteError
    assert error.remote_class == name


@pytest.mark.parametrize(
    "name",
    [
        "shop.SoldOut",
        "SoldOut",
        "",
        ".",
        "__main__.SoldOut",
        "builtins.eval",
        "builtins.object",
        "builtins.__import__",
        "sqlite3.connect",
        "sqlite3.Connection",
        "sqlite3.Nothing",
        "struct.Struct",
        "os.error",
        "Pyro5.errors.Nothing",
        "Pyro5.errors.Enum",
        "Pyro5.errors.builtins",
        "Pyro5.errors.Outcome",
        "pyrox.errors.remote_traceback",
        "pyrox.errors.__doc__",
    ],
)
def test_any_other_name_is_a_remote_error(name: str) -> None:
    error = arrived(name, ["bad", 1], {"left": 3})
    assert type(error) is RemoteError
    assert error.remote_class == name
    assert error.args == ("bad", 1)
    assert error.attributes == {"left": 3}


def test_a_remote_error_shows_the_name_at_the_other_end() -> None:
    assert str(arrived("shop.SoldOut", ["no more tea"])) == "shop.SoldOut: no more tea"


def test_a_class_that_refuses_its_arguments_is_a_remote_error() -> None:
    error = arrived("builtins.UnicodeDecodeError", ["utf-8", "not bytes", 0, 1, "x"])
    assert type(error) is RemoteError
    assert error.remote_class == "builtins.UnicodeDecodeError"
    assert error.args[0] == "utf-8"


class Watched:
    """Stands for a proxy: looking into it is a call, to wherever a stranger said."""

    def __iter__(self) -> Any:
        raise AssertionError("it was looked into")

    __len__ = __getitem__ = __iter__


@pytest.mark.parametrize("name", ["SyntaxError", "IndentationError", "ExceptionGroup"])
def test_a_class_that_takes_its_arguments_apart_gets_plain_ones_only(name: str) -> None:
    error = arrived(f"builtins.{name}", ["bad", Watched()])
    assert type(error) is RemoteError
    assert error.remote_class == f"builtins.{name}"


@pytest.mark.parametrize(
    "values",
    [
        {"args": 5},
        {"args": "text"},
        {"args": {"a": 1}},
        {"attributes": 5},
        {"attributes": [1]},
        {"attributes": "text"},
    ],
)
def test_a_malformed_exception_is_refused(values: dict[str, Any]) -> None:
    plain = {"__class__": "builtins.ValueError", "__exception__": True, **values}
    with pytest.raises(SerializeError, match=r"malformed exception 'builtins\.ValueError'"):
        Converters().from_plain(plain)


def test_missing_arguments_and_attributes_are_none() -> None:
    error = Converters().from_plain({"__class__": "builtins.ValueError", "__exception__": True})
    assert type(error) is ValueError
    assert error.args == ()


# Attributes


def test_attributes_come_along() -> None:
    error = arrived("builtins.ValueError", ["bad"], {"hint": "x", "_code": 5})
    assert (error.hint, error._code) == ("x", 5)


def test_notes_come_along() -> None:
    assert arrived("builtins.ValueError", ["bad"], {"__notes__": ["n"]}).__notes__ == ["n"]


@pytest.mark.parametrize(
    "key", ["__class__", "__dict__", "__traceback__", "__cause__", "__str__", "__x__", "__x"]
)
def test_dunder_attributes_are_left_out(key: str) -> None:
    error = arrived("builtins.ValueError", ["bad"], {key: "x"})
    assert type(error) is ValueError
    assert vars(error) == {}
    assert error.__cause__ is None


@pytest.mark.parametrize("key", ["args", "with_traceback", "add_note", 5, None, ("a",)])
def test_what_the_class_has_itself_is_not_replaced(key: Any) -> None:
    error = arrived("builtins.ValueError", ["bad"], {key: "x"})
    assert error.args == ("bad",)
    assert "x" not in vars(error).values() or key == "add_note"


def test_attributes_without_end_are_cut_off() -> None:
    many = {f"a{number}": number for number in range(MAX_ATTRIBUTES + 50)}
    assert len(vars(arrived("builtins.ValueError", ["bad"], many))) == MAX_ATTRIBUTES
    assert len(arrived("shop.SoldOut", [], many).attributes) == MAX_ATTRIBUTES


# The remote traceback


@pytest.mark.parametrize("lines", [["one\n", "two\n"], ("one\n", "two\n"), "one\ntwo\n"])
@pytest.mark.parametrize("name", ["builtins.ValueError", "shop.SoldOut"])
def test_the_remote_traceback_is_the_cause(name: str, lines: Any) -> None:
    error = arrived(name, ["bad"], {"_pyroTraceback": lines})
    assert remote_traceback(error) == "one\ntwo\n"
    assert "--- remote traceback ---\none\ntwo\n---" in str(error.__cause__)
    assert not hasattr(error, "_pyroTraceback")


@pytest.mark.parametrize("lines", [None, 5, {"a": 1}, [], ""])
def test_without_a_remote_traceback_there_is_none_to_show(lines: Any) -> None:
    error = arrived("builtins.ValueError", ["bad"], {"_pyroTraceback": lines})
    assert not remote_traceback(error)


def test_lines_that_are_no_text_are_shown_all_the_same() -> None:
    error = arrived("builtins.ValueError", ["bad"], {"_pyroTraceback": [1, None]})
    assert remote_traceback(error) == "1None"


# What became of the call


@pytest.mark.parametrize("outcome", Outcome)
def test_the_outcome_comes_along(outcome: Outcome) -> None:
    error = arrived("Pyro5.errors.CommunicationError", ["x"], {"outcome": outcome.value})
    assert error.outcome is outcome


@pytest.mark.parametrize("told", [None, "nonsense", 5, [1], {"a": 1}])
def test_an_answer_that_says_nothing_else_means_that_the_call_was_executed(told: Any) -> None:
    error = arrived("Pyro5.errors.ProtocolError", ["x"], {"outcome": told})
    assert error.outcome is Outcome.EXECUTED


# In a batch


def wrapped(value: Any) -> Any:
    return Converters().from_plain(
        {"__class__": "Pyro5.core._ExceptionWrapper", "exception": value}
    )


@pytest.mark.parametrize("built", [False, True], ids=["outermost first", "innermost first"])
def test_an_exception_in_a_batch_is_kept_until_it_is_read(built: bool) -> None:
    plain = {"__class__": "builtins.ValueError", "__exception__": True, "args": ["bad"]}
    found = wrapped(Converters().from_plain(plain) if built else plain)
    assert type(found) is ExceptionValue
    assert type(found.error) is ValueError


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, {"args": []}])
def test_a_wrapper_around_anything_else_is_an_error_of_its_own(value: Any) -> None:
    assert type(wrapped(value).error) is SerializeError


PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.lists(st.text())
NAMES = st.sampled_from(
    [f"builtins.{name}" for name, value in vars(builtins).items()
     if isinstance(value, type) and issubclass(value, BaseException)]
    + [f"Pyro5.errors.{name}" for name in errors.__all__]
)  # fmt: skip


@given(NAMES | st.text(), st.lists(PLAIN), st.dictionaries(st.text() | st.integers(), PLAIN))
def test_any_plain_values_give_an_exception_that_can_be_raised(
    name: str, args: list[Any], attributes: dict[Any, Any]
) -> None:
    error = arrived(name, args, attributes)
    assert isinstance(error, Exception)
    assert isinstance(getattr(error, "outcome", Outcome.UNKNOWN), Outcome) or not isinstance(
        error, CommunicationError
    )
