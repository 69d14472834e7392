"""What the name server accepts: names, URIs and tags that are sound and not endless."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

from pyrox import URI, NamingError

__all__ = ["MAX_NAME", "MAX_TAG", "MAX_TAGS", "MAX_URI", "check_name", "check_uri", "printable",
           "tags_of", "warn_of_place"]  # fmt: skip

MAX_NAME = 500
MAX_URI = 2000
MAX_TAG = 500
MAX_TAGS = 200

log = logging.getLogger("pyrox.nameserver")

_HERE = re.compile(r"@(?:localhost|127\.[\d.]+|\[?::1\]?|\[?::ffff:127\.[\d.]+\]?):").search
_EVERYWHERE = re.compile(r"@(?:0\.0\.0\.0|\[::\]):").search

# Control characters, line ends and lone surrogates: they break logs, terminals and databases.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_name(name: Any) -> str:
    """Return ``name`` if it may be registered; raises TypeError or NamingError."""
    if not isinstance(name, str):
        raise TypeError("name must be a str")
    if not name:
        raise NamingError("a name must not be empty")
    return _sound(name, "name", MAX_NAME)


def check_uri(uri: Any) -> str:
    """Return the text of a URI; raises TypeError, URIError or NamingError."""
    if not isinstance(uri, str | URI):
        raise TypeError("only URIs or strings can be registered")
    text = _sound(str(uri), "URI", MAX_URI)
    if isinstance(uri, str):
        URI(uri)
    return text


def warn_of_place(name: str, uri: str, client: Any) -> None:
    """Log that others cannot get to ``uri`` where a ``client`` of another machine registers it."""
    if _EVERYWHERE(uri):
        log.warning(
            "%s is registered as %s, which leads each client to itself: its daemon should publish "
            "an address that others reach (Daemon(host=...), or the setting nat_location)",
            name,
            uri,
        )
    elif _HERE(uri) and isinstance(client, tuple) and not _HERE(f"@{client[0]}:"):
        log.warning(
            "%s registers %s as %s, where no other machine gets to: its daemon should listen on "
            "an address of the network (Daemon(host=...), or the setting host)",
            client[0],
            name,
            uri,
        )


def tags_of(metadata: Iterable[Any] | None, what: str = "metadata") -> frozenset[str]:
    """Return tags as a set of str; raises TypeError or NamingError."""
    if isinstance(metadata, str | bytes):
        raise TypeError(f"{what} should not be a str, but another iterable (set, list, etc)")
    tags = set()
    for tag in metadata or ():
        tags.add(_sound(_text(tag), "tag", MAX_TAG))
        if len(tags) > MAX_TAGS:
            raise NamingError(f"too many tags: there may be {MAX_TAGS}")
    return frozenset(tags)


def printable(text: str) -> str:
    """Return ``text``, shortened and with unfit characters written out, to be quoted in errors."""
    return _UNFIT.sub(lambda found: ascii(found[0])[1:-1], text[:MAX_NAME])


def _text(tag: Any) -> str:
    # Pyro 5 takes numbers as well; its sqlite storage makes them text, and so do we.
    if isinstance(tag, str | int | float):
        return str(tag)
    raise TypeError(f"a tag is a str, not a {type(tag).__name__}")


def _sound(text: str, what: str, limit: int) -> str:
    if len(text) > limit:
        raise NamingError(
            f"a {what} has at most {limit} characters, and this one has {len(text)}: "
            f"{printable(text[:50])}..."
        )
    if found := _UNFIT.search(text):
        raise NamingError(
            f"a {what} must not contain control characters, and this one has {found[0]!a}: "
            f"{printable(text)}"
        )
    return text
