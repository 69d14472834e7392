"""pyrox under asyncio, through its public API, with its defaults."""

from __future__ import annotations

import importlib
from typing import Any

from ...workload import OBJECT_ID
from .base import Announce, AsyncContender, Options

__all__ = ["contender"]


def _served(pyrox: Any, coroutine: bool) -> Any:
    class Inline:
        @pyrox.expose(inline=True)
        def echo(self, value: Any) -> Any:
            return value

    class Coroutine:
        @pyrox.expose
        async def echo(self, value: Any) -> Any:
            return value

    return Coroutine() if coroutine else Inline()


class PyroxAsync:
    """``pyrox.aio``, daemon and proxy."""

    async def serve(self, options: Options, announce: Announce) -> None:
        pyrox, aio = importlib.import_module("pyrox"), importlib.import_module("pyrox.aio")
        daemon = aio.Daemon()
        uri = daemon.register(_served(pyrox, options.get("coroutine", False)), OBJECT_ID)
        daemon.start()
        announce(str(uri))
        await daemon.serve_forever()

    async def connect(self, address: str, options: Options) -> Any:
        return await importlib.import_module("pyrox.aio").connect(address)


contender: AsyncContender = PyroxAsync()
