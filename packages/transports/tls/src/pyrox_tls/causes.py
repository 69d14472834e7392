"""Why TLS failed, in words: what happened, and what to do about it.

OpenSSL says it in its own; these follow in brackets.
"""

from __future__ import annotations

import ssl

__all__ = ["for_client", "for_pin", "for_server"]

_PYRO = b"PYRO"
_HTTP = (b"GET ", b"POST", b"HEAD", b"PUT ", b"OPTI")

_NOT_YET, _EXPIRED = 9, 10  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_UNKNOWN_CA = (2, 7, 18, 19, 20, 21)  # of X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT and the like
_REVOKED, _NO_LIST = 23, 3  # X509_V_ERR_CERT_REVOKED, X509_V_ERR_UNABLE_TO_GET_CRL
_LIST_TIMES = (11, 12)  # X509_V_ERR_CRL_NOT_YET_VALID, X509_V_ERR_CRL_HAS_EXPIRED
_OTHER_PURPOSE = 26  # X509_V_ERR_INVALID_PURPOSE
_OTHER_HOST = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH

_RENEW = "have it renewed, as by `pyrox cert renew`"
_CLOCKS = "check the clock of this machine, and of the one where it was made"
_NEW_KEY = "have a new one made, with a new key"
_NO_COMMON_VERSION = (
    "the two have no version or cipher of TLS in common",
    "TLS 1.2 or newer is needed on both sides, and no less than the other's tls_min_version",
)
_LIST_MISSING = (
    "tls_crl has no list of the CA that signed the certificate",
    "put the lists of all CAs that are trusted into that file",
)
_LIST_OUTDATED = (
    "the list of revoked certificates in tls_crl is not valid at this time",
    "put a new one of that CA into that file, or check this machine's clock",
)

_NOT_ACCEPTED = "the daemon does not accept this client's certificate"
_DISTRUSTED = "the client does not accept this daemon's certificate"

# What each side makes of an error of OpenSSL's, by its reason. Of an alert it knows no more than
# that: one stands for several causes, and other programs choose otherwise than OpenSSL.
_CLIENT = {
    "ALERT_CERTIFICATE_REQUIRED": (
        "the daemon lets nobody in without a client certificate",
        "set tls_client_certificate and tls_client_key",
    ),
    "ALERT_HANDSHAKE_FAILURE": (
        "the daemon refused: it wants a client certificate, or another version of TLS",
        "set tls_client_certificate and tls_client_key; the daemon's log tells more",
    ),
    "ALERT_UNKNOWN_CA": (
        f"{_NOT_ACCEPTED}: its CA is not known there",
        "have one signed by the CA that it trusts, and set tls_client_certificate to that",
    ),
    "ALERT_BAD_CERTIFICATE": (
        f"{_NOT_ACCEPTED}: it is not valid yet, or damaged",
        "check the clocks of both machines; the daemon's log tells more",
    ),
    "ALERT_CERTIFICATE_EXPIRED": (
        f"{_NOT_ACCEPTED}: it has expired, or the list of revoked ones there has",
        f"{_RENEW}; if it is valid here, check the daemon's clock, and its tls_crl",
    ),
    "ALERT_CERTIFICATE_REVOKED": (
        f"{_NOT_ACCEPTED}: it was revoked",
        f"{_NEW_KEY}, and set tls_client_certificate to that",
    ),
    "ALERT_CERTIFICATE_UNKNOWN": (_NOT_ACCEPTED, "the daemon's log tells why"),
    "ALERT_UNSUPPORTED_CERTIFICATE": (
        f"{_NOT_ACCEPTED}: it is not one for clients",
        "set tls_client_certificate to one that is, as `pyrox cert client` makes them",
    ),
    "ALERT_DECRYPT_ERROR": (_NOT_ACCEPTED, "the daemon's log tells why"),
    "ALERT_PROTOCOL_VERSION": _NO_COMMON_VERSION,
    "UNSUPPORTED_PROTOCOL": _NO_COMMON_VERSION,
}
_SERVER = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": (
        "the client has no certificate, and this daemon requires one",
        "set tls_client_certificate and tls_client_key there",
    ),
    "ALERT_UNKNOWN_CA": (
        f"{_DISTRUSTED}: its CA is not known there",
        "let tls_ca of the client name that CA, and tls_crl, if it is set there, have its list",
    ),
    "ALERT_BAD_CERTIFICATE": (
        f"{_DISTRUSTED}: it is for another host, or not valid yet",
        "let the client use a host name that it is for, or have one made for this host; check the "
        "clocks of both machines",
    ),
    "ALERT_CERTIFICATE_EXPIRED": (
        f"{_DISTRUSTED}: it has expired, or the list of revoked ones there has",
        f"{_RENEW}; if it is valid here, check the client's clock, and its tls_crl",
    ),
    "ALERT_CERTIFICATE_REVOKED": (
        f"{_DISTRUSTED}: it was revoked",
        f"{_NEW_KEY}, and set tls_certificate to that",
    ),
    "ALERT_CERTIFICATE_UNKNOWN": (_DISTRUSTED, "the client's error tells why"),
    "ALERT_UNSUPPORTED_CERTIFICATE": (
        f"{_DISTRUSTED}: it is not one for daemons",
        "set tls_certificate to one that is, as `pyrox cert server` makes them",
    ),
    "ALERT_PROTOCOL_VERSION": _NO_COMMON_VERSION,
    "UNSUPPORTED_PROTOCOL": _NO_COMMON_VERSION,
    "NO_SHARED_CIPHER": _NO_COMMON_VERSION,
}


def for_client(where: str, error: ssl.SSLError, heard: bytes) -> str:
    """Say why a connection with the daemon at ``where`` failed; ``heard`` is what came first."""
    cause, cure = _seen_by_client(error, heard)
    return f"cannot connect to {where}: {cause} ({error}); {cure}"


def _seen_by_client(error: ssl.SSLError, heard: bytes) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _OTHER_HOST:
            return "its certificate is for another host", (
                "use a host name that the certificate is for, or have one made for this host"
            )
        if error.verify_code == _OTHER_PURPOSE:
            return "its certificate is not one for daemons", (
                "let its tls_certificate name one that is, as `pyrox cert server` makes them"
            )
        if error.verify_code in _UNKNOWN_CA:
            return "its certificate is not signed by a CA that is trusted here", (
                "set tls_ca to the PEM file of the CA that signed it, if this is the daemon you "
                "mean"
            )
        return _refused_here("its certificate", error.verify_code)
    if heard.startswith(_PYRO):
        return "the daemon there does not use TLS", (
            "use a URI without +TLS, or let the daemon listen on tls://"
        )
    if isinstance(error, ssl.SSLEOFError):
        return "it closed the connection during the TLS handshake", (
            "check that a daemon with TLS listens there, and its log"
        )
    found = _CLIENT.get(_reason(error))
    if found is None and heard[:2] not in (b"\x16\x03", b"\x15\x03"):
        return "what answers there does not use TLS", "check the port"
    return found or ("the TLS connection failed", "the daemon's log tells more")


def for_pin(where: str, found: str) -> str:
    """Say that a daemon has another certificate than the URI says."""
    return (
        f"cannot connect to {where}: its certificate is not the one that the URI names (its "
        f"fingerprint is {found}); if the daemon got a new one, get a new URI from it, else "
        "somebody else answers there"
    )


def for_server(error: ssl.SSLError, heard: bytes) -> str:
    """Say why TLS with a client failed; ``heard`` is what came first."""
    cause, cure = _seen_by_server(error, heard)
    return f"{cause} ({error}); {cure}"


def _seen_by_server(error: ssl.SSLError, heard: bytes) -> tuple[str, str]:
    if heard.startswith(_PYRO):
        return "this daemon uses TLS, and the client does not", (
            "use a PYRO+TLS: URI, or for Pyro5 its setting SSL"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code == _OTHER_PURPOSE:
            return "the client's certificate is not one for clients", (
                "set tls_client_certificate there to one that is, as `pyrox cert client` makes them"
            )
        if error.verify_code in _UNKNOWN_CA:
            return "the client's certificate is not signed by a CA that is trusted here", (
                "let tls_ca name the CA that signed it, or have it signed by that one"
            )
        return _refused_here("the client's certificate", error.verify_code)
    found = _SERVER.get(_reason(error))
    if found is None and heard[:1] != b"\x16":
        what = "a web browser, or the like" if heard.startswith(_HTTP) else "something else"
        return f"this daemon uses TLS, and what came is {what}", "check the client's port"
    return found or ("the TLS connection failed", "the client's error tells more")


def _refused_here(whose: str, verify_code: int) -> tuple[str, str]:
    """Say what is wrong with the other side's certificate, where that is the same for both."""
    if verify_code == _EXPIRED:
        return f"{whose} has expired, or its CA's has", f"{_RENEW}, or {_CLOCKS}"
    if verify_code == _NOT_YET:
        return f"{whose} is not valid yet", _CLOCKS
    if verify_code == _REVOKED:
        return f"{whose} was revoked", f"{_NEW_KEY}, if it is still to be trusted"
    if verify_code == _NO_LIST:
        return _LIST_MISSING
    if verify_code in _LIST_TIMES:
        return _LIST_OUTDATED
    return f"{whose} is not acceptable", "have another one made"


def _reason(error: ssl.SSLError) -> str:
    """Return OpenSSL's word for it; that of an alert without the version that it is named after."""
    before, alert, after = (error.reason or "").partition("ALERT_")
    return alert + after if alert else before
