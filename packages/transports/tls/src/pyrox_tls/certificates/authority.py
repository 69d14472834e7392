"""A private certificate authority (CA) in a folder.

The folder holds ``ca.pem`` and ``ca-key.pem``, for each server and client ``NAME.pem`` and
``NAME-key.pem``, and once something is revoked, ``crl.pem``. Keys are of the curve P-256. The forms
are those of RFC 5280, in PEM files.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import logging
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pyrox import UsageError

from .files import PRIVATE, PUBLIC, check_free, make_folder, replace, write_new
from .issued import Issued, read_certificate
from .keys import key_as_pem, read_key

__all__ = ["Authority", "create_authority", "files_for", "new_request", "self_signed", "shown"]

log = logging.getLogger("pyrox.tls")

_PEM = serialization.Encoding.PEM
_CA_DAYS = 3650
_SLACK = datetime.timedelta(hours=1)
"""How much the clocks of two machines may differ when a certificate is used at once."""
_TAKEN = ("ca", "crl")
_KEY = "-key"
_UNSAFE = re.compile(r"[^\w.@-]+")
_HOST = re.compile(r"(\*\.)?([\w-]+\.)*[\w-]+\.?", re.ASCII)
_NO_NAME = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_NAME = 64  # of a common name, by RFC 5280
_RESIGNED = (
    x509.SubjectAlternativeName,
    x509.ExtendedKeyUsage,
    x509.BasicConstraints,
    x509.KeyUsage,
)


def create_authority(folder: Path, name: str, password: str = "") -> Issued:
    """Make a new CA in ``folder``; UsageError where there is one.

    Its key is encrypted where there is a ``password``.
    """
    file, key_file = folder / "ca.pem", folder / "ca-key.pem"
    if file.exists() or key_file.exists():
        raise UsageError(
            f"there is an authority in {folder} already, and was left as it is; name another "
            "folder with --folder"
        )
    make_folder(folder)
    subject = _named(name)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _begun(subject, subject, key.public_key(), _CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
    )
    made = builder.sign(key, hashes.SHA256())
    write_new(
        (key_file, key_as_pem(key, password), PRIVATE), (file, made.public_bytes(_PEM), PUBLIC)
    )
    return Issued(file, made)


def self_signed(name: str, days: int) -> str:
    """Return a certificate that nobody else vouches for, and its key behind it, in PEM form."""
    subject = _named(name)
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _begun(subject, subject, key.public_key(), days).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    made = builder.sign(key, hashes.SHA256())
    return (made.public_bytes(_PEM) + key_as_pem(key)).decode("ascii")


class Authority:
    """The CA that :func:`create_authority` made in ``folder``; UsageError where there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ca.pem"
        key_file = folder / "ca-key.pem"
        if not self.file.exists() and not key_file.exists():
            raise UsageError(
                f"there is no certificate authority in {folder}; make one with: pyrox cert init, "
                "or say where it is with --folder"
            )
        self._certificate = read_certificate(self.file)
        self._key_file = key_file

    @cached_property
    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = read_key(self._key_file)
        if key.public_key() != self._certificate.public_key():
            raise UsageError(
                f"{self._key_file} is not the key of {self.file}: what it signed would be trusted "
                "by nobody"
            )
        return key

    def sign_server(self, hosts: Sequence[str], days: int, name: str = "") -> Issued:
        """Make a certificate for a daemon that is reached by these host names and addresses.

        It is called ``name``, by default as the first of them.
        """
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return self._sign(name or hosts[0], ExtendedKeyUsageOID.SERVER_AUTH, days, names)

    def sign_client(self, name: str, days: int) -> Issued:
        """Make a certificate that says who a client is."""
        return self._sign(name, ExtendedKeyUsageOID.CLIENT_AUTH, days, None)

    def _sign(
        self,
        name: str,
        usage: x509.ObjectIdentifier,
        days: int,
        names: x509.SubjectAlternativeName | None,
    ) -> Issued:
        file, key_file = self._free_files(name)
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(name, key.public_key(), usage, days, names)
        write_new((key_file, key_as_pem(key), PRIVATE), (file, made.public_bytes(_PEM), PUBLIC))
        return Issued(file, made)

    def sign_request(self, name: str, request: bytes, days: int) -> Issued:
        """Make a client's certificate for a key that is not here: a request (PKCS #10, PEM).

        What the request says besides its key does not count. UsageError where it is none.
        """
        file, _ = self._free_files(name)
        try:
            asked = x509.load_pem_x509_csr(request)
            key = asked.public_key()
            if not (asked.is_signature_valid and isinstance(key, ec.EllipticCurvePublicKey)):
                raise ValueError("it is not signed by a key on an elliptic curve")
        except ValueError as error:
            raise UsageError(f"this is no request for a certificate: {error}") from error
        made = self._signed(name, key, ExtendedKeyUsageOID.CLIENT_AUTH, days, None)
        write_new((file, made.public_bytes(_PEM), PUBLIC))
        return Issued(file, made)

    def check_name(self, name: str) -> None:
        """See that a certificate of this name can be made; UsageError where it cannot."""
        _named(name)
        self._free_files(name)

    def _signed(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        usage: x509.ObjectIdentifier,
        days: int,
        names: x509.SubjectAlternativeName | None,
    ) -> x509.Certificate:
        builder = (
            self._begun(_named(name), key, days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def _free_files(self, name: str) -> tuple[Path, Path]:
        """Return where a new certificate belongs, and its key; UsageError if the name is taken."""
        own = Issued(self.file, self._certificate).name
        if _compared(name) == _compared(own):
            # What has the name of its issuer is taken for the root of a chain by those who check.
            raise UsageError(f"the name {own!r} is that of the authority itself; choose another")
        file, key_file = files_for(self.folder, name)
        holder = ""
        if file.exists():
            with contextlib.suppress(UsageError):
                found = Issued(file, read_certificate(file))
                holder = f" (it is the certificate of the {found.kind} {found.name!r})"
        check_free(file, key_file, holder=holder)
        return file, key_file

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int
    ) -> x509.CertificateBuilder:
        builder = _begun(subject, self._certificate.subject, key, days)
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return builder.add_extension(own, critical=False)

    def find(self, name: str) -> Issued:
        """Return a certificate of this authority by its name or file; UsageError for another."""
        named = self.folder / f"{_stem(name)}.pem"
        file = next((path for path in (named, Path(name)) if path.is_file()), None)
        # Other names may belong to the same file.
        if file is None or (
            file == named
            and name not in (named.stem, named.name, str(named))
            and name != Issued(named, read_certificate(named)).name
        ):
            known = ", ".join(issued.name for issued in self.issued()) or "none yet"
            raise UsageError(f"there is no certificate {name!r} in {self.folder} (it has {known})")
        found = read_certificate(file)
        try:
            found.verify_directly_issued_by(self._certificate)
        except (ValueError, TypeError, InvalidSignature):
            raise UsageError(
                f"{file} is not a certificate of the authority in {self.folder}"
            ) from None
        return Issued(file, found)

    def issued(self) -> Iterator[Issued]:
        """Return what this authority signed, its own certificate first."""
        yield Issued(self.file, self._certificate)
        known = self._revocations()
        for file in sorted(self.folder.glob("*.pem")):
            if file.stem in _TAKEN or file.stem.endswith(_KEY):
                continue
            try:
                found = read_certificate(file)
            except UsageError as error:
                log.warning("%s", error)
            else:
                yield Issued(file, found, _is_on(known, found))

    def renew(self, name: str, days: int | None) -> tuple[Issued, Path]:
        """Sign a certificate anew, for the same key and names; return it, and where the old one is.

        It is valid for ``days`` from now, by default for as long as the old one was.
        """
        old = self.find(name)
        certificate = old.certificate
        if self.is_revoked(certificate):
            raise UsageError(f"{old.file} was revoked: make a new one, with a key of its own")
        lasted = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        builder = self._begun(certificate.subject, key, days or max(lasted.days, 1))
        for extension in certificate.extensions:
            if isinstance(extension.value, _RESIGNED):
                builder = builder.add_extension(extension.value, extension.critical)
        made = builder.sign(self._key, hashes.SHA256())
        kept = old.file.with_name(f"{old.file.stem}.{certificate.serial_number:x}.old")
        kept.write_bytes(old.file.read_bytes())
        replace(old.file, made.public_bytes(_PEM))
        return Issued(old.file, made), kept

    def revoke(self, name: str) -> tuple[Issued, Path]:
        """Add a certificate to the list of revoked ones; return it, and the list's file."""
        issued = self.find(name)
        if issued.file.name == self.file.name:
            raise UsageError("an authority cannot revoke itself: make a new one, in another folder")
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now - _SLACK)
            # Nobody is there to sign it again every now and then.
            .next_update(self._certificate.not_valid_after_utc)
        )
        known = self._revocations()
        for revoked in known or ():
            builder = builder.add_revoked_certificate(revoked)
        if not _is_on(known, issued.certificate):
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(issued.certificate.serial_number)
                .revocation_date(now)
                .build()
            )
        file = self.folder / "crl.pem"
        replace(file, builder.sign(self._key, hashes.SHA256()).public_bytes(_PEM))
        return Issued(issued.file, issued.certificate, revoked=True), file

    def is_revoked(self, certificate: x509.Certificate) -> bool:
        """Tell whether a certificate is on the list of revoked ones."""
        return _is_on(self._revocations(), certificate)

    def _revocations(self) -> x509.CertificateRevocationList | None:
        try:
            return x509.load_pem_x509_crl((self.folder / "crl.pem").read_bytes())
        except FileNotFoundError:
            return None


def shown(file: Path) -> Issued:
    """Return a certificate of whoever's; what an authority in its folder revoked is known."""
    found = read_certificate(file)
    try:
        authority = Authority(file.parent)
        found.verify_directly_issued_by(authority._certificate)
    except (UsageError, ValueError, TypeError, InvalidSignature):
        return Issued(file, found)
    return Issued(file, found, authority.is_revoked(found))


def _is_on(known: x509.CertificateRevocationList | None, certificate: x509.Certificate) -> bool:
    serial = certificate.serial_number
    return bool(known and known.get_revoked_certificate_by_serial_number(serial))


def files_for(folder: Path, name: str) -> tuple[Path, Path]:
    """Return where a certificate of this name belongs, and its key."""
    stem = _stem(name)
    if stem.lower() in _TAKEN:
        raise UsageError(f"the name {name!r} is taken by the authority itself; choose another")
    if stem.lower().endswith(_KEY):
        raise UsageError(f"the name {name!r} ends as those of keys' files do; choose another")
    return folder / f"{stem}.pem", folder / f"{stem}{_KEY}.pem"


def _stem(name: str) -> str:
    """Return what the file of a certificate is called; several names may have the same one."""
    return _UNSAFE.sub("_", name).strip("._") or "_"


def _compared(name: str) -> str:
    """Return a name as those compare it who check certificates (RFC 5280, 7.1)."""
    return " ".join(name.casefold().split())


def new_request() -> tuple[bytes, bytes]:
    """Return a new key, and a request for a certificate for it, both in PEM form."""
    key = ec.generate_private_key(ec.SECP256R1())
    # The authority says whose it is.
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return key_as_pem(key), request.sign(key, hashes.SHA256()).public_bytes(_PEM)


def _named(name: str) -> x509.Name:
    if not 0 < len(name) <= _LONGEST_NAME or _NO_NAME.search(name) or name != name.strip():
        raise UsageError(f"a name has 1 to {_LONGEST_NAME} characters that can be seen: {name!r}")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    if "/" in host or ":" in host:
        raise UsageError(f"a host is a name or an address, without a port: {host!r}")
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise UsageError(f"no host can have this name: {host!r}")
    return x509.DNSName(name)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    if not 0 < days <= _CA_DAYS:
        raise UsageError(f"a certificate is valid for 1 to {_CA_DAYS} days, not for {days}")
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
