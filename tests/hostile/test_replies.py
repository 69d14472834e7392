"""Answers that cannot be sent as they are, and what user code may raise: the caller learns it."""

import gc
import time
from collections.abc import Callable
from typing import Any

import pytest

import pyrox
from tests.hostile.conftest import Serve, Served
from tests.hostile.raw import CONNECTFAIL, EXCEPTION, RESULT, call, eventually, hello
from tests.hostile.targets import FAILURES

LIMITS = [1024, 4096, 65536, 2**20]


@pytest.mark.parametrize("limit", LIMITS)
def test_a_result_too_large_reaches_the_caller_as_an_error_that_says_so(
    serve: Serve, server_type: str, serializer: str, limit: int
) -> None:
    served = serve(server_type, max_message_size=limit)
    with served.proxy(serializer=serializer) as proxy:
        with pytest.raises(pyrox.PyroxError, match=f"max={limit}") as caught:
            proxy.text(limit)
        if limit > 1024:  # there the error's own traceback fits, too
            assert isinstance(caught.value, pyrox.MessageTooLargeError)
        assert len(proxy.text(limit - 500)) == limit - 500
    assert served.goes_on()


@pytest.mark.parametrize("limit", LIMITS)
def test_an_exception_too_large_reaches_the_caller_with_its_beginning(
    serve: Serve, server_type: str, serializer: str, limit: int
) -> None:
    served = serve(server_type, max_message_size=limit)
    with served.proxy(serializer=serializer) as proxy:
        with pytest.raises(pyrox.PyroxError, match=r"ValueError.*xxxxx"):
            proxy.fail_with("huge")
        assert proxy.echo("next") == "next"
    assert served.goes_on()


def test_an_exception_whose_traceback_is_too_large_reaches_the_caller(
    serve: Serve, server_type: str, serializer: str
) -> None:
    class Deep:
        @pyrox.expose
        def echo(self, value: Any) -> Any:
            return value

        @pyrox.expose
        def odd(self, depth: int) -> None:
            self.even(depth - 1)

        def even(self, depth: int) -> None:
            if depth < 0:
                raise ValueError("at the bottom")
            self.odd(depth - 1)

    served = serve(server_type, Deep(), max_message_size=4096)
    with served.proxy(serializer=serializer) as proxy:
        with pytest.raises(pyrox.PyroxError, match="at the bottom"):
            proxy.odd(300)
        assert proxy.echo("next") == "next"


@pytest.mark.parametrize("limit", LIMITS[:3])
def test_a_request_over_the_limit_of_the_server_is_refused_with_a_reason(
    serve: Serve, server_type: str, limit: int
) -> None:
    served = serve(server_type, max_message_size=limit)
    with served.proxy() as proxy:
        with pytest.raises(pyrox.CommunicationError, match="message too large"):
            proxy.echo("x" * (limit + 1))
        assert proxy.echo("next") == "next"
    assert served.goes_on()


@pytest.mark.parametrize("kind", FAILURES)
def test_whatever_a_method_raises_the_caller_gets_an_answer(
    served: Served, serializer: str, kind: str
) -> None:
    client = served.client()
    answer = client.call("fail_with", kind, serializer=serializer)
    assert answer.kind == RESULT and answer.flags & EXCEPTION
    assert answer.error["__exception__"]
    assert client.call("echo", "after", serializer=serializer).value == "after"
    assert served.goes_on()


@pytest.mark.parametrize("kind", FAILURES)
def test_whatever_a_method_raises_a_caller_can_handle_it(
    served: Served, serializer: str, kind: str
) -> None:
    with served.proxy(serializer=serializer) as proxy:
        with pytest.raises(Exception):  # noqa: B017
            proxy.fail_with(kind)
        assert proxy.echo("next") == "next"


@pytest.mark.parametrize("kind", FAILURES)
def test_whatever_a_batched_method_raises_stands_in_its_place(served: Served, kind: str) -> None:
    with served.proxy() as proxy:
        batch = proxy._pyro.batch()
        batch.echo(1)
        batch.fail_with(kind)
        batch.echo(3)
        results = batch()
        assert next(results) == 1
        with pytest.raises((Exception, RuntimeError)):
            next(results)
    assert 3 not in served.target.calls


@pytest.mark.parametrize("kind", FAILURES)
def test_whatever_a_oneway_call_raises_the_connection_goes_on(served: Served, kind: str) -> None:
    client = served.client()
    client.send(call("json", "target", "fail_with", [kind], flags=4))
    assert client.call("echo", "after").value == "after"


@pytest.mark.parametrize("kind", ["Slotted", "Unprintable", "surrogates"])
def test_an_exception_that_cannot_travel_keeps_its_class_name_and_traceback(
    served: Served, serializer: str, kind: str
) -> None:
    answer = served.client().call("fail_with", kind, serializer=serializer)
    if answer.error["__class__"] == "builtins.ValueError":
        return  # this serializer can write it
    assert type(FAILURES[kind]).__name__ in answer.error_text
    if kind != "Unprintable":
        assert "fail_with" in "".join(answer.error["attributes"]["_pyroTraceback"])


def test_a_remote_exit_does_not_end_the_caller(served: Served) -> None:
    with served.proxy() as proxy, pytest.raises(pyrox.PyroxError, match="SystemExit"):
        proxy.fail_with("SystemExit")


def test_a_generator_that_cannot_be_closed_ends_nothing(serve: Serve, server_type: str) -> None:
    served = serve(server_type, stream_linger=0.05)
    for ending in ("close", "leave", "linger"):
        proxy = served.proxy()
        stream = proxy.stubborn()
        assert next(stream) == 1
        if ending == "close":
            stream.close()
        elif ending == "leave":
            proxy._pyro.release()
        else:
            del stream
            gc.collect()
            proxy._pyro.release()
        assert eventually(lambda: len(served.daemon.streams) == 0)
        assert served.target.started.acquire(timeout=3)
        assert served.goes_on()


Hook = Callable[..., Any]


def raising(error: BaseException) -> Hook:
    """Return a method that raises ``error`` for clients that are not the bystander."""

    def hook(self: Any, *_: Any) -> Any:
        if self.armed:
            raise error
        return {} if not _ else None

    return hook


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
@pytest.mark.parametrize("hook", ["validate_handshake", "method_failed", "annotations"])
def test_what_a_daemon_s_own_methods_raise_costs_one_call_at_most(
    serve: Serve, server_type: str, hook: str, error: BaseException
) -> None:
    body = {hook: raising(error), "armed": False}
    daemon_class = type("OwnDaemon", (pyrox.Daemon,), body)
    served = serve(server_type, daemon_class=daemon_class)
    daemon: Any = served.daemon
    daemon.armed = True
    client = served.raw()
    answer = client.ask(hello())
    if hook == "method_failed":
        assert client.call("fail", "mine").error_text == "mine"
        served.log.records.clear()  # it is logged in full, and as an error
    else:
        assert answer.kind == CONNECTFAIL
    daemon.armed = False
    assert served.goes_on()


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
@pytest.mark.parametrize("hook", ["client_connected", "client_disconnected"])
def test_what_a_daemon_raises_about_a_client_s_coming_and_going_is_only_logged(
    serve: Serve, server_type: str, hook: str, error: BaseException
) -> None:
    body = {hook: raising(error), "armed": False}
    daemon_class = type("OwnDaemon", (pyrox.Daemon,), body)
    served = serve(server_type, daemon_class=daemon_class)
    daemon: Any = served.daemon
    daemon.armed = True
    client = served.client()
    assert client.call("echo", 1).value == 1
    client.close()
    assert eventually(served.log.errors)
    assert set(served.log.errors()) == {f"{hook} failed"}
    daemon.armed = False
    assert served.goes_on()
    served.log.records.clear()


class Odd:
    """What a method may annotate its answer with."""

    ANNOTATIONS: dict[str, Any] = {
        "no map": 5,
        "a long key": {"TOOLONG": b""},
        "a number": {"ABCD": 5},
        "no text": {5: b"x"},
        "too much": {"ABCD": bytes(2_000_000)},
    }

    @pyrox.expose
    def echo(self, value: Any, kind: str = "") -> Any:
        if kind:
            pyrox.current_context.response_annotations = self.ANNOTATIONS[kind]
        return value

    @pyrox.expose
    def fail(self, kind: str) -> None:
        pyrox.current_context.response_annotations = self.ANNOTATIONS[kind]
        raise ValueError("mine")


@pytest.mark.parametrize("kind", Odd.ANNOTATIONS)
def test_annotations_that_cannot_be_sent_are_an_error_for_the_caller(
    serve: Serve, server_type: str, kind: str
) -> None:
    served = serve(server_type, Odd(), max_message_size=2**20)
    client = served.client()
    assert client.call("echo", 1, kind).flags & EXCEPTION
    assert client.call("fail", kind).flags & EXCEPTION
    assert client.call("echo", "after").value == "after"
    assert served.goes_on()


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), RecursionError()])
def test_a_converter_that_fails_costs_one_call(
    serve: Serve, server_type: str, error: BaseException
) -> None:
    def explode(*_: Any) -> Any:
        raise error

    class Thing:
        pass

    class ThingError(Exception):
        pass

    class Maker:
        @pyrox.expose
        def echo(self, value: Any = None) -> Any:
            return value

        @pyrox.expose
        def make(self) -> Thing:
            return Thing()

        @pyrox.expose
        def fail(self) -> None:
            raise ThingError("mine")

    names = {Thing: "hostile.Thing", ThingError: "hostile.ThingError"}
    for cls, name in names.items():
        pyrox.register_class(cls, explode, explode, name=name)
    try:
        served = serve(server_type, Maker())
        assert served.client().call("make").flags & EXCEPTION
        assert served.client().call("fail").flags & EXCEPTION
        assert served.client().call("echo", {"__class__": "hostile.Thing"}).flags & EXCEPTION
        assert served.goes_on()
    finally:
        for cls, name in names.items():
            pyrox.unregister_class(cls, name=name)


def test_refusing_a_huge_name_takes_no_long_time(served: Served) -> None:
    client = served.client()
    began = time.monotonic()
    assert client.call("e" * 20_000_000).flags & EXCEPTION
    assert time.monotonic() - began < 9
