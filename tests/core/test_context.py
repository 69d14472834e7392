"""What travels beside the calls made in a block, and what a method knows of its own call."""

import asyncio
import contextvars
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from pyrox import Message, Peer, call_options, current_context, timeout
from pyrox.values.context import CallContext, CallOptions, options, serving
from pyrox.wire.message import MessageType

ID = UUID("00112233-4455-6677-8899-aabbccddeeff")
OTHER_ID = UUID(int=5)


class Connection:
    def __init__(self) -> None:
        self.peer = Peer(("192.0.2.1", 4000))
        self.resources: set[Any] = set()


def call(
    annotations: dict[str, bytes] | None = None, correlation_id: bytes | None = None
) -> CallContext:
    request = Message(MessageType.INVOKE, 0, 1, 3, b"", annotations, correlation_id)
    return CallContext("the daemon", Connection(), request, "thing", "work")


def inside(context: CallContext, look: Callable[[], Any]) -> Any:
    token = serving.set(context)
    try:
        return look()
    finally:
        serving.reset(token)


def chosen() -> CallOptions:
    return options.get() or CallOptions()


# Options of the calls made in a block


def test_outside_of_any_block_nothing_travels_beside_a_call() -> None:
    assert options.get() is None
    assert current_context.annotations == {}
    assert current_context.correlation_id is None
    assert current_context.response_annotations == {}


def test_a_block_says_what_travels_beside_its_calls() -> None:
    with call_options(annotations={"USER": b"ada"}, correlation_id=ID):
        assert chosen() == CallOptions({"USER": b"ada"}, ID.bytes, None)
        assert current_context.annotations == {"USER": b"ada"}
        assert current_context.correlation_id == ID
    assert options.get() is None


def test_an_inner_block_overrides_what_it_names_and_keeps_the_rest() -> None:
    with call_options(annotations={"USER": b"ada"}, correlation_id=ID):
        with call_options(annotations={"ELSE": b"x"}):
            assert chosen() == CallOptions({"ELSE": b"x"}, ID.bytes, None)
        with call_options(correlation_id=OTHER_ID):
            assert chosen() == CallOptions({"USER": b"ada"}, OTHER_ID.bytes, None)
        with call_options():
            assert chosen() == CallOptions({"USER": b"ada"}, ID.bytes, None)
        with call_options(annotations={}):
            assert current_context.annotations == {}
        assert current_context.annotations == {"USER": b"ada"}


def test_annotations_are_those_of_the_moment_when_the_block_began() -> None:
    annotations = {"USER": b"ada"}
    with call_options(annotations=annotations):
        annotations["LATE"] = b"x"
        assert current_context.annotations == {"USER": b"ada"}


def test_a_block_ends_with_an_error_as_well() -> None:
    with pytest.raises(ValueError), call_options(correlation_id=ID):
        raise ValueError
    assert options.get() is None


def test_a_time_limit_is_one_instant_for_the_whole_block() -> None:
    before = time.monotonic()
    with call_options(timeout=100.0):
        deadline = chosen().deadline
        assert deadline is not None
        assert before + 100.0 <= deadline <= time.monotonic() + 100.0
        assert chosen().deadline == deadline


@pytest.mark.parametrize(
    ("outer", "inner", "kept"),
    [(100.0, 1.0, "inner"), (1.0, 100.0, "outer"), (100.0, None, "outer"), (None, 1.0, "inner")],
)
def test_an_inner_block_never_lengthens_the_time(
    outer: float | None, inner: float | None, kept: str
) -> None:
    with call_options(timeout=outer):
        first = chosen().deadline
        with call_options(timeout=inner):
            second = chosen().deadline
        if kept == "outer":
            assert second == first
        else:
            assert second is not None
            assert first is None or second < first
        assert chosen().deadline == first


def test_timeout_is_short_for_a_block_with_a_time_limit() -> None:
    with timeout(100.0):
        assert chosen().deadline is not None
        assert chosen().annotations is None


def test_the_time_of_a_block_may_be_over_already() -> None:
    with timeout(0):
        deadline = chosen().deadline
    assert deadline is not None
    assert deadline <= time.monotonic()


def test_a_thread_sees_nothing_of_anothers_block() -> None:
    seen: list[Any] = []
    with call_options(correlation_id=ID):
        thread = threading.Thread(target=lambda: seen.append(options.get()),
                                  **fresh_context())  # fmt: skip
        thread.start()
        thread.join(10)
    assert seen == [None]


def fresh_context() -> dict[str, Any]:
    """Python 3.14 can let threads inherit the context; this asks for an empty one."""
    return {"context": contextvars.Context()} if sys.version_info >= (3, 14) else {}


async def test_tasks_do_not_see_each_others_blocks() -> None:
    entered = asyncio.Event()

    async def one() -> CallOptions:
        with call_options(correlation_id=ID):
            entered.set()
            await asyncio.sleep(0)
            return chosen()

    async def other() -> CallOptions:
        await entered.wait()
        return chosen()

    seen = await asyncio.gather(one(), other())
    assert list(seen) == [CallOptions(None, ID.bytes), CallOptions()]


# The call being served


def test_a_method_knows_its_call() -> None:
    context = call({"USER": b"ada"}, ID.bytes)

    def look() -> None:
        assert current_context.is_serving
        assert current_context.call is context
        assert current_context.peer.address == ("192.0.2.1", 4000)
        assert current_context.client_address == ("192.0.2.1", 4000)
        assert current_context.daemon == "the daemon"
        assert current_context.annotations == {"USER": b"ada"}
        assert current_context.correlation_id == ID

    inside(context, look)
    assert not current_context.is_serving


@pytest.mark.parametrize("name", ["call", "peer", "client_address", "daemon"])
def test_outside_of_a_call_there_is_none_to_know(name: str) -> None:
    with pytest.raises(RuntimeError, match="inside a method only"):
        getattr(current_context, name)


def test_outside_of_a_call_nothing_goes_back() -> None:
    with pytest.raises(RuntimeError, match="inside a method only"):
        current_context.response_annotations = {"ABCD": b"x"}
    with pytest.raises(RuntimeError, match="inside a method only"):
        current_context.track_resource(open)  # type: ignore[arg-type]


def test_a_call_that_came_without_annotations_has_none() -> None:
    assert inside(call(), lambda: current_context.annotations) == {}


def test_a_call_that_came_without_an_id_gets_one_when_somebody_asks() -> None:
    context = call()
    assert context.correlation_bytes is None
    made = context.correlation_id
    assert isinstance(made, UUID)
    assert context.correlation_id == made
    assert context.correlation_bytes == made.bytes


def test_a_given_id_is_the_calls_own() -> None:
    context = call(correlation_id=ID.bytes)
    assert context.correlation_bytes == ID.bytes
    assert context.correlation_id == ID


def test_what_a_method_puts_in_goes_back() -> None:
    context = call()

    def answer() -> None:
        current_context.response_annotations["ABCD"] = b"x"

    inside(context, answer)
    assert context.response_annotations == {"ABCD": b"x"}
    assert call().response_annotations == {}


def test_a_method_may_replace_what_goes_back() -> None:
    context = call()

    def answer() -> None:
        current_context.response_annotations = {"ELSE": b"y"}

    inside(context, answer)
    assert context.response_annotations == {"ELSE": b"y"}


def test_resources_are_the_connections() -> None:
    class Resource:
        def close(self) -> None: ...

    context, resource = call(), Resource()
    inside(context, lambda: current_context.track_resource(resource))
    assert context.connection.resources == {resource}
    inside(context, lambda: current_context.untrack_resource(resource))
    inside(context, lambda: current_context.untrack_resource(resource))
    assert context.connection.resources == set()


# Peers


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (("192.0.2.1", 4000), "192.0.2.1:4000"),
        (("::1", 4000, 0, 0), "::1:4000"),
        ("/run/sock", "/run/sock"),
        ("", "unknown peer"),
        (None, "unknown peer"),
    ],
)
def test_a_peer_shows_its_address(address: Any, text: str) -> None:
    assert str(Peer(address)) == text


def test_a_peer_shows_its_software() -> None:
    peer = Peer("/run/sock")
    peer.software = "pyrox 1.0"
    assert repr(peer) == "<Peer /run/sock pyrox 1.0>"
