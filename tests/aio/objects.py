"""What the tests of asyncio's own serve, and how they wait."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pyrox
from tests.behaviour.objects import PATIENCE


async def eventually(condition: Callable[[], Any], what: str = "it did not happen") -> None:
    """Wait until ``condition`` holds."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + PATIENCE
    while not condition():
        assert loop.time() < ends, what
        await asyncio.sleep(0.002)


@pyrox.expose
class Workshop:
    """Keeps calls inside until they are let go, and remembers what became of them."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = 0
        self.inside = 0
        self.most = 0
        self.cancelled: list[Any] = []
        self.executed: list[Any] = []
        self.thread_gate = threading.Event()
        self.wanted: list[bool] = []

    async def work(self, value: Any = None) -> Any:
        self.begun += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(value)
            raise
        finally:
            self.inside -= 1
        self.executed.append(value)
        return value

    def work_in_a_thread(self, value: Any = None) -> Any:
        self.inside += 1
        self.most = max(self.most, self.inside)
        context = pyrox.current_context.call
        ends = threading.Event()
        while not self.thread_gate.is_set() and context.is_wanted:
            ends.wait(0.002)
        self.inside -= 1
        self.wanted.append(context.is_wanted)
        return value

    async def echo(self, value: Any) -> Any:
        return value

    async def make(self, size: int) -> bytes:
        return b"m" * size

    @pyrox.expose(inline=True)
    def thread(self) -> int:
        return threading.get_ident()

    def another_thread(self) -> int:
        return threading.get_ident()

    async def endless(self) -> AsyncIterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    async def make_text(self, size: int) -> str:
        return "m" * size

    async def time_left(self) -> float | None:
        return pyrox.current_context.time_left
