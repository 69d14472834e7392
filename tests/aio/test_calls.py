"""Calls of an asyncio proxy: awaiting, cancelling, and many at once on one connection."""

import asyncio
import threading
import time
from typing import Any

import pytest

import pyrox
import pyrox.aio
from tests.aio.conftest import Serve
from tests.aio.objects import Workshop, eventually


async def test_a_call_can_be_made_a_task_of(serve: Serve) -> None:
    proxy = await serve(Workshop())
    assert await asyncio.create_task(proxy.echo(1)) == 1


async def test_calls_can_be_gathered(serve: Serve) -> None:
    proxy = await serve(Workshop())
    assert await asyncio.gather(*(proxy.echo(n) for n in range(100))) == list(range(100))


async def test_an_attribute_is_awaited_by_its_name(serve: Serve) -> None:
    @pyrox.expose
    class Thermometer:
        @property
        def degrees(self) -> int:
            return 21

    proxy = await serve(Thermometer())
    assert await proxy.degrees == 21


async def test_awaiting_a_method_says_that_it_has_to_be_called(serve: Serve) -> None:
    proxy = await serve(Workshop())
    with pytest.raises(AttributeError, match="is a method: call it"):
        await proxy.echo


async def test_an_assignment_says_how_to_write_an_attribute(serve: Serve) -> None:
    proxy = await serve(Workshop())
    with pytest.raises(AttributeError, match=r"await proxy\._pyro\.set\('degrees', value\)"):
        proxy.degrees = 3


async def test_a_call_that_nobody_awaits_is_warned_of(serve: Serve) -> None:
    proxy = await serve(Workshop())
    await proxy.echo(1)
    with pytest.warns(RuntimeWarning, match="was never awaited"):
        proxy.echo(2)


async def test_items_are_gone_over_as_they_are_called_for(serve: Serve) -> None:
    proxy = await serve(Workshop())
    found = []
    async for number in proxy.endless():
        found.append(number)
        if number == 3:
            break
    assert found == [0, 1, 2, 3]


async def test_a_remote_stopiteration_arrives_as_what_a_coroutine_can_raise(serve: Serve) -> None:
    @pyrox.expose
    class Counter:
        def following(self) -> None:
            raise StopIteration(5)

    proxy = await serve(Counter())
    with pytest.raises(StopAsyncIteration) as caught:
        await proxy.following()
    assert caught.value.args == (5,)


# Many at once


async def test_calls_run_side_by_side_on_one_connection(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    calls = [asyncio.create_task(proxy.work(n)) for n in range(50)]
    await eventually(lambda: workshop.inside == 50)
    workshop.gate.set()
    assert await asyncio.gather(*calls) == list(range(50))


async def test_a_slow_call_does_not_hold_up_a_quick_one(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    slow = [asyncio.create_task(proxy.work()), asyncio.create_task(proxy.work_in_a_thread())]
    await eventually(lambda: workshop.inside == 2)
    assert await proxy.echo("quick") == "quick"
    assert not any(call.done() for call in slow)
    workshop.gate.set()
    workshop.thread_gate.set()
    await asyncio.gather(*slow)


async def test_no_more_calls_are_in_flight_than_allowed(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    proxy._pyro.config = proxy._pyro.config.replace(max_in_flight=5)
    calls = [asyncio.create_task(proxy.work(n)) for n in range(20)]
    await eventually(lambda: workshop.inside == 5)
    workshop.gate.set()
    assert await asyncio.gather(*calls) == list(range(20))
    assert workshop.most == 5


async def test_a_daemon_runs_no_more_calls_of_a_connection_than_it_allows(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop, max_in_flight=5)
    calls = [asyncio.create_task(proxy.work(n)) for n in range(20)]
    await eventually(lambda: workshop.inside == 5)
    workshop.gate.set()
    assert sorted(await asyncio.gather(*calls)) == list(range(20))
    assert workshop.most == 5


async def test_quick_methods_run_in_the_loop_and_others_in_threads(serve: Serve) -> None:
    proxy = await serve(Workshop())
    assert await proxy.thread() == threading.get_ident()
    assert await proxy.another_thread() != threading.get_ident()


async def test_a_plain_method_that_blocks_leaves_the_loop_free(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    call = asyncio.create_task(proxy.work_in_a_thread("done"))
    await eventually(lambda: workshop.inside == 1)
    assert await proxy.echo(1) == 1
    workshop.thread_gate.set()
    assert await call == "done"


async def test_too_many_plain_calls_are_refused_as_not_begun(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop, max_calls=2, max_queued_calls=1)
    calls = [asyncio.create_task(proxy.work_in_a_thread(n)) for n in range(3)]
    await eventually(lambda: workshop.inside == 2)
    with pytest.raises(pyrox.OverloadedError) as caught:
        await proxy.work_in_a_thread("one too many")
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    workshop.thread_gate.set()
    assert await asyncio.gather(*calls) == [0, 1, 2]


async def test_arguments_that_cannot_be_read_cost_no_other_call(serve: Serve) -> None:
    class Stranger:
        pass

    workshop = Workshop()
    proxy = await serve(workshop)
    converters = pyrox.Converters()
    converters.register(Stranger, lambda stranger: {"a": 1})
    async with pyrox.aio.Proxy(proxy._pyro.uri, converters=converters) as shared:
        other = asyncio.create_task(shared.work("wanted"))
        await eventually(lambda: workshop.inside == 1)
        with pytest.raises(pyrox.PyroxError, match="Stranger"):
            await shared.echo(Stranger())
        workshop.gate.set()
        assert await other == "wanted"


async def test_a_call_whose_time_is_over_before_it_begins_is_not_sent(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    await proxy.echo(1)
    with pyrox.timeout(0.0), pytest.raises(pyrox.TimeoutError) as caught:
        await proxy.work()
    assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    assert workshop.most == 0


# Giving up


async def test_a_cancelled_call_is_cancelled_at_the_daemon(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    call = asyncio.create_task(proxy.work("unwanted"))
    await eventually(lambda: workshop.inside == 1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await eventually(lambda: workshop.cancelled == ["unwanted"])


async def test_the_calls_of_a_client_that_is_gone_are_cancelled(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    calls = [asyncio.create_task(proxy.work("task")), asyncio.create_task(proxy.work_in_a_thread())]
    await eventually(lambda: workshop.inside == 2)
    connection = proxy._pyro._connection
    assert connection is not None
    connection.stream.interrupt()
    await asyncio.wait(calls)
    await eventually(lambda: workshop.cancelled == ["task"])
    await eventually(lambda: workshop.wanted == [False])


async def test_a_cancelled_call_leaves_the_connection_to_the_others(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    await proxy._pyro.bind()
    connection = proxy._pyro._connection
    other = asyncio.create_task(proxy.work("wanted"))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(proxy.work("unwanted"), 0.05)
    workshop.gate.set()
    assert await other == "wanted"
    assert await proxy.echo(1) == 1
    assert proxy._pyro._connection is connection


async def test_a_method_in_a_thread_is_told_that_it_is_not_wanted(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    call = asyncio.create_task(proxy.work_in_a_thread())
    await eventually(lambda: workshop.inside == 1)
    call.cancel()
    await eventually(lambda: workshop.wanted == [False])


async def test_a_call_that_waits_for_its_turn_is_cancelled_there(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop, max_in_flight=1)
    first = asyncio.create_task(proxy.work(1))
    await eventually(lambda: workshop.inside == 1)
    second = asyncio.create_task(proxy.work(2))
    connection = proxy._pyro._connection
    assert connection is not None
    await eventually(lambda: len(connection._in_flight) == 2)
    second.cancel()
    await eventually(lambda: len(connection._in_flight) == 1)  # the daemon has answered
    workshop.gate.set()
    assert await first == 1
    assert await proxy.work(3) == 3
    assert workshop.executed == [1, 3]


async def test_a_call_that_was_cancelled_at_once_gives_its_number_back(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    await proxy._pyro.bind()
    for _ in range(50):
        call = asyncio.create_task(proxy.work())
        await asyncio.sleep(0)
        call.cancel()
    connection = proxy._pyro._connection
    assert connection is not None
    await eventually(lambda: not connection._in_flight)
    assert await proxy.echo(1) == 1


async def test_a_call_whose_time_is_over_is_cancelled_at_the_daemon(serve: Serve) -> None:
    workshop = Workshop()
    proxy = await serve(workshop)
    await proxy._pyro.bind()
    proxy._pyro.timeout = 0.05
    while not workshop.begun:  # on a busy machine the time may be over before it gets there
        with pytest.raises(pyrox.TimeoutError):
            await proxy.work("too long")
    await eventually(lambda: len(workshop.cancelled) == workshop.begun)


async def test_the_time_left_travels_into_nested_calls(serve: Serve) -> None:
    inner = await serve(Workshop())

    @pyrox.expose
    class Outer:
        async def ask(self) -> Any:
            return await inner.time_left()

    outer = await serve(Outer())
    assert await outer.ask() is None
    with pyrox.timeout(30.0):
        left = await outer.ask()
    assert left is not None and 0 < left <= 30.0


async def test_a_block_limits_the_time_of_a_call(serve: Serve) -> None:
    proxy = await serve(Workshop())
    await proxy.echo(0)
    began = time.monotonic()
    with pyrox.timeout(0.05), pytest.raises(pyrox.TimeoutError):
        await proxy.work()
    assert time.monotonic() - began < 30


# Bulk


async def test_writers_wait_for_a_reader_that_is_slow(serve: Serve) -> None:
    proxy = await serve(Workshop())
    data = b"d" * 300_000
    found = await asyncio.gather(*(proxy.echo(data) for _ in range(40)))
    assert all(bytes(value) == data for value in found)


async def test_what_a_method_returns_may_be_large(serve: Serve) -> None:
    proxy = await serve(Workshop())
    assert len(await proxy.make(20_000_000)) == 20_000_000
