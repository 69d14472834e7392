"""The settings of a Pyro5 program as pyrox takes them: a value, and the plugins to work with.

They are looked at whenever a proxy, a daemon or a connection is made (reference 2). Those that
Pyro5 looks at whenever it uses them are told to the daemons that are there when they change, so
that no call has to ask. What Pyro5 has no word for stays as ``pyrox.toml`` and ``PYROX_*`` say.
"""

from __future__ import annotations

import logging
import threading
import weakref
from operator import attrgetter
from typing import Any, Protocol

import pyrox
from pyrox_serpent import SerpentSerializer

from .configure import Configuration, global_config, when_changed

__all__ = ["DaemonSettings", "check_given_socket", "keep_up", "plugins", "settings"]

log = logging.getLogger("Pyro5")

_READ = attrgetter(
    "HOST", "PREFER_IP_VERSION", "NS_HOST", "NS_PORT", "NS_BCHOST", "NS_BCPORT",
    "NS_LOOKUP_DELAY", "SERIALIZER", "COMPRESSION", "MAX_MESSAGE_SIZE", "DETAILED_TRACEBACK",
    "COMMTIMEOUT", "SERVERTYPE", "THREADPOOL_SIZE", "ITER_STREAMING", "ITER_STREAM_LIFETIME",
    "ITER_STREAM_LINGER", "SOCK_REUSE", "LOGWIRE",
)  # fmt: skip
"""What follows from the settings follows from these."""
_SECURITY = attrgetter(
    "SSL_SERVERCERT", "SSL_SERVERKEY", "SSL_SERVERKEYPASSWD", "SSL_REQUIRECLIENTCERT",
    "SSL_CLIENTCERT", "SSL_CLIENTKEY", "SSL_CLIENTKEYPASSWD", "SSL_CACERTS",
)  # fmt: skip
_SMALLEST_LIMIT, _LARGEST_LIMIT = 1024, 2**32 - 1
_last: tuple[Any, pyrox.Config] | None = None
_last_plugins: tuple[Any, pyrox.Plugins] | None = None


def settings(config: Configuration = global_config) -> pyrox.Config:
    """Return what ``config`` means to pyrox."""
    global _last
    # Asked for each proxy: comparing takes half a microsecond, making it anew fifty.
    base = pyrox.current_config()
    state = (base, _READ(config), tuple(config.BROADCAST_ADDRS))
    if _last is None or _last[0] != state:
        _last = (state, base.replace(**_translated(config)))
    return _last[1]


def _translated(config: Configuration) -> dict[str, Any]:
    patience = max(config.COMMTIMEOUT or 0.0, 0.0)
    is_multiplex = config.SERVERTYPE == "multiplex"
    values: dict[str, Any] = {
        "host": str(config.HOST),
        "prefer_ip_version": config.PREFER_IP_VERSION,
        "ns_host": str(config.NS_HOST),
        "ns_port": config.NS_PORT,
        "ns_broadcast": True,
        "ns_broadcast_host": str(config.NS_BCHOST or ""),
        "ns_broadcast_port": config.NS_BCPORT,
        "ns_broadcast_addresses": tuple(config.BROADCAST_ADDRS),
        "ns_lookup_delay": config.NS_LOOKUP_DELAY or 0.0,
        "serializer": config.SERIALIZER,
        "compression": bool(config.COMPRESSION),
        "max_message_size": min(max(config.MAX_MESSAGE_SIZE, _SMALLEST_LIMIT), _LARGEST_LIMIT),
        "detailed_traceback": bool(config.DETAILED_TRACEBACK),
        "timeout": patience,
        "connect_timeout": patience,
        "max_retries": 0,  # the proxy counts its own, for it repeats more than pyrox would
        "server": "multiplex" if is_multiplex else "thread",
        "max_calls": max(config.THREADPOOL_SIZE, 1),
        "idle_timeout": 0.0 if is_multiplex else patience,
        "item_streaming": bool(config.ITER_STREAMING),
        "stream_lifetime": config.ITER_STREAM_LIFETIME or 0.0,
        "stream_linger": config.ITER_STREAM_LINGER or 0.0,
        "reuse_address": bool(config.SOCK_REUSE),
        "log_wire": bool(config.LOGWIRE),
        "unix_mode": "",  # whoever the umask lets in, as programs are used to
    }
    if patience:
        values |= {"handshake_timeout": patience, "send_timeout": patience}
    return values


_FOLLOWED = (
    "detailed_traceback", "item_streaming", "stream_lifetime", "stream_linger", "compression",
    "max_message_size", "log_wire", "handshake_timeout", "send_timeout",
)  # fmt: skip
"""What a daemon goes on to take from the settings; the rest is as it was when it was made."""


class DaemonSettings(pyrox.Config):
    """The settings of one daemon: it finds in them, at any time, what they are by then."""

    @classmethod
    def of(cls, config: pyrox.Config) -> DaemonSettings:
        """Return a copy of ``config``."""
        return cls(**{name: getattr(config, name) for name in pyrox.Config.help()})

    def follow(self, config: pyrox.Config) -> None:
        """Take what may change while a daemon is there from ``config``."""
        for name in _FOLLOWED:
            object.__setattr__(self, name, getattr(config, name))
        if self.server == "thread":
            object.__setattr__(self, "idle_timeout", config.timeout)


class Following(Protocol):
    """What is asked of a daemon."""

    def take_settings(self, config: pyrox.Config) -> None:
        """Go on by these settings."""


_following: weakref.WeakSet[Any] = weakref.WeakSet()
_lock = threading.Lock()


def keep_up(daemon: Following) -> None:
    """Let ``daemon`` know of each change of the settings of this process, from now on."""
    with _lock:
        _following.add(daemon)


def _tell_the_daemons() -> None:
    _serpent.bytes_repr = bool(global_config.SERPENT_BYTES_REPR)
    with _lock:
        told = list(_following)
    if not told:
        return
    try:
        config = settings()
    except (pyrox.PyroxError, TypeError, ValueError, AttributeError) as error:
        log.warning("the daemons go on with the settings that they had: %s", error)
        return
    for daemon in told:
        daemon.take_settings(config)


_serpent = SerpentSerializer(bytes_repr=bool(global_config.SERPENT_BYTES_REPR))
"""The serializer of all proxies and daemons that go by the settings of this process."""
when_changed(_tell_the_daemons)


def plugins(config: Configuration = global_config) -> pyrox.Plugins:
    """Return the plugins that are installed, with the changes that ``config`` asks for.

    With SSL, TLS takes the place of TCP, as it does in Pyro5, whose URIs do not tell. With
    SERPENT_BYTES_REPR, serpent writes bytes as literals.
    """
    global _last_plugins
    installed = pyrox.installed_plugins()
    is_own = config is global_config
    if not (is_own or config.SSL or config.SERPENT_BYTES_REPR):
        return installed
    wanted: tuple[Any, ...] = (installed, is_own or config.SERPENT_BYTES_REPR, is_own)
    if config.SSL:
        wanted += _SECURITY(config)
    if _last_plugins is None or _last_plugins[0] != wanted:
        _last_plugins = (wanted, _changed(installed, config))
    return _last_plugins[1]


def _changed(installed: pyrox.Plugins, config: Configuration) -> pyrox.Plugins:
    transports: dict[str, pyrox.Transport] = {}
    serializers: list[pyrox.Serializer] = []
    if config is global_config:
        serializers.append(_serpent)
    elif config.SERPENT_BYTES_REPR:
        serializers.append(SerpentSerializer(bytes_repr=True))
    if config.SSL:
        # Only who wants TLS needs ssl, which takes its time to be imported.
        from .secured import secured_transport

        transports["tcp"] = secured_transport(config)
    return installed.replacing(transports=transports, serializers=serializers)


def check_given_socket(sock: Any, config: Configuration = global_config) -> None:
    """Raise OSError for a socket of the program's own that is not secured as the settings say."""
    if config.SSL and not hasattr(sock, "getpeercert"):
        raise OSError(
            "SSL configured for Pyro but existing socket is not a SSL socket; wrap it with "
            "ssl.SSLContext.wrap_socket, or switch SSL off"
        )
