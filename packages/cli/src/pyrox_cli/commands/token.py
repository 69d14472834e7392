"""``pyrox token``: makes a secret for a client and a daemon to share."""

from __future__ import annotations

import secrets

from pyrox import Token, UsageError

__all__ = ["make_token"]


def make_token(name: str) -> str:
    """Return a new token for a client of this name; ConfigError where it cannot be one."""
    if ":" in name:
        raise UsageError(f"the name of a token has no colon in it: {name!r}")
    token = f"{name}:{secrets.token_urlsafe(32)}"
    Token.read(token, "the new one")
    return token
