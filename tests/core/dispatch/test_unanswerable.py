"""Results that cannot be answered, and who is told of a failure."""

import logging
from typing import Any

import pytest

from pyrox import behavior, current_context, expose
from pyrox.wire.message import Flags
from tests.core.dispatch.objects import Service, Unsendable
from tests.core.dispatch.server import Server


def error_of(server: Server, service: Service, result: Any) -> tuple[str, str]:
    service.result = result
    return server.call("service", "give").error


def test_a_result_that_cannot_travel_is_an_error_of_a_call_that_ran(
    server: Server, service: Service
) -> None:
    name, text = error_of(server, service, [1, Unsendable()])
    assert name == "Pyro5.errors.SerializeError"
    assert f"don't know how to serialize class {Unsendable!r}" in text
    outcome = server.call("service", "give").error_map["attributes"]["outcome"]
    assert outcome == "executed"


def test_a_result_over_the_limit_is_an_error_of_a_call_that_ran(service: Service) -> None:
    server = Server({"service": service}, max_message_size=10_000)
    service.result = "x" * 9_998
    assert server.call("service", "give").value == service.result
    name, text = error_of(server, service, "x" * 9_999)
    assert name == "Pyro5.errors.MessageTooLargeError"
    assert "message too large (10001, max=10000)" in text


def test_a_result_over_the_smallest_limit_is_still_answered(service: Service) -> None:
    server = Server({"service": service}, max_message_size=1024)
    _, text = error_of(server, service, "x" * 5000)
    assert "message too large" in text


def test_a_result_nested_without_end_is_an_error(server: Server, service: Service) -> None:
    endless: list[Any] = []
    endless.append(endless)
    name, _ = error_of(server, service, endless)
    assert name == "Pyro5.errors.SerializeError"


def test_annotations_that_cannot_be_written_are_an_error(server: Server) -> None:
    @expose
    class Spoiler:
        def spoil(self) -> None:
            current_context.response_annotations["toolong"] = b"x"

    server.registry.register(Spoiler(), "spoiler")
    _, text = server.call("spoiler", "spoil").error
    assert "annotation identifier must be 4 ascii characters, not 'toolong'" in text


@pytest.mark.parametrize("problem", [RuntimeError("no"), SystemExit(1)])
def test_a_daemon_whose_annotations_fail_still_answers(
    service: Service, problem: BaseException
) -> None:
    def fail() -> dict[str, bytes]:
        raise problem

    server = Server({"service": service}, annotations=fail)
    assert server.call("service", "work").flags == Flags.EXCEPTION


# Who is told


def test_the_daemon_is_told_of_each_failure(server: Server, service: Service) -> None:
    service.error = ValueError("bad")
    server.call("service", "fail")
    server.batch("service", ["work", [], {}], ["fail", [], {}])
    told = [(context.object_id, context.method, error) for context, error in server.host.failures]
    assert told == [("service", "fail", service.error)] * 2


@pytest.mark.parametrize("problem", [RuntimeError("no"), SystemExit(1)])
def test_a_daemon_that_fails_to_take_note_answers_all_the_same(
    server: Server, caplog: pytest.LogCaptureFixture, problem: BaseException
) -> None:
    def fail() -> None:
        raise problem

    server.host.on_failure = fail
    assert server.call("service", "fail").error == ("builtins.ValueError", "bad")
    assert "method_failed of the daemon failed itself" in caplog.text


def test_only_a_callback_that_fails_is_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        server.call("service", "fail")
        assert caplog.text == ""
        server.call("service", "call_back")
    assert "callback call_back of service failed: bad" in caplog.text


@pytest.mark.parametrize("mode", ["session", "single", "percall"])
@pytest.mark.parametrize("problem", [RuntimeError("no"), SystemExit(1)])
def test_a_class_that_cannot_be_made_is_an_error_of_the_call(
    mode: Any, problem: BaseException
) -> None:
    @behavior(mode)
    @expose
    class Broken:
        def __init__(self) -> None:
            raise problem

        def work(self) -> None: ...

    assert Server({"broken": Broken}).call("broken", "work").flags == Flags.EXCEPTION
