"""What pyrox raises, as the error that a Pyro5 program expects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyrox

from .errors import (
    CommunicationError,
    ConnectionClosedError,
    DaemonError,
    MessageTooLargeError,
    NamingError,
    ProtocolError,
    PyroError,
    SecurityError,
    SerializeError,
    TimeoutError,
)

__all__ = ["arrived", "in_pyro5s_words", "pyro5_errors", "translated", "was_not_written"]


class UsageError(PyroError, pyrox.UsageError):
    """A call that cannot work as it was written: a ValueError, as most of these are in Pyro5."""


class MissingFileError(UsageError, FileNotFoundError):
    """A certificate or key that a setting names is not there: an IOError, as in Pyro5."""


_KINDS: tuple[tuple[type[pyrox.PyroxError], type[PyroError]], ...] = (
    (pyrox.URIError, PyroError),
    (pyrox.UsageError, UsageError),
    (pyrox.NamingError, NamingError),
    (pyrox.DaemonError, DaemonError),
    (pyrox.SecurityError, SecurityError),
    (pyrox.SerializeError, SerializeError),
    (pyrox.MessageTooLargeError, MessageTooLargeError),
    (pyrox.ProtocolError, ProtocolError),
    (pyrox.TimeoutError, TimeoutError),
    (pyrox.ConnectionClosedError, ConnectionClosedError),
    (pyrox.CommunicationError, CommunicationError),
)
"""What each class is in Pyro5; the first that fits counts, and PyroError is all the rest."""


@contextmanager
def pyro5_errors() -> Iterator[None]:
    """Raise the errors of pyrox as those of Pyro5."""
    try:
        yield
    except pyrox.PyroxError as error:
        raise translated(error) from error.__cause__


def translated(error: BaseException) -> BaseException:
    """Return what ``error`` is to a Pyro5 program: itself, unless it is an error of pyrox's own.

    The text begins as Pyro5's does, and may go on with advice. Raise it ``from error.__cause__``,
    which is what it is chained to in Pyro5.
    """
    return _translated(error, pyrox.remote_traceback(error) is not None)


def was_not_written(error: BaseException) -> bool:
    """Tell whether a value could not be written: with serpent that is a TypeError in Pyro5."""
    return (
        isinstance(error, pyrox.SerializeError)
        and pyrox.remote_traceback(error) is None
        and str(error).startswith(_NOT_WRITTEN)
    )


_NOT_WRITTEN = ("don't know how to serialize", "the arguments cannot be sent with serpent",
                "the result cannot be sent with serpent")  # fmt: skip


def arrived(error: BaseException) -> BaseException:
    """Return what ``error`` is to a Pyro5 program where it came from the other side, as it is."""
    return _translated(error, True)


def _translated(error: BaseException, is_remote: bool) -> BaseException:
    remote = pyrox.remote_traceback(error)
    result = _counterpart(error, is_remote)
    if result is not error:
        vars(result).update(vars(error))
        result.__traceback__ = error.__traceback__
        result.__cause__ = error.__cause__
        if isinstance(error, pyrox.ConnectionClosedError) and not is_remote:
            vars(result).setdefault("partialData", b"")  # pyrox keeps none
        if isinstance(error, pyrox.CommunicationError):
            result.outcome = error.outcome  # type: ignore[attr-defined]
    if remote is not None and not hasattr(result, "_pyroTraceback"):
        result._pyroTraceback = remote.splitlines(keepends=True)  # type: ignore[attr-defined]
    return result


def _counterpart(error: BaseException, is_remote: bool) -> BaseException:
    if isinstance(error, PyroError) or not isinstance(error, pyrox.PyroxError):
        return error
    if isinstance(error, pyrox.RemoteError):
        return _of_unknown_class(error)
    if is_remote:  # it says what the method wanted to say
        return _kind(error)(*map(_advice_in_pyro5s_words, error.args))
    if isinstance(error, pyrox.ConnectError):
        return _without_connection(error)
    text, *rest = error.args or ("",)
    if str(text).startswith("invalid serializer in response"):
        return SerializeError(text, *rest)
    kind = _kind(error)
    if kind is UsageError and " file not found: " in str(text):
        kind = MissingFileError
    return kind(_as_in_pyro5(error, in_pyro5s_words(str(text))), *rest)


_SETTINGS = {
    "connect_timeout": "COMMTIMEOUT",
    "max_calls": "THREADPOOL_SIZE",
    "max_message_size": "MAX_MESSAGE_SIZE",
    "nat_location": "NATHOST",
    "ns_autoclean": "NS_AUTOCLEAN",
    "ns_host": "NS_HOST",
    "ns_lookup_delay": "NS_LOOKUP_DELAY",
    "ns_port": "NS_PORT",
    "tls_ca": "SSL_CACERTS",
    "tls_certificate": "SSL_SERVERCERT",
    "tls_client_certificate": "SSL_CLIENTCERT",
    "tls_client_key": "SSL_CLIENTKEY",
    "tls_client_key_password": "SSL_CLIENTKEYPASSWD",
    "tls_key": "SSL_SERVERKEY",
    "tls_key_password": "SSL_SERVERKEYPASSWD",
    "tls_require_client_certificate": "SSL_REQUIRECLIENTCERT",
}
"""What a Pyro5 program calls the settings that advice may name."""
_VARIABLES = {f"PYROX_{native.upper()}": f"PYRO_{name}" for native, name in _SETTINGS.items()}
_NATIVE_SETTING = re.compile(rf"\b({'|'.join([*_SETTINGS, *_VARIABLES])})\b")
_ADVICE = (
    (
        ": register the class with pyrox.register_class(...), send plain values, or ",
        ". Give it vars() or an appropriate __getstate__, or a converter with "
        "register_class_to_dict; or send plain values, or ",
    ),
    (
        "a class travels once both ends know it: pyrox.register_class(TheClass), or "
        "converters.register(TheClass) of this daemon or proxy; or send plain values",
        "a class travels once the receiver knows how to make it: say so there with "
        "register_dict_to_class; or send plain values",
    ),
    ("or raise max_message_size at both ends", "or raise MAX_MESSAGE_SIZE at both ends"),
    ("; or set tls_pin, to have one made that lasts as long as the daemon", ""),
)
"""Advice of pyrox's, and what it is to a Pyro5 program."""
_OBJECT_AT = re.compile(r"^remote object '(\S+)' at (\S+)")


def in_pyro5s_words(text: str) -> str:
    """Return a text of pyrox with the names that a Pyro5 program has for things."""
    text = _OBJECT_AT.sub(r"remote object 'PYRO:\1@\2'", _advice_in_pyro5s_words(text))
    return _NATIVE_SETTING.sub(lambda found: (_SETTINGS | _VARIABLES)[found[0]], text)


def _advice_in_pyro5s_words(text: Any) -> Any:
    """Do that to whole sentences alone, which cannot be what a method of the program said."""
    if isinstance(text, str):
        for native, ours in _ADVICE:
            text = text.replace(native, ours)
    return text


def _kind(error: BaseException) -> type[PyroError]:
    if isinstance(error, pyrox.DaemonError) and str(error).startswith(_NO_DAEMON_ERRORS):
        return PyroError
    return next((kind for native, kind in _KINDS if isinstance(error, native)), PyroError)


_NO_DAEMON_ERRORS = ("item stream terminated", "remote object '")
"""What a DaemonError of pyrox begins with that is none in Pyro5."""


def _of_unknown_class(error: pyrox.RemoteError) -> PyroError:
    """Pyro5 refuses an exception whose class it cannot build; ours keeps what the other one says.

    That is its text, its traceback, and the name of its class.
    """
    name = error.remote_class
    told = (
        f"the remote method raised {error}; register the class to receive it, with "
        "register_dict_to_class"
    )
    if "__" in name:
        return SecurityError(
            f"refused to deserialize types with double underscores in their name: {name}; {told}"
        )
    return SerializeError(f"unsupported serialized class: {name}; {told}")


def _without_connection(error: pyrox.ConnectError) -> PyroError:
    """Say why there is no connection, with the place in the form that Pyro5 gives it."""
    text, cause = str(error).replace(f" ({error.__cause__})", ""), error.__cause__
    if isinstance(cause, pyrox.ConnectionClosedError | pyrox.ProtocolError):
        return _kind(cause)(f"{_begin(cause) or cause}; {text}")
    begin = next((b for b in _BEGINNINGS if text.startswith(b)), None)
    if begin is None:
        return CommunicationError(text)
    place, separator, reason = text[len(begin) :].partition(_BEGINNINGS[begin])
    if isinstance(cause, OSError):
        reason = f"{cause}; {reason}"
    return CommunicationError(f"{begin}{_place(place)}{separator}{reason}")


_BEGINNINGS = {"cannot connect to ": ": ", "connection to ": " rejected: "}


def _place(location: str) -> str:
    """Return the address as Pyro5 shows it: a tuple, or the path of a unix socket."""
    location = location.partition("://")[2] or location
    if location.startswith(("./u:", "/")):
        return location.removeprefix("./u:")
    try:
        return repr(pyrox.split_host_port(location))
    except pyrox.UsageError:
        return location


def _as_in_pyro5(error: BaseException, text: str) -> str:
    """Return ``text`` with what Pyro5 says in its place in front, where that is something else."""
    begin = _begin(error)
    return text if not begin or text.startswith(begin) else f"{begin}; {text}"


def _begin(error: BaseException) -> str:
    """Return what Pyro5 says of a failure that pyrox has other words for, else nothing."""
    cause = error.__cause__
    if isinstance(error, pyrox.TimeoutError):
        return "receiving: timeout"
    if isinstance(error, pyrox.ConnectionClosedError) and isinstance(cause, OSError):
        way = "sending" if isinstance(cause, BrokenPipeError) else "receiving"
        return f"{way}: connection lost: {cause}"
    if isinstance(error, pyrox.NamingError) and str(error).startswith("no name server found"):
        return "Failed to locate the nameserver"
    return ""
