"""Certificates for the scenarios with TLS: an authority of the run's own, in the run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["Certificates", "certificates"]


class Certificates(NamedTuple):
    """Files in PEM form."""

    authority: str
    certificate: str
    key: str


def certificates(folder: str) -> Certificates:
    """Return the files in this folder, made when they are first asked for."""
    from pyrox_tls.certificates.authority import Authority, create_authority

    where = Path(folder)
    if not (where / "localhost.pem").exists():
        create_authority(where, "benchmarks")
        Authority(where).sign_server(["localhost", "127.0.0.1"], 1)
    names = ("ca.pem", "localhost.pem", "localhost-key.pem")
    return Certificates(*(str(where / name) for name in names))
