"""The unix socket transport: ``PYRO:object@./u:path``, locations ``unix:path``."""

from pyrox import hookimpl

from .transport import UnixStream, UnixTransport

__all__ = ["UnixStream", "UnixTransport", "pyrox_register_transport"]


@hookimpl
def pyrox_register_transport() -> UnixTransport:
    """Offer the transport to pyrox."""
    return UnixTransport()
