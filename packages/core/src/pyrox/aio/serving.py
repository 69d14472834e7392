"""Serving a few objects in one line, under asyncio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .daemon import Daemon
from .proxy import locate_ns

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

    With ``use_ns`` the names are registered with the name server; without, they are object ids.
    """
    async with daemon or Daemon(location) as serving_daemon:
        ns = await locate_ns() if use_ns else None
        for target, name in objects.items():
            uri = serving_daemon.register(target, None if use_ns else name)
            if ns is not None and name:
                await ns.register(name, str(uri))
            if verbose:
                print(f"Object {target!r}:\n    uri = {uri}")
                if ns is not None and name:
                    print(f"    name = {name}")
        if ns is not None:
            await ns._pyro.release()
        if verbose:
            print("Pyro daemon running.", flush=True)
        await serving_daemon.serve_forever()
