"""``daemon.drain()``: a daemon leaves, and its clients go elsewhere without an error."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import pyrox
from pyrox import Config, Daemon, Proxy, aio
from pyrox_nameserver import start_ns
from tests.behaviour.objects import eventually
from tests.threaded import ThreadedDaemon


@pyrox.expose
class Worker:
    def __init__(self, name: str) -> None:
        self._name = name
        self.working = threading.Event()
        self.go_on = threading.Event()

    def name(self) -> str:
        return self._name

    def work(self) -> str:
        self.working.set()
        assert self.go_on.wait(30)
        return self._name

    @pyrox.expose(inline=True)
    def quick(self) -> str:
        return self._name

    def names(self) -> Iterator[str]:
        for _ in range(40):
            yield self._name


class Site:
    """Daemons that take over from each other the name ``worker``."""

    def __init__(self, kind: str, config: Config) -> None:
        self._kind = kind
        self.config = config
        self.stack = ExitStack()

    def open(self, name: str) -> tuple[Any, Worker]:
        """Start a daemon that has the name from now on."""
        daemon: Any
        if self._kind == "asyncio":
            daemon = ThreadedDaemon()
        else:
            daemon = Daemon(server=self._kind)
        self.stack.callback(daemon.close)
        worker = Worker(name)
        self.stack.callback(worker.go_on.set)
        uri = daemon.register(worker)
        daemon.start()
        with pyrox.locate_ns(config=self.config) as names:
            names.register("worker", uri)
        return daemon, worker

    def proxy(self, **options: Any) -> Proxy:
        return self.stack.enter_context(Proxy("PYRONAME:worker", config=self.config, **options))


@pytest.fixture
def config() -> Iterator[Config]:
    with start_ns("localhost:0") as daemon:
        host, _, port = daemon.location.rpartition(":")
        yield Config(ns_host=host, ns_port=int(port))


@pytest.fixture(params=["thread", "multiplex", "asyncio"])
def site(request: pytest.FixtureRequest, config: Config) -> Iterator[Site]:
    site = Site(request.param, config)
    with site.stack:
        yield site


@pytest.fixture
def begin() -> Iterator[Callable[..., threading.Thread]]:
    """Do something in a thread, which ends with the test."""
    threads: list[threading.Thread] = []

    def start(function: Callable[..., Any], *args: Any) -> threading.Thread:
        thread = threading.Thread(target=function, args=args, daemon=True)
        thread.start()
        threads.append(thread)
        return thread

    yield start
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def is_refused(place: pyrox.URI | None) -> bool:
    """Tell whether nobody accepts a connection there."""
    assert place is not None
    try:
        with Proxy(place) as other:
            other.name()
    except pyrox.ConnectError:
        return True
    return False


def test_a_quiet_client_goes_elsewhere_with_its_next_call(site: Site) -> None:
    first, _ = site.open("one")
    proxy = site.proxy()
    assert proxy.name() == "one"
    site.open("two")
    first.drain()
    assert proxy.name() == "two"


def test_a_call_that_is_running_is_answered(site: Site, begin: Any) -> None:
    if site._kind == "multiplex":
        pytest.skip("its only thread runs the call, and can tell nobody anything")
    first, worker = site.open("one")
    proxy, answers = site.proxy(), list[str]()
    begin(lambda: answers.append(proxy.work()))
    assert worker.working.wait(30)
    site.open("two")
    drained = begin(first.drain)
    other = site.proxy()
    assert other.name() == "two"
    worker.go_on.set()
    drained.join(30)
    eventually(lambda: answers == ["one"])
    assert proxy.name() == "two"


def test_clients_that_never_rest_see_no_error(site: Site, begin: Any) -> None:
    first, _ = site.open("one")
    seen: list[str] = []
    problems: list[BaseException] = []
    enough = threading.Event()
    began = threading.Barrier(4)

    def call_on_and_on() -> None:
        with Proxy("PYRONAME:worker", config=site.config) as proxy:
            proxy.name()
            began.wait(30)
            while not enough.is_set():
                try:
                    seen.append(proxy.name())
                except BaseException as error:
                    problems.append(error)
                    return

    threads = [begin(call_on_and_on) for _ in range(3)]
    began.wait(30)
    site.open("two")
    first.drain()
    count = len(seen)
    eventually(lambda: len(seen) > count + 30 or bool(problems))
    enough.set()
    for thread in threads:
        thread.join(30)
    assert not problems
    assert seen[-1] == "two"


def test_an_asynchronous_client_finishes_and_goes_elsewhere(site: Site) -> None:
    if site._kind == "multiplex":
        pytest.skip("its only thread runs the call, and can tell nobody anything")
    first, worker = site.open("one")

    async def main() -> None:
        async with aio.Proxy("PYRONAME:worker", config=site.config) as proxy:
            running = asyncio.create_task(proxy.work())
            assert await asyncio.to_thread(worker.working.wait, 30)
            site.open("two")
            draining = asyncio.create_task(asyncio.to_thread(first.drain))
            if site._kind == "asyncio":  # the others answer one call of a connection at a time
                while await proxy.name() != "two":
                    await asyncio.sleep(0.01)
            worker.go_on.set()
            assert await running == "one"
            await draining
            assert await proxy.name() == "two"

    asyncio.run(main())


def test_an_item_stream_is_read_to_its_end(site: Site, begin: Any) -> None:
    first, _ = site.open("one")
    proxy = site.proxy()
    names = proxy.names()
    assert next(names) == "one"
    site.open("two")
    drained = begin(first.drain)
    eventually(lambda: is_refused(proxy._pyro.known_place))
    for name in names:
        assert name == "one"
        drained.join(0.04)  # all of it takes longer than a client without a stream may be quiet
    eventually(lambda: proxy.name() == "two")


def test_an_asynchronous_client_reads_its_stream_to_the_end(site: Site, begin: Any) -> None:
    first, _ = site.open("one")

    async def main() -> None:
        async with aio.Proxy("PYRONAME:worker", config=site.config) as proxy:
            read = list[str]()
            async for name in proxy.names():
                read.append(name)
                if len(read) == 1:
                    site.open("two")
                    begin(first.drain)
                await asyncio.sleep(0.04)
            assert read == ["one"] * 40
            while await proxy.name() != "two":
                await asyncio.sleep(0.01)

    asyncio.run(main())


def test_a_stream_that_nobody_reads_does_not_hold_it_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.sync.daemon.STREAM_GRACE", 0.1)
    monkeypatch.setattr("pyrox.aio.daemon.STREAM_GRACE", 0.1)
    first, _ = site.open("one")
    proxy = site.proxy()
    names = proxy.names()
    assert next(names) == "one"
    site.open("two")
    first.drain(timeout=300)
    assert proxy.name() == "two"


def test_the_time_ends_a_call_that_does_not_end(site: Site, begin: Any) -> None:
    if site._kind == "multiplex":
        pytest.skip("nothing ends a call in its only thread")
    first, worker = site.open("one")
    proxy, problems = site.proxy(), list[BaseException]()

    def call() -> None:
        try:
            proxy.work()
        except pyrox.CommunicationError as error:
            problems.append(error)

    begin(call)
    assert worker.working.wait(30)
    first.config = first.config.replace(shutdown_timeout=0.1)
    first.drain(0.1)
    eventually(lambda: len(problems) == 1)


@pytest.mark.parametrize("kind", ["thread", "multiplex"])
def test_a_method_may_drain_its_own_daemon(kind: str) -> None:
    daemon = Daemon(server=kind)

    @pyrox.expose
    class Switch:
        def off(self) -> str:
            daemon.drain()
            return "going"

    uri = daemon.register(Switch())
    daemon.start()
    with Proxy(uri) as proxy:
        assert proxy.off() == "going"
    eventually(lambda: daemon.is_closed)


def test_nobody_new_is_accepted_meanwhile(site: Site, begin: Any) -> None:
    first, _ = site.open("one")
    proxy = site.proxy()
    proxy.name()
    place = proxy._pyro.known_place
    assert place is not None
    begin(first.drain)
    eventually(lambda: is_refused(place))


def test_a_pyro5_client_is_told_nothing_it_would_not_understand() -> None:
    from pyrox.protocol.connection import ServerConnection

    assert ServerConnection(pyrox.Peer(), 10_000).drain() == ()
