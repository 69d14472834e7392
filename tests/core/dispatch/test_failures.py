"""Methods that fail: whatever they raise is answered, and nothing gets past the dispatcher."""

from typing import Any

import pytest

from pyrox import (
    CommunicationError,
    ConnectionClosedError,
    Outcome,
    RemoteError,
    TimeoutError,
)
from pyrox.wire.message import Flags
from tests.core.dispatch.objects import OwnEnd, OwnError, Service, Unsendable, Unspeakable
from tests.core.dispatch.server import Server

ANY_ERROR = [
    ValueError("bad"),
    OwnError("bad", 1),
    CommunicationError("my own call failed"),
    TimeoutError("my own call took too long"),
    RemoteError("bad", remote_class="shop.SoldOut"),
    RecursionError("deep"),
    StopIteration(5),
    Unspeakable("bad"),
    ValueError("bad", Unsendable()),
    ValueError("x" * 100_000),
    SystemExit(1),
    SystemExit("bye"),
    KeyboardInterrupt(),
    GeneratorExit(),
    OwnEnd(),
]
EACH = pytest.mark.parametrize("error", ANY_ERROR, ids=lambda error: type(error).__name__)
PEERS = pytest.mark.parametrize("is_pyrox", [True, False], ids=["pyrox", "pyro5"])


@EACH
@PEERS
@pytest.mark.parametrize("method", ["fail", "call_back"])
def test_whatever_a_method_raises_is_answered(
    server: Server, service: Service, error: BaseException, is_pyrox: bool, method: str
) -> None:
    service.error = error
    link = server.connected(is_pyrox=is_pyrox)
    answer = server.call_over(link, "service", method)
    assert answer.flags == Flags.EXCEPTION
    assert answer.error_map["__exception__"] is True
    assert isinstance(answer.error_map["attributes"]["_pyroTraceback"], list)
    assert server.call_over(link, "service", "work").value == "done"


@PEERS
def test_a_text_that_is_no_unicode_is_answered(
    server: Server, service: Service, is_pyrox: bool
) -> None:
    service.error = ValueError("\udc80 is a lone surrogate")
    answer = server.call_over(server.connected(is_pyrox=is_pyrox), "service", "fail")
    assert "is a lone surrogate" in answer.error[1]


@EACH
@PEERS
def test_whatever_a_call_in_a_batch_raises_is_its_result(
    server: Server, service: Service, error: BaseException, is_pyrox: bool
) -> None:
    service.error = error
    calls = [["work", [], {}], ["fail", [], {}], ["work", [], {}]]
    answer = server.send("service", "<batch>", calls, None,
                         server.connected(is_pyrox=is_pyrox), flags=Flags.BATCH)  # fmt: skip
    assert answer is not None
    assert answer.flags == Flags.BATCH
    done, wrapper = answer.value
    assert done == "done"
    assert wrapper["__class__"] == "Pyro5.core._ExceptionWrapper"
    assert wrapper["exception"]["__exception__"] is True


@EACH
def test_a_oneway_call_that_fails_is_not_answered(
    server: Server, service: Service, error: BaseException
) -> None:
    service.error = error
    assert server.send("service", "fail", [], {}, flags=Flags.ONEWAY) is None
    assert [found for _, found in server.host.failures] == [error]


@EACH
def test_whatever_a_property_raises_is_answered(
    server: Server, service: Service, error: BaseException
) -> None:
    service.error = error
    assert server.get("service", "trouble").flags == Flags.EXCEPTION


@EACH
def test_an_answer_stays_within_the_smallest_limit(service: Service, error: BaseException) -> None:
    service.error = error
    server = Server({"service": service}, max_message_size=1024)
    assert server.call("service", "fail").flags == Flags.EXCEPTION


@pytest.mark.parametrize(
    ("error", "name", "text"),
    [
        (SystemExit(1), "Pyro5.errors.PyroError", "remote method raised SystemExit: 1"),
        (KeyboardInterrupt(), "Pyro5.errors.PyroError", "remote method raised KeyboardInterrupt: "),
        (ValueError("bad"), "builtins.ValueError", "bad"),
        (OwnError("bad"), f"{OwnError.__module__}.OwnError", "bad"),
        (RemoteError("bad", remote_class="shop.SoldOut"), "shop.SoldOut", "bad"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_pyrox_caller_gets_the_class_and_what_would_end_it_as_an_error(
    server: Server, service: Service, error: BaseException, name: str, text: str
) -> None:
    service.error = error
    assert server.call("service", "fail").error == (name, text)


def test_a_pyro5_caller_gets_a_class_that_it_knows(server: Server, service: Service) -> None:
    service.error = OwnError("bad")
    answer = server.call_over(server.connected(is_pyrox=False), "service", "fail")
    assert answer.error == ("Pyro5.errors.PyroError", f"{OwnError.__module__}.OwnError: bad")


def test_an_error_of_a_call_that_the_method_made_means_that_the_method_ran(
    server: Server, service: Service
) -> None:
    service.error = ConnectionClosedError("elsewhere", outcome=Outcome.NOT_SENT)
    answer = server.call("service", "fail")
    assert answer.error == ("Pyro5.errors.ConnectionClosedError", "elsewhere")
    assert answer.error_map["attributes"]["outcome"] == "executed"


def test_an_exception_that_cannot_travel_is_replaced_by_its_text(
    server: Server, service: Service
) -> None:
    service.error = ValueError("bad", Unsendable())
    name, text = server.call("service", "fail").error
    assert name == "Pyro5.errors.PyroError"
    assert text.startswith("Error serializing exception: don't know how to serialize")
    assert "Original exception: <class 'ValueError'>: ('bad', <" in text


def test_an_exception_that_cannot_be_shown_is_named(server: Server, service: Service) -> None:
    service.error = Unspeakable()
    link = server.connected(is_pyrox=False)
    assert "Unspeakable" in str(server.call_over(link, "service", "fail").error)


@pytest.mark.parametrize("problem", [RuntimeError("no"), SystemExit(1)])
def test_a_converter_that_fails_does_not_hide_the_exception(
    server: Server, service: Service, problem: BaseException
) -> None:
    def fail(error: BaseException) -> Any:
        raise problem

    service.error = OwnError("bad")
    server.converters.register_class_to_dict(OwnError, fail)
    name, text = server.call("service", "fail").error
    assert name == "Pyro5.errors.PyroError"
    assert "OwnError'>: bad" in text


def test_a_registered_exception_travels_as_its_converter_says(
    server: Server, service: Service
) -> None:
    service.error = OwnError("bad")
    server.converters.register(OwnError, lambda error: {"what": error.args}, name="own")
    plain = server.call("service", "fail").error_map
    assert (plain["__class__"], plain["what"]) == ("own", ["bad"])
