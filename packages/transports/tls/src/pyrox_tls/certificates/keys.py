"""The key of a certificate authority: written, encrypted where that is wanted, and read again."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pyrox import UsageError

__all__ = ["PASSWORD_VARIABLE", "key_as_pem", "new_password", "read_key"]

PASSWORD_VARIABLE = "PYROX_CA_PASSWORD"
"""The environment variable that has the password of an authority's key, where nobody can type."""


def key_as_pem(key: ec.EllipticCurvePrivateKey, password: str = "") -> bytes:
    """Return a key in PEM form (PKCS #8), encrypted where there is a password."""
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


def read_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key in a PEM file; UsageError says why there is none to be had."""
    try:
        pem = file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    key: object
    try:
        key = serialization.load_pem_private_key(pem, None)
    except TypeError:
        key = _decrypted(file, pem)
    except ValueError as error:
        raise UsageError(f"there is no key in {file}: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError(f"{file} is no key that pyrox cert made: it is on no elliptic curve")
    return key


def _decrypted(file: Path, pem: bytes) -> object:
    password = _asked(f"Password of {file}: ")
    try:
        return serialization.load_pem_private_key(pem, password.encode())
    except ValueError:
        raise UsageError(f"wrong password for {file}") from None


def new_password() -> str:
    """Return a password for a new key; UsageError where there is nobody to ask."""
    password = _asked("Password for the authority's key: ")
    if not password:
        raise UsageError("an empty password protects nothing; without --encrypt there is none")
    if PASSWORD_VARIABLE not in os.environ and _asked("The same again: ") != password:
        raise UsageError("the two passwords differ")
    return password


def _asked(question: str) -> str:
    if (password := os.environ.get(PASSWORD_VARIABLE)) is not None:
        return password
    if not sys.stdin.isatty():
        raise UsageError(
            f"the authority's key is encrypted: set {PASSWORD_VARIABLE}, or run this in a terminal"
        )
    return getpass.getpass(question)
