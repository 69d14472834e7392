"""Whose fault an error is, what became of the call, and how the other side's traceback shows."""

import builtins
import pickle
import traceback

import pytest

import pyrox
from pyrox import Outcome, RemoteError, errors, remote_traceback
from pyrox.errors import RemoteTraceback

CLASSES = [
    cls
    for name in errors.__all__
    if isinstance(cls := getattr(errors, name), type) and issubclass(cls, pyrox.PyroxError)
]
PARENTS = {
    "PyroxError": Exception,
    "UsageError": pyrox.PyroxError,
    "URIError": pyrox.UsageError,
    "ConfigError": pyrox.UsageError,
    "PluginError": pyrox.PyroxError,
    "NamingError": pyrox.PyroxError,
    "NoNameServerError": pyrox.NamingError,
    "DaemonError": pyrox.PyroxError,
    "SecurityError": pyrox.PyroxError,
    "AccessDeniedError": pyrox.SecurityError,
    "RemoteError": pyrox.PyroxError,
    "CommunicationError": pyrox.PyroxError,
    "ConnectError": pyrox.CommunicationError,
    "ConnectionClosedError": pyrox.CommunicationError,
    "TimeoutError": pyrox.CommunicationError,
    "OverloadedError": pyrox.CommunicationError,
    "ProtocolError": pyrox.CommunicationError,
    "LocalProtocolError": pyrox.ProtocolError,
    "RemoteProtocolError": pyrox.ProtocolError,
    "MessageTooLargeError": pyrox.ProtocolError,
    "SerializeError": pyrox.ProtocolError,
}


def test_the_tree_of_errors() -> None:
    assert {cls.__name__: cls.__bases__[0] for cls in CLASSES} == PARENTS


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (pyrox.UsageError, ValueError),
        (pyrox.TimeoutError, builtins.TimeoutError),
        (pyrox.TimeoutError, OSError),
    ],
)
def test_an_error_that_python_has_a_word_for_is_that_too(
    cls: type[Exception], builtin: type[Exception]
) -> None:
    assert issubclass(cls, builtin)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_says_what_it_is_for_and_keeps_its_text(cls: type[Exception]) -> None:
    assert cls.__doc__
    assert str(cls("what went wrong")) == "what went wrong"
    assert cls("a", 1).args == ("a", 1)


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_can_be_pickled(cls: type[Exception]) -> None:
    found = pickle.loads(pickle.dumps(cls("a", 1)))
    assert type(found) is cls
    assert found.args == ("a", 1)


@pytest.mark.parametrize(
    ("cls", "outcome"),
    [
        (pyrox.CommunicationError, Outcome.UNKNOWN),
        (pyrox.ConnectionClosedError, Outcome.UNKNOWN),
        (pyrox.TimeoutError, Outcome.UNKNOWN),
        (pyrox.RemoteProtocolError, Outcome.UNKNOWN),
        (pyrox.ConnectError, Outcome.NOT_SENT),
        (pyrox.OverloadedError, Outcome.NOT_SENT),
        (pyrox.LocalProtocolError, Outcome.NOT_SENT),
    ],
)
def test_what_became_of_the_call_follows_from_the_error(
    cls: type[pyrox.CommunicationError], outcome: Outcome
) -> None:
    assert cls("x").outcome is outcome
    assert cls("x", outcome=Outcome.EXECUTED).outcome is Outcome.EXECUTED
    assert cls.outcome is outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_a_word(outcome: Outcome) -> None:
    assert str(outcome) == outcome.value == f"{outcome}"
    assert outcome == outcome.value


def test_a_remote_error_shows_the_class_at_the_other_end() -> None:
    error = RemoteError("no more tea", remote_class="shop.SoldOut", attributes={"left": 0})
    assert str(error) == "shop.SoldOut: no more tea"
    assert error.attributes == {"left": 0}
    assert str(RemoteError("no more tea")) == "no more tea"
    assert RemoteError().attributes == {}


def test_a_remote_error_keeps_all_when_it_is_pickled() -> None:
    error = RemoteError("no more tea", remote_class="shop.SoldOut", attributes={"left": 0})
    found = pickle.loads(pickle.dumps(error))
    assert (found.remote_class, found.attributes, found.args) == (
        "shop.SoldOut", {"left": 0}, ("no more tea",),
    )  # fmt: skip


def test_python_shows_the_remote_traceback_before_the_local_one() -> None:
    error = ValueError("bad")
    error.__cause__ = RemoteTraceback("Traceback of the daemon\n")
    text = "".join(traceback.format_exception(error))
    assert text.index("--- remote traceback ---\nTraceback of the daemon\n---") < text.index(
        "ValueError: bad"
    )
    assert remote_traceback(error) == "Traceback of the daemon\n"


@pytest.mark.parametrize("cause", [None, KeyError("k")])
def test_an_error_of_this_side_has_no_remote_traceback(cause: BaseException | None) -> None:
    error = ValueError("bad")
    error.__cause__ = cause
    assert remote_traceback(error) is None
