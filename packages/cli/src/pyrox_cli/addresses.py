"""Reading what users type for an object, and how long they want to wait for it."""

from __future__ import annotations

import re

from pyrox import DAEMON_ID, URI, Config, current_config

__all__ = ["config_for", "daemon_of", "uri_of"]

_URI = re.compile(r"PYRO\w*(\+[\w-]+)?:", re.IGNORECASE)
_LOCATION = re.compile(r"(?P<transport>[a-z][\w-]*)://(?P<rest>.+)", re.IGNORECASE)
_HOST_PORT = re.compile(r"(\[[^\]]+\]|[^:]+):\d+|\./u:.+")


def uri_of(text: str) -> URI:
    """Return the URI meant by ``text``: a URI, the location of a daemon, or else a name.

    Raises URIError where it begins like a URI and is none.
    """
    if _URI.match(text):
        return URI(text)
    if (location := _LOCATION.fullmatch(text)) is not None:
        return URI.of(DAEMON_ID, location["rest"], location["transport"].lower())
    if _HOST_PORT.fullmatch(text):
        return URI.of(DAEMON_ID, text)
    return URI(f"PYRONAME:{text}")


def daemon_of(uri: URI, object_id: str = DAEMON_ID) -> URI:
    """Return the URI of another object in the same daemon, by default the daemon's own."""
    return URI.of(object_id, uri.location or "", uri.transport)


def config_for(timeout: float | None) -> Config:
    """Return the settings of one who waits ``timeout`` seconds to connect, and for each call."""
    config = current_config()
    if timeout is None:
        return config
    return config.replace(connect_timeout=timeout, timeout=timeout)
