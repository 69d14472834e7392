"""Certificates for tests: authorities, and what they sign for hosts and clients."""

import datetime
import ipaddress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, as the paths of PEM files."""

    certificate: str
    key: str
    password: str = ""


class Authority:
    """Signs certificates, and keeps them in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / name
        self._folder.mkdir()
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self._made = _begun(self._name, self._name, self._key, DAY).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        ).add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False),
            critical=True,
        ).sign(self._key, hashes.SHA256())  # fmt: skip

    @cached_property
    def file(self) -> str:
        """The path of the authority's own certificate."""
        return _written(self._folder / "ca.pem", self._made.public_bytes(_PEM))

    def sign(
        self,
        name: str,
        *hosts: str,
        password: str = "",
        lasts: datetime.timedelta = DAY,
        begins: datetime.timedelta | None = None,
        usage: x509.ObjectIdentifier | None = None,
        serial_number: int | None = None,
    ) -> Certificate:
        """A certificate for ``hosts``, or without any for a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        if usage is None:
            usage = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = _begun(_named(name), self._name, key, lasts, serial_number, begins).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False
        ).add_extension(x509.ExtendedKeyUsage([usage]), critical=False)  # fmt: skip
        if hosts:
            names = x509.SubjectAlternativeName([_host(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        secret = (
            serialization.BestAvailableEncryption(password.encode())
            if password
            else serialization.NoEncryption()
        )
        pem = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, secret)
        return Certificate(
            _written(self._folder / f"{name}.pem", made.public_bytes(_PEM)),
            _written(self._folder / f"{name}.key", pem),
            password,
        )

    def revoke(self, *certificates: Certificate, lasts: datetime.timedelta = DAY) -> str:
        """The path of a list of revoked certificates, with these on it."""
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._name)
            .last_update(min(now, now + lasts) - DAY)
            .next_update(now + lasts)
        )
        for certificate in certificates:
            pem = Path(certificate.certificate).read_bytes()
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(x509.load_pem_x509_certificate(pem).serial_number)
                .revocation_date(now - DAY)
                .build()
            )
        made = builder.sign(self._key, hashes.SHA256())
        return _written(self._folder / "crl.pem", made.public_bytes(_PEM))


_PEM = serialization.Encoding.PEM


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    lasts: datetime.timedelta,
    serial_number: int | None = None,
    begins: datetime.timedelta | None = None,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    ends = now + lasts
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(min(now, ends) - DAY if begins is None else now + begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )


def _written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)
