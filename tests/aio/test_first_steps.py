"""What a coroutine method finds in its first step, which it takes before it has its own task."""

import asyncio
import contextvars
import sys
from collections.abc import Callable
from typing import Any

import pytest

import pyrox
import pyrox.aio
from pyrox.aio.eager import Starter
from tests.aio.conftest import Serve

COLOUR: contextvars.ContextVar[str] = contextvars.ContextVar("COLOUR", default="none")


@pyrox.expose
class Method:
    """Runs what a test wants run; ``seen`` is for what that leaves."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self.seen: list[Any] = []

    async def run(self) -> Any:
        return await self._work()


async def test_the_task_is_the_same_before_and_after_the_first_wait(serve: Serve) -> None:
    async def work() -> bool:
        before = asyncio.current_task()
        await asyncio.sleep(0)
        assert before in asyncio.all_tasks()
        return before is not None and before is asyncio.current_task()

    assert await (await serve(Method(work))).run()


async def test_context_variables_do_not_leak_from_call_to_call(serve: Serve) -> None:
    async def work() -> list[str]:
        found = [COLOUR.get()]
        COLOUR.set("red")
        found.append(COLOUR.get())
        return found

    proxy = await serve(Method(work))
    assert await asyncio.gather(*(proxy.run() for _ in range(5))) == [["none", "red"]] * 5


async def test_context_variables_are_kept_over_a_wait(serve: Serve) -> None:
    async def work() -> str:
        COLOUR.set("red")
        await asyncio.sleep(0)
        inner = asyncio.create_task(asyncio.sleep(0, COLOUR.get()))
        return f"{COLOUR.get()} {await inner} {pyrox.current_context.call.method}"

    assert await (await serve(Method(work))).run() == "red red run"


if sys.version_info >= (3, 11):

    async def test_a_timeout_that_begins_in_the_first_step_ends_the_wait(serve: Serve) -> None:
        async def work() -> str:
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.Event().wait()
            except TimeoutError:
                return "over"
            return "not over"

        assert await (await serve(Method(work))).run() == "over"

    async def test_a_task_group_that_begins_in_the_first_step_is_cancelled_by_its_failure(
        serve: Serve,
    ) -> None:
        async def fail() -> None:
            raise ValueError("no")

        async def work() -> str:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(fail())
                    await asyncio.Event().wait()
            except Exception as failed:
                return type(failed).__name__
            return "not failed"

        assert await (await serve(Method(work))).run() == "ExceptionGroup"


async def test_a_method_that_cancels_itself_spoils_no_call_after_it(serve: Serve) -> None:
    async def work() -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return "done all the same"

    method = Method(work)
    proxy = await serve(method)
    assert await proxy.run() == "done all the same"

    async def wait() -> str:
        await asyncio.sleep(0)
        return "waited"

    method._work = wait
    assert await asyncio.gather(*(proxy.run() for _ in range(3))) == ["waited"] * 3


async def test_a_method_that_waits_after_it_cancelled_itself_is_cancelled(serve: Serve) -> None:
    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(30)

    with pytest.raises(pyrox.DaemonError, match="cancelled"):
        await (await serve(Method(work))).run()


async def test_what_a_method_waits_for_is_cancelled_with_it(serve: Serve) -> None:
    method = Method(lambda: asyncio.sleep(0))
    cancelled = asyncio.Event()
    waiting = asyncio.Event()

    async def inner() -> None:
        waiting.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def work() -> None:
        await asyncio.create_task(inner())

    method._work = work
    proxy = await serve(method)
    call = asyncio.create_task(proxy.run())
    await asyncio.wait_for(waiting.wait(), 30)
    call.cancel()
    await asyncio.wait_for(cancelled.wait(), 30)


async def test_no_task_is_seen_where_no_method_waits(serve: Serve) -> None:
    async def work() -> int:
        return len(asyncio.all_tasks())

    proxy = await serve(Method(work))
    assert await proxy.run() == await proxy.run() == 1  # that of this test


# The starter itself


def outside_of_tasks(function: Callable[[], Any]) -> "asyncio.Future[Any]":
    """Call a function as the event loop's own callback."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def call() -> None:
        try:
            result.set_result(function())
        except StopIteration as over:
            result.set_result((over.value,))
        except BaseException as error:
            result.set_exception(error)

    loop.call_soon(call)
    return result


async def value_of(value: Any, *waits: Any) -> Any:
    for wait in waits:
        await wait
    return value


def starter() -> tuple[Starter, contextvars.Context]:
    return Starter(asyncio.get_running_loop()), contextvars.copy_context()


async def test_work_that_does_not_wait_is_over_at_once() -> None:
    begin, context = starter()
    assert await outside_of_tasks(lambda: begin.start(value_of(7), context)) == (7,)


async def test_work_that_waits_goes_on_in_a_task() -> None:
    begin, context = starter()
    event = asyncio.Event()
    task = await outside_of_tasks(lambda: begin.start(value_of(7, event.wait()), context))
    assert not task.done()
    event.set()
    assert await task == 7


async def test_work_that_is_started_from_a_task_takes_its_first_step_later() -> None:
    begin, context = starter()
    task = begin.start(value_of(7), context)
    assert await task == 7


async def test_what_work_raises_at_once_is_raised() -> None:
    begin, context = starter()

    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await outside_of_tasks(lambda: begin.start(fail(), context))


async def test_a_task_that_is_cancelled_before_it_goes_on_cancels_what_its_work_waits_for() -> None:
    begin, context = starter()
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start_and_cancel() -> Any:
        task = begin.start(value_of(7, future), context)
        task.cancel()
        return task

    task = await outside_of_tasks(start_and_cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert future.cancelled()


async def test_one_task_stands_ready_for_all_work_that_does_not_wait() -> None:
    begin, context = starter()
    tasks = []

    async def note() -> None:
        tasks.append(asyncio.current_task())

    for _ in range(5):
        await outside_of_tasks(lambda: begin.start(note(), context))
        await asyncio.sleep(0)
    assert len(set(tasks)) == 1
