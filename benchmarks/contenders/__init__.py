"""Who is compared. Each contender is one file and imports its library only when asked to work."""

from __future__ import annotations

import importlib

from .base import Client, Contender

__all__ = ["CONTENDERS", "Client", "Contender", "load"]

CONTENDERS = {
    "floor": "floor",
    "pyro5": "contender_pyro5",
    "pyrox": "contender_pyrox",
    "faces": "contender_faces",
}


def load(name: str) -> Contender:
    """Return the contender called ``name``."""
    contender: Contender = importlib.import_module(f".{CONTENDERS[name]}", __name__).contender
    return contender
