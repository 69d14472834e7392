"""Settings as a value: one frozen dataclass, passed to whoever needs it.

Settings come, last wins, from the defaults below, ``pyrox.toml`` (in the working directory, or
where ``PYROX_CONFIG`` points), environment variables ``PYROX_<SETTING>``, and code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..access.tokens import Token, read_tokens
from ..errors import ConfigError
from .spelling import nearest

__all__ = ["Config", "configure", "current_config", "load_config", "read_toml"]


def _setting(default: Any, help: str, secret: bool = False) -> Any:
    metadata = {"help": help, "secret": secret}
    if isinstance(default, list):
        return field(default_factory=lambda: tuple(default), metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


_OCTAL = frozenset("01234567")


@dataclass(frozen=True)
class Config:
    """All settings, with their defaults. Times are seconds, sizes bytes.

    A limit of 0 means none, save where it says otherwise.
    """

    # Where
    host: str = _setting("localhost", "address that daemons listen on where none is given")
    prefer_ip_version: int = _setting(0, "4 or 6 to insist on an IP version, 0 for either")
    nat_location: str = _setting("", "host:port to put in URIs instead of the real location")
    ns_host: str = _setting("localhost", "where to look for the name server")
    ns_port: int = _setting(9090, "port of the name server")
    ns_broadcast: bool = _setting(
        False, "ask by UDP broadcast for a name server (anybody on the network can answer)"
    )
    ns_broadcast_port: int = _setting(9091, "UDP port of the name server's broadcast responder")
    ns_broadcast_addresses: tuple[str, ...] = _setting(
        ["<broadcast>", "0.0.0.0"], "where broadcast look-ups are sent"
    )
    ns_lookup_delay: float = _setting(0.0, "how long a look-up waits for a name to appear")
    ns_refresh: float = _setting(
        10.0, "how often a daemon looks whether the names that it published are still there"
    )
    ns_broadcast_host: str = _setting(
        "", "address that a name server answers broadcasts on; empty for all"
    )
    ns_autoclean: float = _setting(
        0.0, "how often a name server looks for names whose server is gone; 3 or more, 0 for never"
    )

    # What travels
    serializer: str = _setting("auto", "serializer to call with; auto takes the best both have")
    serializers: tuple[str, ...] = _setting([], "serializers a daemon accepts; empty for all")
    compression: bool = _setting(False, "compress payloads over 100 bytes")
    max_message_size: int = _setting(2**30, "largest message sent or accepted")
    log_wire: bool = _setting(False, "log every message, to the logger pyrox.wire at level DEBUG")
    detailed_traceback: bool = _setting(False, "show local variables in remote tracebacks")

    # Calls
    timeout: float = _setting(0.0, "time a call may take")
    connect_timeout: float = _setting(10.0, "time to connect and shake hands")
    max_in_flight: int = _setting(1000, "calls of a proxy that wait for answers at once, over mux")
    max_retries: int = _setting(0, "further tries of a call that is safe to repeat")

    # Who may call what
    token: str = _setting("", "NAME:SECRET that this client proves to know", secret=True)
    tokens: tuple[str, ...] = _setting(
        [], "the NAME:SECRET of each client that a daemon knows by one", secret=True
    )
    require_auth: bool = _setting(False, "let only clients in that prove who they are")
    policy: str = _setting("", "TOML file that says who has which role, and may call what")

    # Daemon
    server: str = _setting("thread", "thread, or multiplex for a daemon with a single thread")
    max_calls: int = _setting(80, "calls that a daemon runs at once in threads")
    max_queued_calls: int = _setting(1000, "calls that wait when those are busy; 0 for none")
    max_connections: int = _setting(0, "connections that a daemon keeps open at once")
    max_unauthenticated: int = _setting(500, "connections that may be in their handshake at once")
    handshake_timeout: float = _setting(10.0, "time a client has to finish its handshake")
    send_timeout: float = _setting(30.0, "time a peer may take no bytes before it is dropped")
    idle_timeout: float = _setting(0.0, "time after which a quiet connection is closed")
    shutdown_timeout: float = _setting(5.0, "time that calls get to finish at shutdown")
    item_streaming: bool = _setting(True, "let methods return generators and iterators")
    stream_lifetime: float = _setting(0.0, "time an item stream may exist")
    stream_linger: float = _setting(30.0, "time an item stream outlives its connection")
    max_streams: int = _setting(10_000, "item streams that a daemon keeps at once")

    # TLS
    tls_certificate: str = _setting("", "PEM file with a daemon's certificate, and its chain")
    tls_key: str = _setting("", "PEM file with its private key, where that is another one")
    tls_key_password: str = _setting("", "password of that key", secret=True)
    tls_ca: str = _setting("", "PEM file, or folder, of the CAs to trust; empty for the system's")
    tls_crl: str = _setting("", "PEM file of the CAs' lists of revoked certificates")
    tls_require_client_certificate: bool = _setting(
        False, "let only clients in that have a certificate by one of these CAs"
    )
    tls_pin: bool = _setting(
        False, "put the fingerprint of a daemon's certificate into its URIs, for clients to check"
    )
    tls_client_certificate: str = _setting("", "PEM file with a client's certificate")
    tls_client_key: str = _setting("", "PEM file with its private key, where that is another one")
    tls_client_key_password: str = _setting("", "password of that key", secret=True)
    tls_min_version: str = _setting("1.2", "oldest version of TLS to speak: 1.2 or 1.3")

    # Sockets
    unix_mode: str = _setting("600", "permissions of unix sockets, in octal; empty for the umask's")
    unix_group: str = _setting("", "group that owns them; empty for the daemon's own")
    tcp_nodelay: bool = _setting(True, "send small messages at once")
    keepalive: float = _setting(
        45.0,
        "how long a peer may be silent, though it should answer, before its connection is given "
        "up; 0 for ever",
    )
    reuse_address: bool = _setting(True, "let a restarted daemon take its port at once")

    def __post_init__(self) -> None:
        for setting in fields(self):
            _check_type(setting.name, getattr(self, setting.name))
        _check_values(self)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None, **settings: Any) -> Config:
        """Return the settings in force: ``pyrox.toml``, ``PYROX_*``, and ``settings``, last wins.

        Raises ConfigError as :func:`load_config` does, which also tells where each came from.
        """
        return load_config(environ, **settings)[0]

    def replace(self, **settings: Any) -> Config:
        """Return a copy with ``settings`` changed; ConfigError names an unknown one."""
        for name in settings:
            _check_name(name, _known())
        return replace(self, **settings)

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """Return the names of the settings that are not to be shown."""
        return frozenset(setting.name for setting in fields(cls) if setting.metadata["secret"])

    @classmethod
    def help(cls) -> dict[str, str]:
        """Return what each setting means."""
        return {setting.name: setting.metadata["help"] for setting in fields(cls)}


def load_config(
    environ: Mapping[str, str] | None = None, path: str | None = None, **settings: Any
) -> tuple[Config, dict[str, str]]:
    """Return the settings in force, and for each one where it came from.

    ``path`` names a TOML file (else ``PYROX_CONFIG``, else ``pyrox.toml`` if it exists).
    Raises ConfigError for unknown settings and wrong values, naming the nearest valid one.
    """
    environ = os.environ if environ is None else environ
    known = _known()
    values: dict[str, Any] = {}
    sources = dict.fromkeys(known, "default")
    explicit = path or environ.get("PYROX_CONFIG")
    file = explicit or "pyrox.toml"
    if explicit or os.path.exists(file):
        for name, value in read_toml(file).items():
            _check_name(name, known, f"in {file}")
            values[name], sources[name] = _from_toml(name, value, file), file
    for variable, text in environ.items():
        if not variable.startswith("PYROX_") or variable == "PYROX_CONFIG":
            continue
        name = variable[len("PYROX_") :].lower()
        _check_name(name, known, f"from environment variable {variable}")
        values[name], sources[name] = _from_text(name, text, variable), variable
    for name, value in settings.items():
        _check_name(name, known)
        values[name], sources[name] = value, "code"
    return Config(**values), sources


_current: Config | None = None


def current_config() -> Config:
    """Return the settings of this process, reading them when first asked."""
    global _current
    if _current is None:
        _current = load_config()[0]
    return _current


def configure(**settings: Any) -> Config:
    """Change settings of this process, for the daemons and proxies made from now on."""
    global _current
    _current = current_config().replace(**settings)
    return _current


def _known() -> dict[str, type]:
    return _TYPES


def _check_name(name: str, known: Mapping[str, type], where: str = "") -> None:
    if name in known:
        return
    near = nearest(name, known, cutoff=0.5)
    hint = f"did you mean {near!r}?" if near else "`pyrox config` lists them all"
    raise ConfigError(f"unknown setting {name!r}{' ' + where if where else ''}: {hint}")


def _check_type(name: str, value: Any) -> None:
    expected = _TYPES[name]
    if expected is float and isinstance(value, int) and not isinstance(value, bool):
        return
    if expected is tuple and isinstance(value, tuple) and all(isinstance(v, str) for v in value):
        return
    if expected is tuple or type(value) is not expected:
        wanted = "tuple of str" if expected is tuple else expected.__name__
        shown = "what it is" if name in Config.secrets() else repr(value)
        raise ConfigError(f"setting {name} must be a {wanted}, not {shown}")


def _check_values(config: Config) -> None:
    choices: dict[str, tuple[object, ...]] = {
        "server": ("thread", "multiplex"),
        "prefer_ip_version": (0, 4, 6),
        "tls_min_version": ("1.2", "1.3"),
    }
    for name, allowed in choices.items():
        if (value := getattr(config, name)) not in allowed:
            raise ConfigError(
                f"setting {name} must be {' or '.join(map(str, allowed))}, not {value!r}"
            )
    for setting in fields(config):
        value = getattr(config, setting.name)
        if isinstance(value, int | float) and not value >= 0:
            raise ConfigError(f"setting {setting.name} must not be negative, and is {value!r}")
    if 0 < config.ns_autoclean < 3:
        raise ConfigError(
            f"setting ns_autoclean must be 0 or at least 3 seconds, and is {config.ns_autoclean!r}"
        )
    if config.max_calls < 1:
        raise ConfigError("setting max_calls must be at least 1")
    if config.unix_mode and not (len(config.unix_mode) <= 3 and set(config.unix_mode) <= _OCTAL):
        raise ConfigError(
            "setting unix_mode is up to three octal digits in quotation marks, such as '660', "
            f"and not {config.unix_mode!r}"
        )
    if config.token:
        Token.read(config.token, "token")
    read_tokens(config.tokens, "tokens")
    if not 1024 <= config.max_message_size < 2**32:
        raise ConfigError("setting max_message_size must be from 1024 to 4294967295 bytes")


def read_toml(file: str, what: str = "settings") -> dict[str, Any]:
    """Return what stands in a TOML file; ConfigError where it cannot be read."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise ConfigError(f"reading {file} on Python 3.10 needs: pip install tomli") from None
    try:
        with open(file, "rb") as stream:
            return dict(tomllib.load(stream))
    except OSError as error:
        raise ConfigError(f"cannot read {what}: {error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from error


def _from_toml(name: str, value: Any, file: str) -> Any:
    if isinstance(value, list):
        value = tuple(value)
    try:
        _check_type(name, value)
    except ConfigError as error:
        raise ConfigError(f"{error} (in {file})") from None
    return value


_WORDS = {
    **dict.fromkeys(("1", "yes", "on", "true"), True),
    **dict.fromkeys(("0", "no", "off", "false"), False),
}


def _from_text(name: str, text: str, variable: str) -> Any:
    kind = _TYPES[name]
    try:
        if kind is bool:
            return _WORDS[text.strip().lower()]
        if kind is tuple:
            return tuple(part.strip() for part in text.split(",") if part.strip())
        return kind(text)
    except (KeyError, ValueError):
        wanted = "yes or no" if kind is bool else kind.__name__
        raise ConfigError(f"environment variable {variable}={text!r}: expected {wanted}") from None


_TYPES: dict[str, type] = {
    setting.name: tuple
    if "tuple" in str(setting.type)
    else {"str": str, "int": int, "bool": bool, "float": float}[str(setting.type)]
    for setting in fields(Config)
}
