"""What a certificate says, for people."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pyrox import UsageError

__all__ = ["Issued", "read_certificate"]

_SOON = 30


@dataclass(frozen=True)
class Issued:
    """A certificate and the file that it is in."""

    file: Path
    certificate: x509.Certificate
    revoked: bool = False

    @property
    def key_file(self) -> Path:
        """Where ``pyrox cert`` puts its key."""
        return self.file.with_name(f"{self.file.stem}-key.pem")

    @property
    def name(self) -> str:
        """The common name of whom it is for."""
        return _common_name(self.certificate.subject)

    @property
    def issuer(self) -> str:
        """The common name of the authority that signed it."""
        return _common_name(self.certificate.issuer)

    @property
    def kind(self) -> str:
        """What it is for: ``ca``, ``server``, ``client``, or whatever else it says."""
        constraints = _extension(self.certificate, x509.BasicConstraints)
        if constraints is not None and constraints.ca:
            return "ca"
        usages = _extension(self.certificate, x509.ExtendedKeyUsage) or ()
        known = {
            ExtendedKeyUsageOID.SERVER_AUTH: "server",
            ExtendedKeyUsageOID.CLIENT_AUTH: "client",
        }
        return " and ".join(known.get(usage, usage.dotted_string) for usage in usages) or "any use"

    @property
    def hosts(self) -> list[str]:
        """The host names and addresses that it is for."""
        names = _extension(self.certificate, x509.SubjectAlternativeName)
        return [] if names is None else [str(name.value) for name in names]

    @property
    def valid_until(self) -> datetime.datetime:
        """When it ends, in UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hexadecimal."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def state(self) -> str:
        """Whether it can be used, in a word or two."""
        now = datetime.datetime.now(datetime.timezone.utc)
        if self.revoked:
            return "revoked"
        if now > self.valid_until:
            return "expired"
        if now < self.certificate.not_valid_before_utc:
            return "not valid yet"
        days = (self.valid_until - now).days
        return "valid" if days > _SOON else f"ends in {days} days"


def read_certificate(file: Path) -> x509.Certificate:
    """Return the (first) certificate in a PEM file; UsageError where there is none."""
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"there is no certificate in {file}: {error}") from error


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _extension(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
