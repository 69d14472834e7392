"""Locations that say which certificate a daemon has: ``host:port#sha256=FINGERPRINT``.

The fingerprint is SHA-256 over the certificate in DER form, in hexadecimal, as ``openssl x509
-fingerprint -sha256`` and web browsers show it. Who has such a URI from a source that can be
trusted needs no CA to know the daemon.
"""

from __future__ import annotations

import hashlib
import re
import ssl

from pyrox import Config, ConfigError, URIError

from .certificates import ephemeral

__all__ = ["fingerprint_of", "pinned", "split_pin"]

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
_FINGERPRINT = re.compile("[0-9a-f]{64}")
_SIGN = "#sha256="


def split_pin(location: str) -> tuple[str, str]:
    """Split a location from the fingerprint that it names, empty for none; URIError if that's bad.

    Capital letters and colons in the fingerprint are fine.
    """
    place, sign, pin = location.partition("#")
    if not sign:
        return place, ""
    _, named, digits = f"#{pin}".partition(_SIGN)
    found = digits.replace(":", "").lower()
    if not named or not _FINGERPRINT.fullmatch(found):
        raise URIError(
            f"invalid location {location!r}: what follows the # is sha256= and the fingerprint of "
            "the daemon's certificate in 64 hexadecimal digits"
        )
    return place, found


def pinned(location: str, config: Config) -> str:
    """Return the location of a daemon with the fingerprint of its certificate."""
    if not config.tls_certificate:
        pem = ephemeral.certificate()
    else:
        try:
            with open(config.tls_certificate, encoding="ascii", errors="replace") as file:
                pem = file.read()
        except OSError as error:
            raise ConfigError(f"cannot read {config.tls_certificate!r}: {error}") from error
    found = _CERTIFICATE.search(pem)
    if found is None:
        raise ConfigError(f"there is no certificate in {config.tls_certificate!r}")
    return f"{location}{_SIGN}{fingerprint_of(ssl.PEM_cert_to_DER_cert(found[0]))}"


def fingerprint_of(certificate: bytes) -> str:
    """Return the fingerprint of a certificate in DER form."""
    return hashlib.sha256(certificate).hexdigest()
