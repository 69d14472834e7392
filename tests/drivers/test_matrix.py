"""The same behaviour for either client, with every daemon, over every transport."""

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import pyrox
from tests.behaviour.objects import PATIENCE, eventually
from tests.drivers.conftest import Connect, Start
from tests.drivers.served import Client, Served


class Busy(Exception):
    """An error of the program's own."""


@pyrox.expose
class Lab:
    """Has methods of every kind."""

    def __init__(self) -> None:
        self._level = 1
        self.noted: list[Any] = []
        self.closed = threading.Event()
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.unwanted = threading.Event()

    def add(self, a: int, b: int = 0) -> int:
        return a + b

    async def add_later(self, a: int, b: int = 0) -> int:
        await asyncio.sleep(0.001)
        return a + b

    @pyrox.expose(inline=True)
    def add_at_once(self, a: int, b: int = 0) -> int:
        return a + b

    def echo(self, value: Any) -> Any:
        return value

    def fail(self, text: str) -> None:
        raise ValueError(text)

    async def fail_later(self, text: str) -> None:
        await asyncio.sleep(0)
        raise ValueError(text)

    @property
    def level(self) -> int:
        return self._level

    @level.setter
    def level(self, value: int) -> None:
        self._level = value

    @pyrox.oneway
    def note(self, value: Any) -> None:
        self.noted.append(value)

    @pyrox.oneway
    async def note_later(self, value: Any) -> None:
        await asyncio.sleep(0)
        self.noted.append(value)

    def numbers(self, count: int) -> Iterator[int]:
        try:
            yield from range(count)
        finally:
            self.closed.set()

    async def numbers_later(self, count: int) -> AsyncIterator[int]:
        try:
            for number in range(count):
                await asyncio.sleep(0)
                yield number
        finally:
            self.closed.set()

    def about_the_call(self) -> dict[str, Any]:
        context = pyrox.current_context
        context.response_annotations = {"BACK": b"there"}
        return {
            "annotations": {key: bytes(value) for key, value in context.annotations.items()},
            "id": str(context.correlation_id),
            "in time": context.time_left is not None and 0 < context.time_left <= 30,
        }

    async def about_the_call_later(self) -> dict[str, Any]:
        await asyncio.sleep(0.001)
        return self.about_the_call()

    def wait(self, value: Any) -> Any:
        self.entered.set()
        if not self.gate.wait(PATIENCE):
            raise TimeoutError("nobody opened the gate")
        return value

    async def wait_later(self, value: Any) -> Any:
        self.entered.set()
        while not self.gate.is_set():
            await asyncio.sleep(0.002)
        return value

    def work(self) -> None:
        self.entered.set()
        eventually(lambda: not pyrox.current_context.is_wanted)
        self.unwanted.set()
        self.gate.wait(PATIENCE)

    async def work_later(self) -> None:
        self.entered.set()
        try:
            await asyncio.sleep(PATIENCE)
        except asyncio.CancelledError:
            self.unwanted.set()
            raise

    def self_reference(self) -> Any:
        return self


@pytest.fixture
def lab() -> Lab:
    return Lab()


@pytest.fixture
def served(start: Start) -> Served:
    return start()


@pytest.fixture
def client(served: Served, lab: Lab, connect: Connect) -> Client:
    return connect(served.register(lab, "lab"))


@pytest.mark.parametrize("method", ["add", "add_later", "add_at_once"])
def test_arguments_and_results_arrive(client: Client, method: str) -> None:
    assert client.call(method, 2, b=3) == 5


@pytest.mark.parametrize("method", ["fail", "fail_later"])
def test_an_exception_arrives_as_what_it_was(client: Client, method: str) -> None:
    with pytest.raises(ValueError, match="too hot") as caught:
        client.call(method, "too hot")
    assert method in str(pyrox.remote_traceback(caught.value))


def test_attributes_are_read_and_written(client: Client) -> None:
    client.set("level", 7)
    assert client.get("level") == 7


def test_a_mistyped_name_is_met_with_the_right_one(client: Client) -> None:
    with pytest.raises(AttributeError, match="did you mean 'add'"):
        client.call("ad", 1)


@pytest.mark.parametrize("method", ["numbers", "numbers_later"])
def test_a_generators_items_arrive_in_order(client: Client, method: str) -> None:
    assert client.items(method, 10) == list(range(10))


@pytest.mark.parametrize("method", ["numbers", "numbers_later"])
def test_a_consumer_that_stops_closes_the_generator(client: Client, lab: Lab, method: str) -> None:
    assert client.items(method, 1000, most=3) == [0, 1, 2]
    assert lab.closed.wait(PATIENCE)


def test_a_batch_runs_in_order_whatever_its_methods_are(client: Client) -> None:
    assert client.batch(("add", (1, 1)), ("add_later", (1, 2)), ("add", (2, 2))) == [2, 3, 4]


def test_a_batch_ends_where_a_call_fails(client: Client, lab: Lab) -> None:
    with pytest.raises(ValueError, match="too cold"):
        client.batch(("add", (1, 1)), ("fail_later", ("too cold",)), ("note", (1,)))
    assert lab.noted == []


@pytest.mark.parametrize("method", ["note", "note_later"])
def test_a_oneway_call_runs(client: Client, lab: Lab, method: str) -> None:
    assert client.call(method, "done") is None
    eventually(lambda: lab.noted == ["done"])


def test_large_values_travel_both_ways(client: Client) -> None:
    data = bytes(range(256)) * 12_000
    assert bytes(client.call("echo", data)) == data


def test_many_calls_at_once_get_their_own_answers(client: Client) -> None:
    asked = [(method, (n, 0)) for n in range(40) for method in ("add", "add_later", "add_at_once")]
    assert client.together(*asked) == [args[0] for _, args in asked]


@pytest.mark.parametrize("method", ["about_the_call", "about_the_call_later"])
def test_annotations_the_id_and_the_time_left_travel_with_a_call(
    served: Served, lab: Lab, connect: Connect, method: str
) -> None:
    client = connect(served.register(lab, "lab"), timeout=30.0)
    wanted = pyrox.current_context.correlation_id
    with pyrox.call_options(annotations={"ABCD": b"here"}):
        context = contextvars.copy_context()
    told = context.run(client.call, method)
    assert told["annotations"].get("ABCD") == b"here"
    assert told["in time"]
    assert wanted is None


@pytest.mark.parametrize("method", ["wait", "wait_later"])
def test_after_a_timeout_the_proxy_is_of_use_again(
    served: Served, lab: Lab, connect: Connect, method: str, server: str
) -> None:
    client = connect(served.register(lab, "lab"))
    client.call("add", 1, 1)
    client.proxy._pyro.timeout = 0.1
    with pytest.raises(pyrox.TimeoutError):
        client.call(method, 1)
    lab.gate.set()
    client.proxy._pyro.timeout = PATIENCE
    assert client.call("add", 2, 2) == 4


@pytest.mark.parametrize("method", ["wait", "wait_later"])
def test_a_slow_call_holds_up_no_quick_one_on_its_connection(
    client: Client, lab: Lab, served: Served, server: str, method: str
) -> None:
    if server == "multiplex":
        pytest.skip("it runs one call at a time")
    slow = client.begin(method, "slow")
    assert lab.entered.wait(PATIENCE)
    assert [client.call("add", number, 1) for number in range(5)] == [1, 2, 3, 4, 5]
    assert not slow.done()
    lab.gate.set()
    assert slow.result(PATIENCE) == "slow"
    assert served.daemon.connections == 1


@pytest.mark.parametrize("method", ["work", "work_later"])
def test_a_call_whose_time_is_over_is_cancelled_and_leaves_its_connection(
    client: Client, lab: Lab, server: str, method: str
) -> None:
    client.call("add", 1, 1)
    before = client.proxy._pyro._connection
    client.proxy._pyro.timeout = 0.2
    with pytest.raises(pyrox.TimeoutError):
        client.call(method)
    assert lab.unwanted.wait(PATIENCE)
    lab.gate.set()
    client.proxy._pyro.timeout = PATIENCE
    assert client.call("add", 2, 2) == 4
    assert client.proxy._pyro._connection is before


@pytest.mark.parametrize("method", ["wait", "wait_later"])
def test_a_daemon_that_shuts_down_lets_calls_finish(
    served: Served, client: Client, lab: Lab, method: str
) -> None:
    call = client.begin(method, "finished")
    assert lab.entered.wait(PATIENCE)
    stopping = threading.Thread(target=served.shutdown)
    stopping.start()
    time.sleep(0.01)  # it has begun to stop, or has not: the call is finished either way
    lab.gate.set()
    assert call.result(PATIENCE) == "finished"
    stopping.join(PATIENCE)


def test_a_registered_object_arrives_as_a_proxy_of_the_clients_own_kind(
    client: Client, lab: Lab
) -> None:
    proxy = client.call("self_reference")
    assert type(proxy) is type(client.proxy)
    assert proxy._pyro.uri.object == "lab"


def test_a_proxy_connects_again_after_its_connection_was_lost(
    served: Served, client: Client
) -> None:
    assert client.call("add", 1, 1) == 2
    client.proxy._pyro._connection.stream.interrupt() if hasattr(
        client.proxy._pyro._connection, "stream"
    ) else client.proxy._pyro._connection._stream.interrupt()
    time.sleep(0.05)  # by then it is known here that it has ended
    assert client.call("add", 1, 2) == 3
