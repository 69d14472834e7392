"""The settings of a Pyro5 program (reference 2): one object, from defaults and ``PYRO_*``.

``python -m Pyro5.configure`` prints them.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyrox

from . import __version__, logs

__all__ = ["Configuration", "dump", "global_config", "when_changed"]

_PREFIX = "PYRO_"
_DEFAULTS: dict[str, Any] = {
    "HOST": "localhost",
    "NS_HOST": "localhost",
    "NS_PORT": 9090,
    "NS_BCPORT": 9091,
    "NS_BCHOST": None,
    "NS_AUTOCLEAN": 0.0,
    "NS_LOOKUP_DELAY": 0.0,
    "NATHOST": None,
    "NATPORT": 0,
    "COMPRESSION": False,
    "SERVERTYPE": "thread",
    "COMMTIMEOUT": 0.0,
    "POLLTIMEOUT": 2.0,
    "MAX_RETRIES": 0,
    "SOCK_REUSE": True,
    "SOCK_NODELAY": False,
    "DETAILED_TRACEBACK": False,
    "THREADPOOL_SIZE": 80,
    "THREADPOOL_SIZE_MIN": 4,
    "MAX_MESSAGE_SIZE": 1024 * 1024 * 1024,
    "BROADCAST_ADDRS": ["<broadcast>", "0.0.0.0"],
    "PREFER_IP_VERSION": 0,
    "SERIALIZER": "serpent",
    "SERPENT_BYTES_REPR": False,
    "ITER_STREAMING": True,
    "ITER_STREAM_LIFETIME": 0.0,
    "ITER_STREAM_LINGER": 30.0,
    # These two are read once, when the logging is set up.
    "LOGFILE": os.environ.get("PYRO_LOGFILE", "pyro5.log"),
    "LOGLEVEL": os.environ.get("PYRO_LOGLEVEL"),
    "LOGWIRE": False,
    "SSL": False,
    "SSL_SERVERCERT": "",
    "SSL_SERVERKEY": "",
    "SSL_SERVERKEYPASSWD": "",
    "SSL_REQUIRECLIENTCERT": False,
    "SSL_CLIENTCERT": "",
    "SSL_CLIENTKEY": "",
    "SSL_CLIENTKEYPASSWD": "",
    "SSL_CACERTS": "",
}
_WORDS = {
    **dict.fromkeys(("0", "off", "no", "false"), False),
    **dict.fromkeys(("1", "yes", "on", "true"), True),
}


class Configuration:
    """All settings, as attributes; setting one that does not exist is an AttributeError."""

    __slots__ = tuple(_DEFAULTS)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self) -> None:
        self.reset()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        _note_change(self)

    def reset(self, use_environment: bool = True) -> None:
        """Return to the defaults, and to what the environment says unless told otherwise.

        A variable ``PYRO_...`` that is no setting, or whose value cannot be one, is a ValueError.
        """
        values = {**_DEFAULTS, **(_from_environment(os.environ) if use_environment else {})}
        self._take(values)

    def copy(self) -> Configuration:
        """Return another object with the same values."""
        twin = object.__new__(type(self))
        twin._take(self.as_dict())
        return twin

    def as_dict(self) -> dict[str, Any]:
        """Return all settings by name."""
        return {name: getattr(self, name) for name in _DEFAULTS}

    def dump(self) -> str:
        """Return a text with the versions in use and all settings."""
        lines = [
            f"Pyro version: {__version__}",
            f"Loaded from: {os.path.dirname(os.path.abspath(__file__))}",
            f"Python version: {platform.python_implementation()} {platform.python_version()} "
            f"({platform.system()}, {os.name})",
            f"Protocol version: {pyrox.PROTOCOL_VERSION}",
            "Currently active global configuration settings:",
            *(f"{name} = {value}" for name, value in sorted(self.as_dict().items())),
        ]
        return "\n".join(lines)

    def _take(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, list(value) if isinstance(value, list) else value)
        _note_change(self)


Configuration.__module__ = "Pyro5.configure"

_watching: list[Callable[[], None]] = []


def when_changed(call: Callable[[], None]) -> None:
    """Have ``call()`` made after each change of the settings of this process."""
    _watching.append(call)


def _note_change(config: Configuration) -> None:
    # None of them watches before there are settings of this process.
    if _watching and config is global_config:
        for call in _watching:
            call()


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    return {
        variable[len(_PREFIX) :]: _parsed(variable, text)
        for variable, text in environ.items()
        if variable.startswith(_PREFIX)
    }


def _parsed(variable: str, text: str) -> Any:
    """Return what ``text`` says, as a value of the kind that the default is of."""
    name = variable[len(_PREFIX) :]
    if name not in _DEFAULTS:
        raise ValueError(f"invalid Pyro environment config variable: {variable}")
    default = _DEFAULTS[name]
    if isinstance(default, bool):
        if text.lower() not in _WORDS:
            raise ValueError(f"invalid boolean value: {variable}={text}")
        return _WORDS[text.lower()]
    if isinstance(default, list):
        return [part.strip() for part in text.split(",")]
    if default is None:
        return text
    try:
        return type(default)(text)
    except ValueError:
        raise ValueError(f"invalid Pyro environment config value: {variable}={text}") from None


global_config = Configuration()
"""The settings of this process, known as ``Pyro5.config`` too."""

logs.set_up(global_config.LOGLEVEL, global_config.LOGFILE)


def dump() -> None:
    """Print the versions in use and all settings."""
    print(global_config.dump())


if __name__ == "__main__":
    dump()
