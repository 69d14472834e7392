"""What the tests of asyncio's own share: daemons and proxies in the test's own event loop."""

from collections.abc import AsyncIterator
from typing import Any, Protocol

import pytest

import pyrox
import pyrox.aio


class Serve(Protocol):
    async def __call__(self, target: Any, **settings: Any) -> pyrox.aio.Proxy: ...


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve an object in a daemon with these settings; return a proxy for it."""
    daemons: list[pyrox.aio.Daemon] = []
    proxies: list[pyrox.aio.Proxy] = []

    async def serve(target: Any, **settings: Any) -> pyrox.aio.Proxy:
        daemon = pyrox.aio.Daemon(config=pyrox.Config(**settings)).start()
        daemons.append(daemon)
        proxies.append(pyrox.aio.Proxy(daemon.register(target, "target")))
        return proxies[-1]

    yield serve
    for proxy in proxies:
        await proxy._pyro.release()
    for daemon in daemons:
        await daemon.shutdown()
        assert daemon.connections == 0
        assert len(daemon.streams) == 0
