"""``pytest -p pyrox_pyro5.pytest``: a test suite for Pyro5 runs on pyrox.

Loaded before any conftest.py, and so before anything imports Pyro5. It holds for the Python
programs that tests start, too.
"""

from __future__ import annotations

import pyrox

from . import __version__
from .activate import include_children

__all__ = ["pytest_report_header"]

include_children()


def pytest_report_header() -> str:
    """Say on what the tests run."""
    return f"Pyro5: {__version__} by pyrox {pyrox.__version__}"
