"""``proxy._pyro.submit()``: calls that are begun without waiting, and futures of their results."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import Any

import pytest

import pyrox
from pyrox import Config, Outcome, Proxy
from tests.behaviour.objects import eventually
from tests.threaded import ThreadedDaemon, daemon_of_kind


@pyrox.expose
class Workshop:
    def __init__(self) -> None:
        self.working = threading.Event()
        self.go_on = threading.Event()
        self.ticks: list[int] = []
        self._size = 3

    @property
    def size(self) -> int:
        return self._size

    @pyrox.expose(inline=True)
    def echo(self, value: Any) -> Any:
        return value

    def work(self) -> str:
        self.working.set()
        assert self.go_on.wait(30)
        return "done"

    def fail(self, problem: str) -> None:
        raise ValueError(problem)

    def items(self, count: int) -> Iterator[int]:
        yield from range(count)

    @pyrox.oneway
    def tick(self, number: int) -> None:
        self.ticks.append(number)


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    workshop = Workshop()
    yield workshop
    workshop.go_on.set()


@pytest.fixture(params=["thread", "multiplex", "asyncio"])
def daemon(request: pytest.FixtureRequest, workshop: Workshop) -> Iterator[Any]:
    daemon = daemon_of_kind(request.param)
    daemon.register(workshop, "workshop")
    daemon.start()
    yield daemon
    workshop.go_on.set()
    daemon.close()


@pytest.fixture(params=["serpent", "msgpack", "auto"])
def proxy(request: pytest.FixtureRequest, daemon: Any) -> Iterator[Proxy]:
    uri = f"PYRO:workshop@{daemon.location}"
    with Proxy(uri, serializer=request.param, config=Config(max_in_flight=50)) as proxy:
        yield proxy


def submit(proxy: Proxy, method: str, *args: Any, **kwargs: Any) -> Future[Any]:
    future: Future[Any] = proxy._pyro.submit(method, *args, **kwargs)
    return future


def test_many_calls_have_each_their_own_result(proxy: Proxy) -> None:
    futures = [submit(proxy, "echo", number) for number in range(300)]
    assert [future.result(30) for future in futures] == list(range(300))


def test_keywords_travel_too(proxy: Proxy) -> None:
    assert submit(proxy, "echo", value="word").result(30) == "word"


def test_large_values_come_whole(proxy: Proxy) -> None:
    texts = [os.urandom(150_000).hex() for _ in range(4)]
    futures = [submit(proxy, "echo", text) for text in texts]
    assert [future.result(30) for future in futures] == texts


def test_what_the_method_raised_is_raised_where_the_result_is_asked_for(proxy: Proxy) -> None:
    future = submit(proxy, "fail", "no paper")
    with pytest.raises(ValueError, match="no paper"):
        future.result(30)
    assert submit(proxy, "echo", 1).result(30) == 1


def test_an_iterator_is_an_item_stream(proxy: Proxy) -> None:
    assert list(submit(proxy, "items", 3).result(30)) == [0, 1, 2]


def test_a_oneway_call_has_no_result_to_wait_for(proxy: Proxy, workshop: Workshop) -> None:
    assert submit(proxy, "tick", 7).result(30) is None
    eventually(lambda: workshop.ticks == [7])


def test_an_ordinary_call_among_them_gets_its_own_answer(
    proxy: Proxy, workshop: Workshop, daemon: Any
) -> None:
    slow = submit(proxy, "work")
    assert workshop.working.wait(30)
    if isinstance(daemon, ThreadedDaemon):
        assert proxy.echo("quick") == "quick"  # nothing slow holds it up
        assert not slow.done()
    workshop.go_on.set()
    assert proxy.echo("behind") == "behind"
    assert proxy.size == 3
    assert slow.result(30) == "done"


@pytest.mark.parametrize("daemon", ["thread", "asyncio"], indirect=True)
def test_a_slow_one_holds_up_none_that_are_begun_behind_it(
    proxy: Proxy, workshop: Workshop
) -> None:
    slow = submit(proxy, "work")
    assert workshop.working.wait(30)
    for count in (1, 2, 49):  # sent at once, and left to the thread that reads
        futures = [submit(proxy, "echo", number) for number in range(count)]
        assert [future.result(30) for future in futures] == list(range(count))
    assert not slow.done()
    workshop.go_on.set()
    assert slow.result(30) == "done"


def test_a_call_may_be_begun_in_the_callback_of_another(proxy: Proxy) -> None:
    seconds: list[Future[Any]] = []
    begun = threading.Event()

    def go_on(first: Future[Any]) -> None:
        seconds.append(submit(proxy, "echo", first.result() + 1))
        begun.set()

    submit(proxy, "echo", 1).add_done_callback(go_on)
    assert begun.wait(30)
    assert seconds[0].result(30) == 2


def test_callbacks_may_begin_calls_although_there_is_no_room(proxy: Proxy) -> None:
    left = 300
    done = threading.Event()

    def go_on(first: Future[Any]) -> None:
        nonlocal left
        left -= 1
        if left >= 50:
            submit(proxy, "echo", first.result()).add_done_callback(go_on)
        elif not left:
            done.set()

    futures = [submit(proxy, "echo", number) for number in range(50)]
    for future in futures:
        future.add_done_callback(go_on)
    for number in range(50):  # one thread more that wants room
        assert proxy.echo(number) == number
    assert done.wait(30)


def test_once_all_are_answered_the_proxy_calls_by_itself_again(proxy: Proxy) -> None:
    for number in range(20):
        assert submit(proxy, "echo", number).result(30) == number
        assert proxy.echo(-number) == -number
        assert proxy.size == 3


def test_calls_of_several_threads_do_not_mix(proxy: Proxy) -> None:
    wrong: list[Any] = []

    def calls(mark: str) -> None:
        for number in range(60):
            value = f"{mark} {number}"
            got = submit(proxy, "echo", value).result(30) if number % 3 else proxy.echo(value)
            if got != value:
                wrong.append((value, got))

    threads = [threading.Thread(target=calls, args=(mark,)) for mark in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not wrong


def test_its_time_ends_a_call_and_leaves_the_others(proxy: Proxy, workshop: Workshop) -> None:
    with pyrox.timeout(0.2):
        slow = submit(proxy, "work")
    other = submit(proxy, "echo", 1)
    with pytest.raises(pyrox.TimeoutError) as caught:
        slow.result(30)
    assert caught.value.outcome is Outcome.UNKNOWN
    workshop.go_on.set()
    assert other.result(30) == 1
    assert proxy.echo(2) == 2


def test_releasing_the_proxy_fails_what_is_on_its_way(proxy: Proxy, workshop: Workshop) -> None:
    slow = submit(proxy, "work")
    assert workshop.working.wait(30)
    proxy._pyro.release()
    with pytest.raises(pyrox.ConnectionClosedError, match="released while the call"):
        slow.result(30)
    workshop.go_on.set()
    assert proxy.echo(1) == 1


def test_a_lost_connection_fails_them_all_and_the_next_call_makes_a_new_one(
    proxy: Proxy, workshop: Workshop
) -> None:
    futures = [submit(proxy, "work"), submit(proxy, "work")]
    assert workshop.working.wait(30)
    connection = proxy._pyro._connection
    assert connection is not None
    connection._stream.interrupt()
    wait(futures, 30)
    for future in futures:
        assert isinstance(future.exception(0), pyrox.ConnectionClosedError)
    workshop.go_on.set()
    assert proxy.echo(2) == 2
    assert submit(proxy, "echo", 3).result(30) == 3


def test_what_cannot_be_sent_is_raised_at_once(proxy: Proxy) -> None:
    with pytest.raises(pyrox.SerializeError):
        submit(proxy, "echo", object())
    assert submit(proxy, "echo", 1).result(30) == 1


def test_more_than_may_be_on_their_way_wait_for_room(proxy: Proxy, workshop: Workshop) -> None:
    begun = [submit(proxy, "work")]
    assert workshop.working.wait(30)

    def begin_many() -> None:
        begun.extend(submit(proxy, "work") for _ in range(60))

    thread = threading.Thread(target=begin_many, daemon=True)
    thread.start()
    connection = proxy._pyro._connection
    assert connection is not None
    eventually(lambda: len(connection.protocol.in_flight) == 50)
    assert thread.is_alive()
    workshop.go_on.set()
    thread.join(60)
    assert not thread.is_alive()
    assert [future.result(60) for future in begun] == ["done"] * 61


def test_no_thread_is_left_once_the_proxy_is_released(proxy: Proxy) -> None:
    before = set(threading.enumerate())
    submit(proxy, "echo", 1).result(30)
    mine = [thread for thread in threading.enumerate() if thread.name == "pyrox-futures"]
    assert mine
    proxy._pyro.release()
    assert not [thread for thread in mine if thread not in before and thread.is_alive()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_them_to_its_parent(proxy: Proxy, workshop: Workshop) -> None:
    slow = submit(proxy, "work")
    assert workshop.working.wait(30)
    child = os.fork()
    if not child:
        os._exit(proxy._pyro.connected)
    assert os.waitpid(child, 0)[1] == 0
    workshop.go_on.set()
    assert slow.result(30) == "done"
