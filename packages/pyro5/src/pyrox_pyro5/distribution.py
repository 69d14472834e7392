"""Pyro5 as an installed distribution, for programs that look at what is installed."""

from __future__ import annotations

import os
from importlib.metadata import Distribution
from typing import Any

from . import __version__

__all__ = ["Pyro5Distribution"]


class Pyro5Distribution(Distribution):
    """Says that Pyro5 is there, in the version that this package stands in for."""

    def read_text(self, filename: str) -> str | None:
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: Pyro5\nVersion: {__version__}\n"

    def locate_file(self, path: str | os.PathLike[str]) -> Any:
        raise FileNotFoundError(f"{os.fspath(path)}: Pyro5 is pyrox-pyro5 here")
