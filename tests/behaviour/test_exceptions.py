"""Exceptions of remote methods, as they reach the caller."""

import io
import struct
import traceback
from typing import Any

import pytest

import pyrox
from tests.behaviour.conftest import DaemonMaker, ObjectServer, ProxyMaker
from tests.behaviour.objects import Calculator


class StockError(Exception):
    """An exception that nobody registered."""


class Failing:
    @pyrox.expose
    def fail(self, kind: str) -> None:
        secret = "a local variable"  # noqa: F841
        raise FAILURES[kind]()

    @pyrox.expose
    def fine(self) -> str:
        return "fine"


def with_attributes() -> Exception:
    error = ValueError("bad value", 42)
    error.field = "age"  # type: ignore[attr-defined]
    return error


def with_opaque_attribute() -> Exception:
    error = ValueError("keep this text")
    error.opaque = object()  # type: ignore[attr-defined]
    return error


def with_notes() -> Exception:
    error = ValueError("bad")
    error.__notes__ = ["look at the manual"]  # type: ignore[attr-defined]
    return error


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


FAILURES: dict[str, Any] = {
    "plain": lambda: ValueError("bad"),
    "args": with_attributes,
    "opaque": with_opaque_attribute,
    "notes": with_notes,
    "custom": lambda: StockError("sold out", 3),
    "key": lambda: KeyError("missing"),
    "os": lambda: FileNotFoundError(2, "no such file", "/tmp/x"),
    "struct": lambda: struct.error("odd size"),
    "naming": lambda: pyrox.NamingError("unknown name"),
    "unicode": lambda: UnicodeDecodeError("ascii", b"\xff", 0, 1, "not ascii"),
    "stop": lambda: StopIteration("early"),
    "timeout": lambda: TimeoutError("too late"),
    "unprintable": Unprintable,
    "long": lambda: ValueError("x" * 100_000),
    "exit": lambda: SystemExit(3),
    "interrupt": KeyboardInterrupt,
    "generator exit": GeneratorExit,
}


@pytest.mark.usefixtures("serializer")
@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("plain", ValueError),
        ("key", KeyError),
        ("os", FileNotFoundError),
        ("struct", struct.error),
        ("naming", pyrox.NamingError),
        ("stop", StopIteration),
    ],
)
def test_a_known_exception_arrives_as_its_class(
    serve: ObjectServer, kind: str, cls: type[Exception]
) -> None:
    proxy = serve(Failing())
    with pytest.raises(cls) as caught:
        proxy.fail(kind)
    assert type(caught.value) is cls
    assert caught.value.args[0] == FAILURES[kind]().args[0]
    assert proxy.fine() == "fine"


@pytest.mark.usefixtures("serializer")
def test_arguments_attributes_and_notes_arrive_too(serve: ObjectServer) -> None:
    proxy = serve(Failing())
    with pytest.raises(ValueError, match="bad value") as caught:
        proxy.fail("args")
    assert caught.value.args == ("bad value", 42)
    assert caught.value.field == "age"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="bad") as noted:
        proxy.fail("notes")
    assert list(noted.value.__notes__) == ["look at the manual"]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("serializer")
def test_an_unknown_exception_arrives_as_a_remote_error_with_its_name_and_text(
    serve: ObjectServer,
) -> None:
    proxy = serve(Failing())
    with pytest.raises(pyrox.RemoteError) as caught:
        proxy.fail("custom")
    assert caught.value.remote_class.endswith(".StockError")
    assert caught.value.args == ("sold out", 3)
    assert "StockError" in str(caught.value)
    assert "sold out" in str(caught.value)
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    assert proxy.fine() == "fine"


@pytest.mark.usefixtures("serializer")
def test_print_exception_shows_the_remote_traceback(serve: ObjectServer) -> None:
    shown = io.StringIO()
    try:
        serve(Failing()).fail("plain")
    except ValueError as error:
        traceback.print_exception(type(error), error, error.__traceback__, file=shown)
    text = shown.getvalue()
    assert text.index("--- remote traceback ---") < text.index("--- end of remote traceback ---")
    assert "raise FAILURES[kind]()" in text
    assert text.rstrip().endswith("ValueError: bad")
    assert 'serve(Failing()).fail("plain")' in text


def test_a_remote_traceback_starts_at_the_users_method(serve: ObjectServer) -> None:
    with pytest.raises(ValueError, match="bad") as caught:
        serve(Failing()).fail("plain")
    remote = pyrox.remote_traceback(caught.value)
    assert remote is not None
    assert "pyrox/" not in remote
    assert "a local variable" not in remote


def test_a_detailed_traceback_shows_local_variables(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    proxy = make_proxy(make_daemon(detailed_traceback=True).register(Failing()))
    with pytest.raises(ValueError, match="bad") as caught:
        proxy.fail("plain")
    assert "secret = 'a local variable'" in (pyrox.remote_traceback(caught.value) or "")


def test_a_local_exception_has_no_remote_traceback() -> None:
    assert pyrox.remote_traceback(ValueError("mine")) is None


@pytest.mark.usefixtures("serializer")
def test_an_exception_that_cannot_travel_keeps_its_text_and_traceback(
    serve: ObjectServer,
) -> None:
    proxy = serve(Failing())
    with pytest.raises(pyrox.PyroxError, match="keep this text") as caught:
        proxy.fail("opaque")
    assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    assert proxy.fine() == "fine"


@pytest.mark.usefixtures("serializer")
@pytest.mark.parametrize("kind", ["unicode", "unprintable", "long"])
def test_odd_exceptions_reach_the_caller_somehow(serve: ObjectServer, kind: str) -> None:
    proxy = serve(Failing())
    with pytest.raises((pyrox.PyroxError, UnicodeDecodeError, ValueError)):
        proxy.fail(kind)
    assert proxy.fine() == "fine"


@pytest.mark.parametrize("kind", ["exit", "interrupt", "generator exit"])
def test_what_would_end_a_program_ends_neither_the_daemon_nor_the_caller(
    daemon: pyrox.Daemon, make_proxy: ProxyMaker, kind: str
) -> None:
    uri = daemon.register(Failing())
    proxy, other = make_proxy(uri), make_proxy(uri)
    other.fine()
    for _ in range(5):
        with pytest.raises(pyrox.PyroxError, match="remote method raised") as caught:
            proxy.fail(kind)
        assert "in fail" in (pyrox.remote_traceback(caught.value) or "")
    assert proxy.fine() == "fine"
    assert other.fine() == "fine"


def test_a_builtin_timeout_error_stays_apart_from_a_timeout_on_the_way(
    serve: ObjectServer,
) -> None:
    with pytest.raises(TimeoutError, match="too late") as caught:
        serve(Failing()).fail("timeout")
    assert type(caught.value) is TimeoutError


def test_the_daemon_is_told_of_failures(make_daemon: DaemonMaker, make_proxy: ProxyMaker) -> None:
    failures: list[str] = []

    class Noting(pyrox.Daemon):
        def method_failed(self, context: pyrox.CallContext, error: BaseException) -> None:
            failures.append(f"{context.object_id}.{context.method}: {error!r}")

    proxy = make_proxy(make_daemon(Noting).register(Failing(), "failing"))
    with pytest.raises(ValueError, match="bad"):
        proxy.fail("plain")
    batch = proxy._pyro.batch()
    batch.fail("key")
    with pytest.raises(KeyError):
        list(batch())
    assert failures == [
        "failing.fail: ValueError('bad')",
        "failing.fail: KeyError('missing')",
    ]


def test_an_exception_may_be_a_plain_result_too(serve: ObjectServer, serializer: str) -> None:
    answer = serve(Calculator(), serializer=serializer).echo(ValueError("as a value"))
    assert isinstance(answer, ValueError)
    assert answer.args == ("as a value",)


def test_the_daemon_may_send_another_exception_instead(
    make_daemon: DaemonMaker, make_proxy: ProxyMaker
) -> None:
    class Discreet(pyrox.Daemon):
        def method_failed(self, context: pyrox.CallContext, error: BaseException) -> BaseException:
            return RuntimeError(f"{context.method} failed")

    proxy = make_proxy(make_daemon(Discreet).register(Failing()))
    with pytest.raises(RuntimeError, match=r"^fail failed$"):
        proxy.fail("plain")
