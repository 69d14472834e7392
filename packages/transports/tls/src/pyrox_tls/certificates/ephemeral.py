"""A certificate for daemons that have none: it signs itself, and lasts as long as the process."""

from __future__ import annotations

import functools
import os
import ssl
import tempfile
from pathlib import Path

__all__ = ["certificate", "load_into"]

_DAYS = 3650


def certificate() -> str:
    """Return the certificate of this process in PEM form, and behind it its key."""
    return _made(os.getpid())


def load_into(context: ssl.SSLContext) -> None:
    """Let the daemons with this context use it."""
    # Python reads certificates from files only; this one is in a folder for its owner alone.
    with tempfile.TemporaryDirectory(prefix="pyrox-") as folder:
        file = Path(folder, "daemon.pem")
        file.write_text(certificate(), encoding="ascii")
        context.load_cert_chain(file)


@functools.cache
def _made(pid: int) -> str:
    from .authority import self_signed  # by who needs it: it takes a while

    return self_signed("pyrox daemon", _DAYS)
