"""Connecting and listening by TLS, over TCP or whatever else makes streams."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable

from pyrox import (
    Config,
    ConfigError,
    ConnectError,
    LayeredListener,
    LayeredTransport,
    Listener,
    RemoteProtocolError,
    Transport,
    split_host_port,
)
from pyrox_tcp import TcpTransport

from . import causes
from .contexts import KeptContext, client_context, server_context
from .layer import TlsLayer
from .pins import fingerprint_of, pinned, split_pin

__all__ = ["TlsTransport"]

_CLIENT_FILES = ("tls_ca", "tls_crl", "tls_client_certificate", "tls_client_key")
_CLIENT_SETTINGS = (*_CLIENT_FILES, "tls_client_key_password", "tls_min_version")
_CONTEXTS_KEPT = 16
_SESSIONS_KEPT = 256


class TlsTransport(LayeredTransport):
    """Connects and listens by TLS.

    What certificates to use and to trust is a matter of the daemon's or proxy's own settings; or
    of ``settings``, where these are given. ``inner`` is the transport beneath, TCP by default.

    The methods :meth:`client_context` and :meth:`server_context` are there to be overridden.
    """

    scheme = "tls"
    protocol = "TLS"

    def __init__(self, settings: Config | None = None, inner: Transport | None = None) -> None:
        super().__init__(inner or TcpTransport())
        self._settings = settings
        self._contexts: dict[object, KeptContext] = {}
        self._sessions: dict[object, tuple[ssl.SSLContext, ssl.SSLSession]] = {}

    def client_context(self, config: Config) -> ssl.SSLContext:
        """Return the context for a proxy's connections.

        Kept for further ones, as long as neither the settings nor their files change.
        """
        return client_context(config)

    def server_context(self, config: Config) -> ssl.SSLContext:
        """Return the context for the connections of one daemon; asked again when files change."""
        return server_context(config)

    def client_layer(self, location: str, config: Config) -> TlsLayer:
        """Return a layer that sees that whoever answers is who it should be.

        It takes up the last session with that daemon, if there was one.
        """
        place, pin = split_pin(location)
        where = self.name_of(location)
        context = self._kept_context(self._settings or config, bool(pin)).get()
        made_by, session = self._sessions.get(location, (None, None))

        def failed(error: ssl.SSLError, heard: bytes) -> Exception:
            return ConnectError(causes.for_client(where, error, heard))

        def check(tls: ssl.SSLObject) -> None:
            if (found := fingerprint_of(tls.getpeercert(True) or b"")) != pin:
                raise ConnectError(causes.for_pin(where, found))

        def keep(session: ssl.SSLSession) -> None:
            while len(self._sessions) >= _SESSIONS_KEPT and location not in self._sessions:
                self._sessions.pop(next(iter(self._sessions)), None)
            self._sessions[location] = context, session

        return TlsLayer(
            context,
            split_host_port(place)[0].partition("%")[0],
            failed,
            check=check if pin else None,
            session=session if made_by is context else None,
            keep_session=keep,
        )

    def server_layers(self, config: Config) -> Callable[[], TlsLayer]:
        """Return what makes a layer with the certificates as they are by then."""
        settings = self._settings or config
        context = KeptContext(
            lambda: self.server_context(settings),
            (settings.tls_certificate, settings.tls_key, settings.tls_ca, settings.tls_crl),
        )
        return lambda: TlsLayer(context.get(), None, _failed)

    def listen(self, location: str, config: Config) -> Listener:
        """Listen at ``host:port``; no host is the configured one, no port a free one."""
        settings = self._settings or config
        make_layer = self.server_layers(config)
        inner = self.inner.listen(location, config)
        try:
            context = make_layer().tls.context
            listener = (
                _PinnedListener(inner, make_layer, settings)
                if settings.tls_pin
                else LayeredListener(inner, make_layer)
            )
        except BaseException:
            inner.close()
            raise
        listener.encrypts = True
        listener.keeps_strangers_out = context.verify_mode == ssl.CERT_REQUIRED
        return listener

    def inner_location(self, location: str) -> str:
        """Return the location without the fingerprint that it may name."""
        return split_pin(location)[0]

    def name_of(self, location: str) -> str:
        """Return what error messages call a location."""
        place = self.inner_location(location)
        return place if self.scheme == "tcp" else f"{self.scheme}://{place}"

    def _kept_context(self, config: Config, pinned: bool) -> KeptContext:
        # Reading a system's CA certificates takes longer than connecting.
        values = tuple(getattr(config, name) for name in _CLIENT_SETTINGS)
        kept = self._contexts.get((values, pinned))
        if kept is None:
            if len(self._contexts) >= _CONTEXTS_KEPT:
                self._contexts.clear()

            def make() -> ssl.SSLContext:
                context = self.client_context(config)
                if pinned:  # the URI says which certificate it is, whoever signed that
                    context.check_hostname = False
                    context.verify_mode = ssl.CERT_NONE
                return context

            kept = self._contexts[values, pinned] = KeptContext(make, values[: len(_CLIENT_FILES)])
        return kept


class _PinnedListener(LayeredListener):
    """A listener whose location names the certificate that it has by now."""

    def __init__(
        self, inner: Listener, make_layer: Callable[[], TlsLayer], settings: Config
    ) -> None:
        self._settings = settings
        self._stamp: object = None
        self._pinned = pinned(inner.location, settings)
        super().__init__(inner, make_layer)

    @property
    def location(self) -> str:
        """What URIs say."""
        file = self._settings.tls_certificate
        try:
            stamp = (status := os.stat(file)).st_mtime_ns, status.st_ino
            if stamp != self._stamp:
                self._pinned = pinned(self._inner.location, self._settings)
                self._stamp = stamp
        except (OSError, ConfigError):
            pass  # it is being replaced, or there is none: that is one for this run alone
        return self._pinned

    @location.setter
    def location(self, location: str) -> None:
        pass


def _failed(error: ssl.SSLError, heard: bytes) -> Exception:
    return RemoteProtocolError(causes.for_server(error, heard))
