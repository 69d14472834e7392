"""Remote calls over the transport under asyncio: daemons and proxies in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import pyrox
import pyrox.aio

from ..patience import PATIENCE
from .calling import Calling, Thing

__all__ = ["Awaiting"]

Work = Callable[[pyrox.aio.Proxy], Awaitable[Any]]


@pyrox.expose
class AsyncThing(Thing):
    """What the tests call under asyncio."""

    def __init__(self) -> None:
        super().__init__()
        self.cancelled = asyncio.Event()

    async def wait_for_ever(self) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


class Awaiting(Calling):
    """What asyncio programs do over the transport: connecting does not block, either."""

    @pytest.fixture
    def under_asyncio(
        self, transport: pyrox.Transport, config: pyrox.Config, plugins: pyrox.Plugins
    ) -> Callable[[Work], Any]:
        """Run a coroutine function with a proxy, whose object is served in the same loop."""

        async def run(work: Work) -> Any:
            where = f"{transport.scheme}://{self.location()}"
            daemon = pyrox.aio.Daemon(where, config=config, plugins=plugins)
            async with daemon:
                uri = daemon.register(AsyncThing(), "thing")
                async with pyrox.aio.Proxy(uri, config=config, plugins=plugins) as proxy:
                    return await asyncio.wait_for(work(proxy), PATIENCE)

        return lambda work: asyncio.run(run(work))

    def test_asyncio_calls_are_answered(self, under_asyncio: Callable[[Work], Any]) -> None:
        async def work(proxy: pyrox.aio.Proxy) -> list[Any]:
            return await asyncio.gather(*(proxy.echo(number) for number in range(100)))

        assert under_asyncio(work) == list(range(100))

    def test_asyncio_takes_large_values_both_ways(
        self, under_asyncio: Callable[[Work], Any]
    ) -> None:
        text = "large" * 600_000

        async def work(proxy: pyrox.aio.Proxy) -> bool:
            found = await asyncio.gather(*(proxy.echo(text) for _ in range(3)))
            return found == [text] * 3

        assert under_asyncio(work), "what came back is not what was sent"

    def test_an_asyncio_call_that_is_given_up_leaves_the_connection_to_others(
        self, under_asyncio: Callable[[Work], Any]
    ) -> None:
        async def work(proxy: pyrox.aio.Proxy) -> Any:
            await proxy.echo(0)
            call = asyncio.ensure_future(proxy.wait_for_ever())
            await proxy.echo(1)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return await proxy.echo("goes on")

        assert under_asyncio(work) == "goes on"

    def test_asyncio_is_told_why_it_cannot_connect(
        self, transport: pyrox.Transport, config: pyrox.Config, plugins: pyrox.Plugins
    ) -> None:
        async def work() -> None:
            where = f"{transport.scheme}://{self.location()}"
            daemon = pyrox.aio.Daemon(where, config=config, plugins=plugins).start()
            uri = daemon.register(AsyncThing(), "thing")
            await daemon.close()
            with pytest.raises(pyrox.CommunicationError) as caught:
                await asyncio.wait_for(
                    pyrox.aio.connect(uri, config=config, plugins=plugins), PATIENCE
                )
            assert caught.value.outcome is pyrox.Outcome.NOT_SENT

        asyncio.run(work())
