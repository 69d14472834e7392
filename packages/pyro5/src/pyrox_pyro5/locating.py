"""Finding the name server (reference 3.10)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pyrox

from .client import Proxy
from .configure import global_config as config
from .errors import NamingError
from .settings import plugins, settings
from .translation import in_pyro5s_words
from .uri import URI

__all__ = ["locate_ns"]


def locate_ns(
    host: str | IPv4Address | IPv6Address = "", port: int | None = None, broadcast: bool = True
) -> Proxy:
    """Return a connected proxy for the name server.

    It is looked for at ``host`` and ``port``, else at NS_HOST and NS_PORT, and then, where no
    host was given, by broadcast; ``host`` may be that of a unix socket, ``./u:path``.
    Raises NamingError where there is none.
    """
    native = settings()
    try:
        found = pyrox.locate_ns(
            str(host),
            port,
            broadcast=broadcast and not host and config.PREFER_IP_VERSION != 6,
            config=native.replace(ns_port=port or native.ns_port),
            plugins=plugins(),
        )
    except (pyrox.NamingError, pyrox.CommunicationError) as error:
        told = in_pyro5s_words(str(error))
        raise NamingError(f"Failed to locate the nameserver: {told}") from error
    with found:
        proxy = Proxy(URI.from_native(found._pyro.uri))
    proxy._pyroBind()
    return proxy
