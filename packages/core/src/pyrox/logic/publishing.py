"""Names that a daemon keeps at the name server: flows, which either driver runs.

A published name is registered, looked at now and then, registered anew where the name server has
forgotten it or the daemon's own URI is another one by now (it may name a certificate, which was
renewed), and removed at the end. One that somebody else has taken since is left alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from ..contracts.flow import Call, Flow
from ..errors import NamingError, PyroxError
from ..plugins import Plugins
from ..values.config import Config
from ..values.uri import URI

__all__ = ["PATIENCE", "Publications"]

log = logging.getLogger("pyrox.daemon")

PATIENCE = 2.0
"""How long, in seconds, a call of the name server may take while names are looked after."""


class Published(NamedTuple):
    """What a name stands for: where that is by now, the URI that was registered, and tags."""

    locate: Callable[[], URI]
    uri: URI
    tags: list[str]


class Publications:
    """The names of one daemon, with what they stand for."""

    def __init__(self, config: Config, plugins: Plugins) -> None:
        self._config = config
        self._plugins = plugins
        self._names: dict[str, Published] = {}

    def __bool__(self) -> bool:
        return bool(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def publish(
        self, name: str, locate: Callable[[], URI], metadata: Iterable[str] | None
    ) -> Flow[None]:
        """Register a name and keep it from now on; NamingError where that cannot be.

        ``locate`` returns the URI that it stands for, which may become another one.
        """
        uri = locate()
        tags = sorted({metadata} if isinstance(metadata, str) else set(metadata or ()))
        server = yield from self._name_server()
        if self._is_public(server) and not self._is_public(uri):
            log.warning(
                "%s is published at %s, which other machines ask, as %s, where only this machine "
                "gets to: let the daemon listen on an address of the network, by Daemon(host=...) "
                "or the setting host, or name one in the setting nat_location",
                name,
                server.location,
                uri,
            )
        yield _registration(server, name, uri, tags, safe=False)
        self._names[name] = Published(locate, uri, tags)

    def keep(self) -> Flow[None]:
        """Register again what the name server has forgotten; give up what others have taken."""
        try:
            server = yield from self._name_server()
        except (PyroxError, OSError) as error:
            log.warning("cannot look whether the published names are there: %s", error)
            return
        for name, (locate, before, tags) in list(self._names.items()):
            try:
                uri = locate()
                found = yield from self._found(server, name)
                if found is None:
                    yield _registration(server, name, uri, tags, safe=True)
                    self._names[name] = Published(locate, uri, tags)
                    log.info("the name server had forgotten %s: registered it again", name)
                elif found == before != uri:
                    yield _registration(server, name, uri, tags, safe=False)
                    self._names[name] = Published(locate, uri, tags)
                    log.info("%s is published anew: its URI is %s now", name, uri)
                elif found != uri:
                    del self._names[name]
                    log.warning("%s is published no longer: it stands for %s now", name, found)
            except (PyroxError, OSError) as error:
                log.warning("cannot keep the published name %s: %s", name, error)

    def withdraw(self) -> Flow[None]:
        """Remove the names that are still this daemon's; what goes wrong is logged."""
        names, self._names = self._names, {}
        try:
            server = yield from self._name_server()
            for name, (_, uri, _) in names.items():
                if (yield from self._found(server, name)) == uri:
                    yield Call(server, "remove", (name,))
        except (PyroxError, OSError) as error:
            log.warning("cannot remove %s from the name server: %s", ", ".join(names), error)

    def _is_public(self, uri: URI) -> bool:
        return self._plugins.transport(uri.transport).is_public(uri.location or "")

    def _name_server(self) -> Flow[URI]:
        resolver = self._plugins.resolver("PYRONAME")
        return resolver.locate(None, self._config.ns_broadcast, self._config)

    def _found(self, server: URI, name: str) -> Flow[URI | None]:
        try:
            found: Any = yield Call(server, "lookup", (name,))
        except NamingError:
            return None
        return URI(found)


def _registration(server: URI, name: str, uri: URI, tags: list[str], *, safe: bool) -> Call:
    return Call(server, "register", (name, str(uri)), {"safe": safe, "metadata": tags})
