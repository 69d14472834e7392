"""Serving a few objects in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .daemon import Daemon

__all__ = ["serve"]


def serve(
    objects: Mapping[Any, str | None],
    location: str = "",
    *,
    daemon: Daemon | None = None,
    use_ns: bool = True,
    verbose: bool = True,
) -> None:
    """Serve ``objects`` (object or class -> name, or None) until interrupted.

    With ``use_ns`` the names are published at the name server; without, they are object ids.
    """
    with daemon or Daemon(location) as serving_daemon:
        for target, name in objects.items():
            if use_ns and name:
                uri = serving_daemon.publish(target, name)
            else:
                uri = serving_daemon.register(target, name)
            if verbose:
                print(f"Object {target!r}:\n    uri = {uri}")
                if use_ns and name:
                    print(f"    name = {name}")
        if verbose:
            print("Pyro daemon running.", flush=True)
        serving_daemon.serve_forever()
