"""The call context: who calls, annotations, correlation ids, resources. Reference 1.5, 1.8, 3.8."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from pyrox_pyro5 import errors
from pyrox_pyro5.api import Daemon, Proxy, current_context, expose

Connect = Callable[..., Proxy]


class Resource:
    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


@expose
class Asked:
    """Tells what it knows about who calls."""

    def __init__(self, further: Any = None) -> None:
        self.further = further
        self.resource = Resource()

    def facts(self) -> dict[str, Any]:
        context = current_context
        return {
            "address": list(context.client_sock_addr[:2]),
            "peer": list(context.client.sock.getpeername()[:2]),
            "family": context.client.family(),
            "seq": context.seq,
            "flags": context.msg_flags,
            "serializer": context.serializer_id,
            "correlation": str(context.correlation_id),
        }

    def annotated(self) -> dict[str, str]:
        return {key: bytes(value).decode() for key, value in current_context.annotations.items()}

    def answer_with(self, key: str, text: str) -> None:
        current_context.response_annotations = {key: text.encode()}

    def answer_and_fail(self, key: str, text: str) -> None:
        current_context.response_annotations[key] = text.encode()
        raise ValueError("failed")

    def nothing(self) -> None:
        pass

    def pass_on(self) -> Any:
        self.further._pyroClaimOwnership()
        return self.further.facts()["correlation"], self.further.annotated()

    def hold(self) -> None:
        current_context.track_resource(self.resource)

    def hold_and_let_go(self) -> None:
        current_context.track_resource(self.resource)
        current_context.untrack_resource(self.resource)


def test_a_method_knows_its_caller(connect: Connect, serializer: str) -> None:
    proxy = connect(Asked())
    proxy.nothing()
    facts = proxy.facts()
    assert facts["address"] == facts["peer"] == list(proxy._pyroLocalSocket[:2])
    assert facts["family"] == "IPv4"
    assert facts["seq"] == 2
    assert facts["serializer"] == {"serpent": 1, "marshal": 2, "json": 3, "msgpack": 4}[serializer]


def test_outside_of_a_method_there_is_no_caller() -> None:
    assert current_context.client is None
    assert current_context.client_sock_addr is None
    assert (current_context.seq, current_context.msg_flags, current_context.serializer_id) == (
        0,
        0,
        0,
    )


def test_annotations_go_with_every_call_until_they_are_changed(connect: Connect) -> None:
    proxy = connect(Asked())
    current_context.annotations = {"USRA": b"one"}
    assert proxy.annotated() == {"USRA": "one"}
    current_context.annotations["USRB"] = b"two"
    assert proxy.annotated() == {"USRA": "one", "USRB": "two"}
    current_context.annotations = {}
    assert proxy.annotated() == {}


def test_annotations_are_the_threads_own(connect: Connect) -> None:
    current_context.annotations = {"USRA": b"mine"}
    seen: list[Any] = []
    thread = threading.Thread(target=lambda: seen.append(current_context.annotations))
    thread.start()
    thread.join(10)
    assert seen == [{}]


def test_annotations_come_back_with_the_answer(connect: Connect) -> None:
    proxy = connect(Asked())
    proxy.answer_with("RESP", "hello")
    assert bytes(current_context.response_annotations["RESP"]) == b"hello"
    assert isinstance(current_context.response_annotations["RESP"], memoryview)
    proxy.nothing()
    assert current_context.response_annotations == {}


def test_response_annotations_go_to_nobody_else(connect: Connect, daemon: Daemon) -> None:
    # Reference 9.2-2, 9.3-4: after an exception Pyro5 gave them to the next client.
    proxy = connect(Asked(), "asked")
    with pytest.raises(ValueError):
        proxy.answer_and_fail("LEAK", "secret")
    proxy._pyroRelease()
    with Proxy(daemon.uriFor("asked")) as other:
        other.nothing()
        assert "LEAK" not in current_context.response_annotations


def test_a_correlation_id_travels_with_the_calls(connect: Connect) -> None:
    proxy = connect(Asked())
    identity = uuid.uuid4()
    current_context.correlation_id = identity
    assert proxy.facts()["correlation"] == str(identity)
    current_context.correlation_id = None
    assert proxy.facts()["correlation"] not in (str(identity), "None")


def test_a_nested_call_carries_the_callers_id_and_annotations_on(
    connect: Connect, daemon: Daemon, server_type: str
) -> None:
    if server_type == "multiplex":
        pytest.skip(
            "one thread serves all calls: a nested call into the same daemon waits for ever"
        )
    proxy = connect(Asked(connect(Asked(), "further")))
    identity = uuid.uuid4()
    current_context.correlation_id = identity
    current_context.annotations = {"USRA": b"from afar"}
    correlation, annotated = proxy.pass_on()
    assert correlation == str(identity)
    assert annotated == {"USRA": "from afar"}


def test_a_tracked_resource_is_closed_when_its_client_goes(connect: Connect) -> None:
    asked = Asked()
    proxy = connect(asked)
    proxy.hold()
    assert not asked.resource.closed.is_set()
    proxy._pyroRelease()
    assert asked.resource.closed.wait(10)


def test_a_resource_may_be_let_go_again(connect: Connect, daemon: Daemon) -> None:
    asked, other = Asked(), Asked()
    proxy = connect(asked, "asked")
    proxy.hold_and_let_go()
    proxy._pyroRelease()
    with Proxy(daemon.register(other)) as second:
        second.hold()
    assert other.resource.closed.wait(10)
    assert not asked.resource.closed.is_set()


def test_resources_belong_to_calls() -> None:
    with pytest.raises(errors.PyroError, match="cannot track resource on a connectionless call"):
        current_context.track_resource(Resource())
    with pytest.raises(errors.PyroError, match="cannot untrack resource on a connectionless call"):
        current_context.untrack_resource(Resource())


def test_the_context_can_be_taken_to_another_thread(connect: Connect) -> None:
    @expose
    class Delegating:
        def facts(self) -> list[Any]:
            values, seen = current_context.to_global(), []

            def work() -> None:
                current_context.from_global(values)
                seen.append(current_context.client_sock_addr[1])
                seen.append(str(current_context.correlation_id))

            thread = threading.Thread(target=work)
            thread.start()
            thread.join(10)
            return [*seen, current_context.client_sock_addr[1], str(current_context.correlation_id)]

    port, correlation, own_port, own_correlation = connect(Delegating()).facts()
    assert (port, correlation) == (own_port, own_correlation)
