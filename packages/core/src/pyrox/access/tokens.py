"""Proof that two sides know the same secret, which never travels (HMAC, RFC 2104).

In the handshake of a client that has a token:

1. The client's CONNECT carries the annotation ``PYRA``: its nonce, and the token's name.
2. A daemon that knows tokens answers with a CONNECTFAIL that carries a nonce of its own there.
   The connection stays open. (A daemon that knows none passes the annotation over.)
3. The client sends its CONNECT again, and there the HMAC over both nonces, as a client.
4. The daemon's CONNECTOK carries the HMAC over both nonces, as a daemon.

So neither side learns the secret from the other, no proof is of use a second time, and none of
one side's for the other. What travels afterwards is protected by TLS alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..errors import ConfigError, SecurityError

__all__ = ["PROOF_ANNOTATION", "Challenge", "Claim", "Token", "read_tokens"]

PROOF_ANNOTATION = "PYRA"
SHORTEST_SECRET = 16
"""How many characters a secret has at least: whoever listens could try all shorter ones."""
_NONCE_SIZE = 32
_LONGEST_NAME = 200
_CLIENT, _DAEMON = b"client", b"daemon"


class Token(NamedTuple):
    """A secret that a client shares with a daemon, and the client's name to go with it."""

    name: str
    secret: str

    @classmethod
    def read(cls, text: str, setting: str) -> Token:
        """Return the token written as ``NAME:SECRET``; ConfigError where it is none."""
        name, colon, secret = text.partition(":")
        if not (colon and name.strip() == name and name.isprintable() and name):
            raise ConfigError(f"a token in {setting} is NAME:SECRET (make one with: pyrox token)")
        if len(name) > _LONGEST_NAME:
            raise ConfigError(f"the name of a token in {setting} is over {_LONGEST_NAME} long")
        if len(secret) < SHORTEST_SECRET:
            raise ConfigError(
                f"the secret of token {name!r} in {setting} is too easy to find out: it needs "
                f"{SHORTEST_SECRET} characters or more (make one with: pyrox token)"
            )
        return cls(name, secret)


def read_tokens(texts: Iterable[str], setting: str) -> dict[str, Token]:
    """Return tokens by name; ConfigError where one is none, or two have a name in common."""
    tokens: dict[str, Token] = {}
    for text in texts:
        token = Token.read(text, setting)
        if token.name in tokens:
            raise ConfigError(f"two tokens in {setting} are called {token.name!r}")
        tokens[token.name] = token
    return tokens


class Claim:
    """The client's part: it claims to know a token's secret."""

    def __init__(self, token: Token) -> None:
        self._token = token
        self._nonce = _random()
        self._challenge = b""

    @property
    def opening(self) -> bytes:
        """What the first CONNECT says."""
        return self._nonce + self._token.name.encode()

    def answer(self, challenge: bytes) -> bytes:
        """Return the proof that a challenge asks for; SecurityError where it is none."""
        if self._challenge or len(challenge) != _NONCE_SIZE:
            raise SecurityError("the daemon asked for a proof in a way that cannot be answered")
        self._challenge = challenge
        return _proof(_CLIENT, self._token, self._nonce, challenge)

    def check(self, proof: bytes | None) -> None:
        """See that a daemon that asked knows the secret, too; SecurityError where it does not."""
        expected = _proof(_DAEMON, self._token, self._nonce, self._challenge)
        if self._challenge and not _same(expected, proof or b""):
            raise SecurityError(
                f"the daemon does not know the secret of token {self._token.name!r}: it is not the "
                "daemon you mean"
            )


class Challenge:
    """The daemon's part: it wants to see that a client knows the secret."""

    def __init__(self, opening: bytes, tokens: Mapping[str, Token]) -> None:
        self._client = bytes(opening[:_NONCE_SIZE])
        name = bytes(opening[_NONCE_SIZE:]).decode("utf-8", "replace")
        if len(self._client) != _NONCE_SIZE or len(name) > _LONGEST_NAME:
            raise SecurityError("malformed token")
        # An unknown name is refused as late, and for the same reason, as a wrong secret.
        self._token = tokens.get(name) or Token(name, _random().hex())
        self.nonce = _random()

    @property
    def name(self) -> str:
        """Whose token it is."""
        return self._token.name

    def accepts(self, proof: bytes) -> bool:
        """Tell whether the client knows the secret."""
        return _same(_proof(_CLIENT, self._token, self._client, self.nonce), proof)

    @property
    def proof(self) -> bytes:
        """What shows the client that the daemon knows the secret."""
        return _proof(_DAEMON, self._token, self._client, self.nonce)


def _random() -> bytes:
    return os.urandom(_NONCE_SIZE)


def _proof(side: bytes, token: Token, client: bytes, daemon: bytes) -> bytes:
    import hmac  # dear, and seldom needed

    text = b"\0".join((b"pyrox token 1", side, token.name.encode(), client + daemon))
    return hmac.digest(token.secret.encode(), text, "sha256")


def _same(proof: bytes, other: bytes) -> bool:
    import hmac

    return hmac.compare_digest(proof, bytes(other))
