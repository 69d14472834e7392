"""The TLS transport: ``PYRO+TLS:object@host:port``, locations ``tls://host:port``."""

from __future__ import annotations

from pyrox import Command, hookimpl

from .certificates.declarations import COMMANDS
from .contexts import ALPN_PROTOCOL, client_context, server_context
from .layer import TlsLayer
from .transport import TlsTransport

__all__ = [
    "ALPN_PROTOCOL",
    "TlsLayer",
    "TlsTransport",
    "client_context",
    "pyrox_register_command",
    "pyrox_register_transport",
    "server_context",
]


@hookimpl
def pyrox_register_transport() -> TlsTransport:
    """Offer the transport to pyrox."""
    return TlsTransport()


@hookimpl
def pyrox_register_command() -> list[Command]:
    """Offer ``pyrox cert``."""
    return list(COMMANDS)
