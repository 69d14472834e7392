"""From settings to what Python's ``ssl`` works with."""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Callable, Sequence

from pyrox import Config, ConfigError, WatchedFiles

from .certificates import ephemeral

__all__ = ["ALPN_PROTOCOL", "KeptContext", "client_context", "server_context"]

log = logging.getLogger("pyrox.tls")

ALPN_PROTOCOL = "pyro5"
"""What pyrox calls its protocol in a TLS handshake (ALPN, RFC 7301); no program has to offer it."""
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class KeptContext:
    """A context that is made anew once one of its files has changed.

    Where that fails, the one before is kept: files may be caught between two writes.
    """

    def __init__(self, make: Callable[[], ssl.SSLContext], files: Sequence[str]) -> None:
        self._make = make
        self._files = WatchedFiles(files)
        self._context = make()

    def get(self) -> ssl.SSLContext:
        """Return the context for the next connection."""
        if self._files.changed():
            try:
                self._context = self._make()
            except (ConfigError, OSError) as error:
                log.warning("TLS goes on with the certificates that it had: %s", error)
        return self._context


def server_context(config: Config) -> ssl.SSLContext:
    """Return the context for a daemon's connections; ConfigError says which setting is wrong."""
    if not (config.tls_certificate or config.tls_pin):
        raise ConfigError(
            "a daemon needs a certificate for TLS: set tls_certificate to its PEM file, and "
            "tls_key to that of its key (`pyrox cert` makes them); or set tls_pin, to have one "
            "made that lasts as long as the daemon"
        )
    if config.tls_require_client_certificate and not config.tls_ca:
        raise ConfigError(
            "tls_require_client_certificate needs to know who signs the clients' certificates: "
            "set tls_ca to the PEM file of that CA"
        )
    context = _context(ssl.Purpose.CLIENT_AUTH, config)
    if config.tls_certificate:
        _load_certificate(
            context,
            "server",
            ("tls_certificate", config.tls_certificate),
            ("tls_key", config.tls_key),
            config.tls_key_password,
        )
    else:
        ephemeral.load_into(context)
    if config.tls_require_client_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(config: Config) -> ssl.SSLContext:
    """Return the context for a proxy's connections; ConfigError says which setting is wrong.

    The daemon's certificate and its host are checked, against ``tls_ca`` alone where that is set.
    """
    context = _context(ssl.Purpose.SERVER_AUTH, config)
    if config.tls_client_certificate:
        _load_certificate(
            context,
            "client",
            ("tls_client_certificate", config.tls_client_certificate),
            ("tls_client_key", config.tls_client_key),
            config.tls_client_key_password,
        )
    elif config.tls_client_key:
        raise ConfigError("tls_client_key is of no use without tls_client_certificate")
    return context


def _context(purpose: ssl.Purpose, config: Config) -> ssl.SSLContext:
    ca = config.tls_ca
    is_folder = os.path.isdir(ca)
    if ca and not is_folder:
        _check_file("CA certificates", "tls_ca", ca)
    try:
        context = ssl.create_default_context(
            purpose, cafile=None if is_folder else ca or None, capath=ca if is_folder else None
        )
    except OSError as error:
        raise ConfigError(f"cannot use the CA certificates in {ca!r}: {error}") from error
    if config.tls_crl:
        _load_revocations(context, config.tls_crl)
    context.set_alpn_protocols([ALPN_PROTOCOL])
    context.minimum_version = _VERSIONS[config.tls_min_version]
    # A peer must not make us compute at its will, in the middle of a connection.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _load_revocations(context: ssl.SSLContext, file: str) -> None:
    _check_file("list of revoked certificates", "tls_crl", file)
    before = context.cert_store_stats()["crl"]
    try:
        context.load_verify_locations(file)
    except OSError as error:
        raise ConfigError(f"cannot use the list in {file!r} (setting tls_crl): {error}") from error
    if context.cert_store_stats()["crl"] == before:
        raise ConfigError(f"there is no list of revoked certificates in {file!r} (setting tls_crl)")
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _load_certificate(
    context: ssl.SSLContext,
    role: str,
    certificate: tuple[str, str],
    key: tuple[str, str],
    password: str,
) -> None:
    _check_file(f"{role} cert", *certificate)
    if key[1]:
        _check_file(f"{role} key", *key)
    file = key[1] or certificate[1]
    asked = []

    def tell() -> str:
        # Without this, OpenSSL would ask for it on the terminal.
        asked.append(True)
        return password

    try:
        context.load_cert_chain(certificate[1], key[1] or None, tell)
    except (OSError, ValueError) as error:
        cause = f"cannot use the {role} cert {certificate[1]!r} with the key in {file!r}: {error}"
        if asked:
            setting = f"{key[0]}_password"
            cure = f"check {setting}" if password else f"the key is encrypted: set {setting}"
        elif "KEY_VALUES_MISMATCH" in str(error):
            cure = f"the key is another certificate's: check {key[0]}"
        else:
            cure = f"PEM files are needed; {key[0]} may be empty if the key is in the same file"
        raise ConfigError(f"{cause}; {cure}") from error


def _check_file(what: str, setting: str, path: str) -> None:
    if not os.path.isfile(path):
        raise ConfigError(f"{what} file not found: {path!r} (setting {setting})")
