"""Serving a few objects in one line, under asyncio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .daemon import Daemon

__all__ = ["serve"]


async def serve(
    objects: Mapping[Any, str | None],
    location: str = "",
    *,
    daemon: Daemon | None = None,
    use_ns: bool = True,
    verbose: bool = True,
) -> None:
    """Serve ``objects`` (object or class -> name, or None) until the task is cancelled.

    With ``use_ns`` the names are published at the name server; without, they are object ids.
    """
    async with daemon or Daemon(location) as serving_daemon:
        for target, name in objects.items():
            if use_ns and name:
                uri = await serving_daemon.publish(target, name)
            else:
                uri = serving_daemon.register(target, name)
            if verbose:
                print(f"Object {target!r}:\n    uri = {uri}")
                if use_ns and name:
                    print(f"    name = {name}")
        if verbose:
            print("Pyro daemon running.", flush=True)
        await serving_daemon.serve_forever()
