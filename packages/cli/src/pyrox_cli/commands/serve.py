"""``pyrox serve``: the classes and objects of a module, served as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyrox import Daemon, UsageError

from ..output import note
from ..signals import stop_requested
from ..targets import Target, load_target

__all__ = ["serve"]


def serve(
    targets: tuple[str, ...],
    name: tuple[str, ...] = (),
    id: tuple[str, ...] = (),
    metadata: tuple[str, ...] = (),
    listen: tuple[str, ...] = (),
    server: str | None = None,
    mode: str | None = None,
    expose: bool = False,
) -> Iterator[str]:
    """Serve ``targets`` until interrupted; yields the URI of each, at each place."""
    _check_count("--name", name, targets)
    _check_count("--id", id, targets)
    if metadata and not name:
        raise UsageError("--metadata are tags of a name: give --name, too")
    loaded = [load_target(text, mode=mode, expose=expose) for text in targets]
    try:
        with Daemon(listen or None, server=server) as daemon:
            for target, object_id in zip(loaded, _ids(id, loaded), strict=True):
                daemon.register(target.value, object_id)
            uris = [uri for target in loaded for uri in daemon.uris_for(target.value)]
            for target, published in zip(loaded, name, strict=False):
                daemon.publish(target.value, published, metadata)
            yield from map(str, uris)
            note("serving; ctrl-C stops")
            daemon.serve_forever(lambda: not stop_requested())
    except KeyboardInterrupt:
        pass  # the way to stop a server


def _ids(ids: tuple[str, ...], targets: list[Target]) -> list[str | None]:
    return list(ids) if ids else [None] * len(targets)


def _check_count(option: str, values: tuple[str, ...], targets: tuple[Any, ...]) -> None:
    if values and len(values) != len(targets):
        raise UsageError(
            f"{option} is given {len(values)} times for {len(targets)} targets; "
            "give it once for each, in the same order"
        )
