"""Names at the name server that last as long as a server runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyrox import URI, PyroxError, locate_ns

__all__ = ["registered"]

log = logging.getLogger("pyrox.cli")


@contextmanager
def registered(names: Mapping[str, URI]) -> Iterator[None]:
    """Register ``names`` for the time of the block; without any, no name server is needed."""
    if not names:
        yield
        return
    with locate_ns() as name_server:
        for name, uri in names.items():
            name_server.register(name, uri)
    try:
        yield
    finally:
        _remove(names)


def _remove(names: Mapping[str, URI]) -> None:
    try:
        with locate_ns() as name_server:
            for name, uri in names.items():
                if name_server.lookup(name) == uri:  # else it is somebody else's by now
                    name_server.remove(name)
    except (PyroxError, OSError) as error:
        log.warning("cannot remove %s from the name server: %s", ", ".join(names), error)
