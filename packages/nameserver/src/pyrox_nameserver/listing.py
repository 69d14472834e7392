"""A list of names in the form of Pyro 5's own ``nsc``, which programs may read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["pyro5_listing"]


def pyro5_listing(entries: Mapping[str, Any], title: str = "") -> Iterator[str]:
    """Yield the lines for ``entries``, name to (URI, metadata); ``title`` says which they are."""
    yield f"--------START LIST {title}"
    for name, (uri, metadata) in sorted(entries.items()):
        yield f"{name} --> {uri}"
        if metadata:
            yield f"    metadata: {set(metadata)}"
    yield f"--------END LIST {title}"
