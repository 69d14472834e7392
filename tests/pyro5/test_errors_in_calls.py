"""Reference 4, 5.2 and 1.6: what a Pyro5 program catches when a call goes wrong."""

import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import pyrox
from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, config, expose


class OwnError(Exception):
    """An error that the other side cannot build."""


class Service:
    """Raises, and answers, what tests ask for."""

    @expose
    def fail(self, kind: str, *args: Any) -> None:
        raise {**vars(errors), "ValueError": ValueError, "OwnError": OwnError}[kind](*args)

    @expose
    def echo(self, value: Any) -> Any:
        return value

    @expose
    def make(self, size: int) -> str:
        return "x" * size


Connect = Callable[..., Proxy]
PYRO5_ERRORS = [name for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", PYRO5_ERRORS)
def test_an_error_of_pyro5_arrives_as_itself_with_its_traceback(
    connect: Connect, serializer: str, kind: str
) -> None:
    with pytest.raises(errors.PyroError) as caught:
        connect(Service()).fail(kind, "just so", 5)
    assert caught.type is getattr(errors, kind)
    assert tuple(caught.value.args) == ("just so", 5)
    assert "in fail" in "".join(caught.value._pyroTraceback)


def test_a_builtin_error_arrives_with_its_traceback(connect: Connect, serializer: str) -> None:
    with pytest.raises(ValueError, match="bad") as caught:
        connect(Service()).fail("ValueError", "bad")
    lines = vars(caught.value)["_pyroTraceback"]
    assert lines[-1] == "ValueError: bad\n"
    text = "".join(errors.get_pyro_traceback(*sys_exc_info(caught)))
    assert text.endswith(" | ValueError: bad\n +--- End of remote traceback\n")


def sys_exc_info(caught: pytest.ExceptionInfo[Any]) -> tuple[Any, Any, Any]:
    return caught.type, caught.value, caught.tb


def test_an_error_of_the_users_own_is_a_serialize_error_that_tells_its_text(
    connect: Connect, serializer: str
) -> None:
    proxy = connect(Service())
    with pytest.raises(errors.SerializeError) as caught:
        proxy.fail("OwnError", "it broke")
    text = str(caught.value)
    assert text.startswith(f"unsupported serialized class: {__name__}.OwnError")
    assert "it broke" in text
    assert "OwnError: it broke" in "".join(vars(caught.value)["_pyroTraceback"])
    assert proxy.echo(1) == 1


def test_python_itself_shows_the_remote_traceback_of_what_nobody_catches(
    connect: Connect,
) -> None:
    with pytest.raises(errors.NamingError) as caught:
        connect(Service()).fail("NamingError", "bad")
    shown = "".join(traceback.format_exception(*sys_exc_info(caught)))
    assert shown.index("remote traceback") < shown.index("direct cause")
    assert shown.endswith("Pyro5.errors.NamingError: bad\n")


def test_a_request_over_the_limit_is_not_sent_and_the_connection_stays(
    connect: Connect, serializer: str
) -> None:
    config.MAX_MESSAGE_SIZE = 2000
    proxy = connect(Service())
    connection = proxy.echo("x") and proxy._pyroConnection
    with pytest.raises(errors.MessageTooLargeError, match=r"^message too large \(\d+, max=2000\)"):
        proxy.echo("x" * 3000)
    assert proxy.echo("y") == "y"
    assert proxy._pyroConnection is connection


def test_a_result_over_the_servers_limit_is_told(
    run: Callable[[Daemon], Daemon], server_type: str
) -> None:
    config.MAX_MESSAGE_SIZE = 2000
    daemon = run(Daemon())
    with Proxy(daemon.register(Service())) as proxy:
        with pytest.raises(errors.ProtocolError, match="message too large"):
            proxy.make(5000)
        assert proxy.echo(1) == 1


def test_a_request_over_the_servers_limit_ends_the_connection(
    run: Callable[[Daemon], Daemon], server_type: str
) -> None:
    config.MAX_MESSAGE_SIZE = 2000
    uri = run(Daemon()).register(Service())
    # Not by Pyro5's names: those have one limit for all of a process.
    with pyrox.Proxy(str(uri)) as proxy:
        with pytest.raises(pyrox.CommunicationError):
            proxy.echo("x" * 3000)
        assert proxy.echo(1) == 1


def test_an_unknown_object_is_told_with_its_place(connect: Connect, daemon: Daemon) -> None:
    host, _, port = daemon.locationStr.rpartition(":")
    with (
        Proxy(f"PYRO:none@{daemon.locationStr}") as proxy,
        pytest.raises(errors.CommunicationError) as caught,
    ):
        proxy.echo(1)
    assert caught.type is errors.CommunicationError
    assert str(caught.value).startswith(
        f"connection to ({host!r}, {port}) rejected: unknown object"
    )


def test_the_excepthook_of_pyro5_shows_both_sides(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", errors.excepthook)
    with pytest.raises(errors.NamingError) as caught:
        connect(Service()).fail("NamingError", "bad")
    sys.excepthook(*sys_exc_info(caught))
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback (most recent call last):\n")
    assert "Pyro5.errors.NamingError: bad\n +--- This exception occurred remotely" in shown
    assert shown.count("Traceback (most recent call last)") == 2


def test_detailed_tracebacks_show_local_variables(
    run: Callable[[Daemon], Daemon], server_type: str
) -> None:
    config.DETAILED_TRACEBACK = True
    daemon = run(Daemon())
    with (
        Proxy(daemon.register(Service())) as proxy,
        pytest.raises(ValueError, match="bad") as caught,
    ):
        proxy.fail("ValueError", "bad")
    text = "".join(vars(caught.value)["_pyroTraceback"])
    assert "Local values:\n    args = ('bad',)\n    kind = 'ValueError'\n" in text
