"""From the name of an object, or its tags, to where it is (reference 3.10)."""

from __future__ import annotations

import pyrox

from .configure import global_config as config
from .settings import plugins, settings
from .translation import pyro5_errors
from .uri import URI

__all__ = ["resolve"]


def resolve(uri: str | URI, delay_time: float = 0.0) -> URI:
    """Return where the object of a PYRONAME or PYROMETA URI is; a PYRO URI is that already.

    What is not registered yet is waited for, ``delay_time`` seconds (else NS_LOOKUP_DELAY).
    Raises NamingError where it leads nowhere.
    """
    if not isinstance(uri, str | URI):
        raise TypeError("can only resolve Pyro URIs")
    uri = URI(uri)
    if uri.protocol == "PYRO":
        return uri
    native = settings().replace(ns_lookup_delay=float(delay_time or config.NS_LOOKUP_DELAY))
    with pyro5_errors():
        return URI.from_native(pyrox.resolve(uri.native(), config=native, plugins=plugins()))
