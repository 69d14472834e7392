"""TLS as Pyro5's settings want it (reference 6.5)."""

from __future__ import annotations

import ssl

import pyrox
from pyrox_tls import TlsTransport, client_context

from .configure import Configuration

__all__ = ["secured_transport"]


class _SecuredTcp(TlsTransport):
    """TLS under TCP's name; a client trusts the system's CAs besides the one that is set."""

    scheme = "tcp"

    def client_context(self, config: pyrox.Config) -> ssl.SSLContext:
        context = client_context(config)
        if config.tls_ca:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context


def secured_transport(config: Configuration) -> TlsTransport:
    """Return the transport for the daemons and proxies that are made with these settings."""
    return _SecuredTcp(
        pyrox.current_config().replace(
            tls_certificate=config.SSL_SERVERCERT,
            tls_key=config.SSL_SERVERKEY,
            tls_key_password=config.SSL_SERVERKEYPASSWD,
            tls_pin=False,
            tls_require_client_certificate=config.SSL_REQUIRECLIENTCERT,
            tls_ca=config.SSL_CACERTS,
            tls_client_certificate=config.SSL_CLIENTCERT,
            tls_client_key=config.SSL_CLIENTKEY,
            tls_client_key_password=config.SSL_CLIENTKEYPASSWD,
        )
    )
