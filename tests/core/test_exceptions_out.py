"""Exceptions on their way out: the form of Pyro 5, and only names that the receiver can build."""

import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest

from pyrox import (
    CommunicationError,
    ConnectError,
    ConnectionClosedError,
    Converters,
    NamingError,
    Outcome,
    OverloadedError,
    PyroxError,
    RemoteError,
    SerializeError,
    TimeoutError,
    UsageError,
)
from pyrox.contracts.exception_forms import exception_to_plain


class OwnError(Exception): ...


class OwnKeyError(KeyError): ...


def test_an_exception_travels_as_pyro5_writes_it() -> None:
    error = ValueError("bad", 1)
    error.hint = "x"  # type: ignore[attr-defined]
    assert exception_to_plain(error, ["line\n"]) == {
        "__class__": "builtins.ValueError",
        "__exception__": True,
        "args": ("bad", 1),
        "attributes": {"hint": "x", "_pyroTraceback": ["line\n"]},
    }


def test_an_exception_as_a_value_has_no_traceback() -> None:
    assert Converters().to_plain(ValueError("bad"))["attributes"] == {}


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ZeroDivisionError(), "builtins.ZeroDivisionError"),
        (struct.error("x"), "struct.error"),
        (sqlite3.OperationalError("x"), "sqlite3.OperationalError"),
        (NamingError("x"), "Pyro5.errors.NamingError"),
        (TimeoutError("x"), "Pyro5.errors.TimeoutError"),
        (SerializeError("x"), "Pyro5.errors.SerializeError"),
        (ConnectError("x"), "pyrox.errors.ConnectError"),
        (OwnError("x"), f"{__name__}.OwnError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_class_travels_by_its_module_and_name(error: Exception, name: str) -> None:
    assert exception_to_plain(error)["__class__"] == name


def test_notes_travel_as_an_attribute() -> None:
    error = ValueError("bad")
    error.__notes__ = ["see the manual"]  # type: ignore[attr-defined]
    assert exception_to_plain(error)["attributes"] == {"__notes__": ["see the manual"]}


def test_the_traceback_of_an_earlier_journey_is_left_behind() -> None:
    error = ValueError("bad")
    error._pyroTraceback = ["old"]  # type: ignore[attr-defined]
    assert exception_to_plain(error)["attributes"] == {}
    assert exception_to_plain(error, ["new"])["attributes"] == {"_pyroTraceback": ["new"]}


@pytest.mark.parametrize("outcome", Outcome)
def test_a_communication_error_says_what_became_of_the_call(outcome: Outcome) -> None:
    error = ConnectionClosedError("gone", outcome=outcome)
    told = exception_to_plain(error)["attributes"]["outcome"]
    assert told == outcome.value
    assert type(told) is str


def test_an_exception_is_left_as_it_was() -> None:
    error = ValueError("bad")
    exception_to_plain(error, ["line"], for_pyro5=True)
    assert vars(error) == {}


def test_an_unknown_exception_travels_on_under_its_own_name() -> None:
    """What a daemon received from elsewhere, and passes on, is still what it was."""
    error = RemoteError("bad", remote_class="shop.SoldOut", attributes={"left": 0})
    plain = exception_to_plain(error)
    assert plain["__class__"] == "shop.SoldOut"
    assert plain["args"] == ("bad",)
    assert plain["attributes"] == {"left": 0}


# For a Pyro 5 peer, which would lose the text of a class that it does not know


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad"),
        KeyError("k"),
        struct.error("x"),
        sqlite3.IntegrityError("x"),
        NamingError("x"),
        CommunicationError("x"),
        TimeoutError("x"),
        SerializeError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_pyro5_knows_stays_as_it_is(error: Exception) -> None:
    assert exception_to_plain(error, for_pyro5=True) == exception_to_plain(error)


@pytest.mark.parametrize(
    ("error", "name", "text"),
    [
        (OwnError("bad"), "Pyro5.errors.PyroError", f"{__name__}.OwnError: bad"),
        (OwnKeyError("k"), "builtins.KeyError", f"{__name__}.OwnKeyError: 'k'"),
        (ConnectError("no"), "Pyro5.errors.CommunicationError", "pyrox.errors.ConnectError: no"),
        (
            OverloadedError("no"),
            "Pyro5.errors.CommunicationError",
            "pyrox.errors.OverloadedError: no",
        ),
        (UsageError("no"), "Pyro5.errors.PyroError", "pyrox.errors.UsageError: no"),
        (
            RemoteError("bad", remote_class="shop.SoldOut"),
            "Pyro5.errors.PyroError",
            "shop.SoldOut: bad",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_nearest_class_that_pyro5_knows_stands_in(
    error: Exception, name: str, text: str
) -> None:
    plain = exception_to_plain(error, for_pyro5=True)
    assert plain["__class__"] == name
    assert plain["args"] == (text,)


def test_a_class_that_stands_in_keeps_attributes_and_traceback() -> None:
    error = OwnError("bad")
    error.left = 3  # type: ignore[attr-defined]
    plain = exception_to_plain(error, ["line"], for_pyro5=True)
    assert plain["attributes"] == {"left": 3, "_pyroTraceback": ["line"]}


def test_a_remote_error_of_a_class_that_pyro5_knows_travels_as_that_class() -> None:
    error = RemoteError("utf-8", remote_class="builtins.UnicodeDecodeError")
    plain = exception_to_plain(error, for_pyro5=True)
    assert plain["__class__"] == "builtins.UnicodeDecodeError"


def round_trip(error: Exception) -> Any:
    converters = Converters()
    return converters.from_plain(converters.to_plain(error))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad", 1),
        KeyError("k"),
        OSError(2, "No such file", "name"),
        OSError(17, "File exists", b"one", None, "two"),
        OSError(5, "Input/output error"),
        OSError("only a text"),
        BlockingIOError(11, "would block", 5),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid"),
        StopIteration(5),
        SyntaxError("bad", ("file", 1, 2, "text")),
        SyntaxError("bad"),
        struct.error("x"),
        sqlite3.OperationalError("x"),
        PyroxError("x"),
        ConnectError("x"),
        UsageError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_exception_arrives_as_it_was(error: Exception) -> None:
    found = round_trip(error)
    assert type(found) is type(error)
    assert found.args == error.args
    assert str(found) == str(error)


def test_the_file_of_an_os_error_comes_along() -> None:
    found = round_trip(OSError(2, "No such file", Path("some", "name")))
    assert found.filename == str(Path("some", "name"))
    assert found.errno == 2


def test_an_exception_of_an_unknown_class_arrives_with_its_name() -> None:
    found = round_trip(OwnError("bad", 1))
    assert type(found) is RemoteError
    assert found.remote_class == f"{__name__}.OwnError"
    assert found.args == ("bad", 1)


def test_a_registered_exception_arrives_as_itself() -> None:
    converters = Converters()
    converters.register(
        OwnError, lambda error: {"args": error.args}, lambda values: OwnError(*values["args"])
    )
    found = converters.from_plain(converters.to_plain(OwnError("bad")))
    assert type(found) is OwnError
    assert found.args == ("bad",)
