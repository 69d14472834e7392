"""An asyncio proxy's connection: made once for all tasks, in one loop, and made again."""

import asyncio
import gc
import os
import socket
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Iterator

import pytest

import pyrox
import pyrox.aio
from tests.aio.conftest import Serve
from tests.aio.objects import Workshop, eventually
from tests.behaviour.objects import PATIENCE, Calculator


async def test_tasks_that_come_at_once_make_one_connection(serve: Serve) -> None:
    proxy = await serve(Workshop())
    await asyncio.gather(*(proxy.echo(n) for n in range(20)))
    daemon_object = pyrox.aio.Proxy(str(proxy._pyro.uri).replace("target", "Pyro.Daemon"))
    async with daemon_object:
        assert "2 objects" in await daemon_object.info()


async def test_a_refused_connection_says_what_to_look_at() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(pyrox.ConnectError, match=r"nothing listens there.*check the port"):
        await pyrox.aio.connect(f"PYRO:x@127.0.0.1:{port}")


async def test_a_peer_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"PYRO:x@127.0.0.1:{silent.getsockname()[1]}"
        config = pyrox.Config(connect_timeout=0.1)
        with pytest.raises(pyrox.TimeoutError, match="no answer to the handshake") as caught:
            await pyrox.aio.connect(uri, config=config)
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT


async def test_an_object_that_is_not_there_is_a_connect_error(serve: Serve) -> None:
    proxy = await serve(Workshop())
    with pytest.raises(pyrox.ConnectError, match="did you mean 'target'"):
        await pyrox.aio.connect(str(proxy._pyro.uri).replace("target", "tarjet"))


async def test_a_host_is_tried_at_its_next_address_when_the_first_does_not_answer(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await serve(Workshop())
    _, port = pyrox.split_host_port(proxy._pyro.uri.location or "")
    full = socket.socket()  # where connecting takes for ever: its queue is full
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = []
    for _ in range(3):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
        fillers.append(filler)
    stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")

    async def addresses(*_: object, **__: object) -> list[object]:
        return [(*stream, full.getsockname()), (*stream, ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses, raising=False)
    try:
        async with await pyrox.aio.connect(f"PYRO:target@two-addresses:{port}") as other:
            assert await other.echo(1) == 1
    finally:
        for sock in [full, *fillers]:
            sock.close()


@pytest.mark.parametrize("end", ["shutdown", "close", "drain"])
async def test_a_daemon_that_never_served_ends_like_any_other(end: str) -> None:
    daemon = pyrox.aio.Daemon()
    uri = daemon.register(Calculator(), "calculator")
    await getattr(daemon, end)(*([0.01] if end == "drain" else []))
    assert daemon.is_closed
    with pytest.raises(pyrox.ConnectError):
        await pyrox.aio.connect(uri)


async def test_a_proxy_connects_again_when_the_daemon_is_back() -> None:
    daemon = pyrox.aio.Daemon().start()
    uri = daemon.register(Workshop(), "target")
    async with pyrox.aio.Proxy(uri) as proxy:
        await proxy.echo(1)
        await daemon.shutdown()
        async with pyrox.aio.Daemon(daemon.location) as again:
            again.register(Workshop(), "target")
            assert await proxy.echo(2) == 2


async def test_a_lost_connection_fails_the_calls_on_it_as_unknown(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    calls = [asyncio.create_task(proxy.work(n)) for n in range(3)]
    await eventually(lambda: workshop.inside == 3)
    connection = proxy._pyro._connection
    assert connection is not None
    connection.stream.interrupt()
    for call in calls:
        with pytest.raises(pyrox.ConnectionClosedError) as caught:
            await call
        assert caught.value.outcome is pyrox.Outcome.UNKNOWN
    workshop.gate.set()
    assert await proxy.echo(1) == 1


async def test_releasing_a_proxy_fails_the_calls_that_are_on_their_way(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    call = asyncio.create_task(proxy.work())
    await eventually(lambda: workshop.inside == 1)
    await proxy._pyro.release()
    with pytest.raises(pyrox.ConnectionClosedError, match="released while the call"):
        await call
    workshop.gate.set()


def test_a_proxy_may_be_used_in_one_loop_after_another() -> None:
    with pyrox.Daemon().start() as daemon:
        proxy = pyrox.aio.Proxy(daemon.register(Calculator(), "calculator"))

        async def use() -> int:
            return int(await proxy.add(1, 2))

        assert asyncio.run(use()) == 3
        assert asyncio.run(use()) == 3

        async def release() -> None:
            await proxy._pyro.release()

        asyncio.run(release())


def test_a_proxy_that_is_forgotten_closes_its_connection() -> None:
    with pyrox.Daemon().start() as daemon:
        uri = daemon.register(Calculator(), "calculator")

        async def use() -> None:
            proxy = pyrox.aio.Proxy(uri)
            await proxy.add(1, 2)
            gone = weakref.ref(proxy)
            del proxy
            gc.collect()
            assert gone() is None
            await eventually(lambda: daemon.connections == 0)

        asyncio.run(use())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_leaves_the_parents_connection_alone() -> None:
    with pyrox.Daemon().start() as daemon:
        proxy = pyrox.aio.Proxy(daemon.register(Calculator(), "calculator"))

        async def use() -> int:
            return int(await proxy.add(1, 2))

        async def use_around_a_fork() -> int:
            await proxy.add(0, 0)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    thread = threading.Thread(target=lambda: results.append(asyncio.run(use())))
                    results: list[int] = []
                    thread.start()
                    thread.join(PATIENCE)
                    status = 0 if results == [3] else 2
                finally:
                    os._exit(status)
            loop = asyncio.get_running_loop()
            _, status = await loop.run_in_executor(None, os.waitpid, child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            return int(await proxy.add(2, 2))

        assert asyncio.run(use_around_a_fork()) == 4


# A Pyro 5 peer does one call at a time


@pytest.fixture
def blocking_daemon() -> Iterator[pyrox.Daemon]:
    class OneByOne(pyrox.Daemon):
        capabilities = frozenset({"deadline"})

    with OneByOne().start() as daemon:
        yield daemon


async def test_where_the_peer_takes_one_call_at_a_time_they_queue_in_order(
    blocking_daemon: pyrox.Daemon,
) -> None:
    calculator = Calculator()
    async with pyrox.aio.Proxy(blocking_daemon.register(calculator, "calculator")) as proxy:
        await asyncio.gather(*(proxy.note(0), *(proxy.echo(n) for n in range(20))))
        assert calculator.calls.count("echo") == 20
        assert "mux" not in proxy._pyro.peer.capabilities  # type: ignore[union-attr]


async def test_a_call_that_waits_too_long_for_its_turn_was_not_sent(
    blocking_daemon: pyrox.Daemon,
) -> None:
    gate = threading.Event()

    @pyrox.expose
    class Slow:
        def wait(self) -> None:
            gate.wait(PATIENCE)

        def quick(self) -> int:
            return 1

    async with pyrox.aio.Proxy(blocking_daemon.register(Slow(), "slow")) as proxy:
        slow = asyncio.create_task(proxy.wait())
        await asyncio.sleep(0.02)
        with pyrox.timeout(0.05), pytest.raises(pyrox.TimeoutError) as caught:
            await proxy.quick()
        assert caught.value.outcome is pyrox.Outcome.NOT_SENT
        gate.set()
        await slow
        assert await proxy.quick() == 1


async def test_after_a_cancelled_call_the_proxy_is_of_use_with_such_a_peer(
    blocking_daemon: pyrox.Daemon,
) -> None:
    gate = threading.Event()

    @pyrox.expose
    class Slow:
        def wait(self) -> None:
            gate.wait(PATIENCE)

        def quick(self) -> int:
            return 1

    async with pyrox.aio.Proxy(blocking_daemon.register(Slow(), "slow")) as proxy:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(proxy.wait(), 0.05)
        assert await proxy.quick() == 1
        gate.set()


# The name server


@pytest.fixture
async def name_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, int]]:
    from pyrox_nameserver import start_ns

    with start_ns("localhost:0") as daemon:
        host, port = pyrox.split_host_port(daemon.location)
        assert port is not None
        yield host, port


async def test_names_are_registered_and_found(name_server: tuple[str, int], serve: Serve) -> None:
    host, port = name_server
    target = await serve(Workshop())
    async with await pyrox.aio.locate_ns(host, port) as ns:
        await ns.register("shop.main", str(target._pyro.uri), metadata=["open"])
        assert await ns.count() == 2
    config = pyrox.Config(ns_host=host, ns_port=port)
    async with pyrox.aio.Proxy("PYRONAME:shop.main", config=config) as proxy:
        assert await proxy.echo("found") == "found"
    assert await pyrox.aio.resolve("PYROMETA:open", config=config) == target._pyro.uri
    assert await pyrox.aio.wait_for("shop.main", config=config) == target._pyro.uri


async def test_a_name_that_nobody_registered_is_a_naming_error(
    name_server: tuple[str, int],
) -> None:
    host, port = name_server
    config = pyrox.Config(ns_host=host, ns_port=port)
    with pytest.raises(pyrox.NamingError):
        await pyrox.aio.connect("PYRONAME:nobody", config=config)


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not for Windows")
def test_uvloop_does_as_well() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def use() -> None:
        daemon = pyrox.aio.Daemon()
        async with daemon, pyrox.aio.Proxy(daemon.register(Workshop(), "target")) as proxy:
            assert await asyncio.gather(*(proxy.echo(n) for n in range(50))) == list(range(50))
            assert len(await proxy.make(5_000_000)) == 5_000_000

    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(use())
    finally:
        loop.close()
