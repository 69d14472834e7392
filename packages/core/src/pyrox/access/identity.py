"""Who a peer is, and what vouches for that."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["ANONYMOUS", "Credentials", "Identity", "from_certificate", "from_credentials"]

ANONYMOUS = "anonymous"
"""What a peer is called that did not prove who it is."""


class Credentials(NamedTuple):
    """Who runs a program of this machine: the ids of its user, group and process."""

    uid: int
    gid: int
    pid: int


class Identity(NamedTuple):
    """Somebody who proved who they are.

    ``source`` says what vouches for the ``name``: ``tls`` for the common name in a verified
    certificate, ``unix`` for the operating system's user, ``token`` for a shared secret, or what a
    plugin that authenticates calls it. ``roles`` are what :func:`pyrox.expose` may require and a
    policy may allow.
    """

    name: str
    source: str
    roles: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"


def from_certificate(certificate: Mapping[str, Any]) -> Identity:
    """Return whom a verified certificate is for: its common name, else all of its subject."""
    subject = [pair for group in certificate.get("subject", ()) for pair in group]
    names = [value for key, value in subject if key == "commonName"]
    name = names[0] if names else ",".join(f"{key}={value}" for key, value in subject)
    return Identity(_printable(name), "tls")


def from_credentials(credentials: Credentials) -> Identity:
    """Return the user who runs a program of this machine, by name if the user has one."""
    return Identity(_user_name(credentials.uid), "unix")


def _user_name(uid: int) -> str:
    if sys.platform != "win32":
        import pwd  # by who needs it: not every Python has it

        try:
            return _printable(pwd.getpwuid(uid).pw_name)
        except KeyError:
            pass
    return str(uid)


def _printable(name: str) -> str:
    """Return a name that cannot pass for something else in a log."""
    return name if name.isprintable() else ascii(name)
