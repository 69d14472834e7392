"""Keeping published names under asyncio, in a task."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Any

from ..contracts.converters import Converters
from ..contracts.flow import Flow
from ..logic.publishing import PATIENCE, Publications
from ..plugins import Plugins
from ..values.config import Config
from ..values.uri import URI
from .flow import run_flow

__all__ = ["Publisher"]


class Publisher:
    """Publishes names for a daemon, and looks after them until it is stopped."""

    def __init__(self, config: Config, converters: Converters, plugins: Plugins) -> None:
        self._config, self._converters, self._plugins = config, converters, plugins
        # The daemon's end waits for what goes on then.
        self._hurried = config.replace(connect_timeout=PATIENCE)
        self._names = Publications(config, plugins)
        self._task: asyncio.Task[None] | None = None

    async def publish(
        self, name: str, locate: Callable[[], URI], metadata: Iterable[str] | None
    ) -> None:
        """Register a name for what ``locate`` returns, and keep it; NamingError if that fails."""
        await self._run(self._names.publish(name, locate, metadata), self._config)
        if self._task is None and self._config.ns_refresh:
            self._task = asyncio.get_running_loop().create_task(self._look_after_names())

    async def stop(self) -> None:
        """Remove the names that are still ours, and end."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._names:
            await self._run(self._names.withdraw(), self._hurried)

    async def _look_after_names(self) -> None:
        while True:
            await asyncio.sleep(self._config.ns_refresh)
            await self._run(self._names.keep(), self._hurried)

    async def _run(self, flow: Flow[Any], config: Config) -> None:
        await run_flow(flow, config, self._converters, self._plugins)
