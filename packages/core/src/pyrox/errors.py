"""The errors of pyrox, and whose fault each one is.

::

    PyroxError                      the root; never raised itself
    |-- UsageError                 yours: a call, URI or setting that cannot work (a ValueError)
    |   |-- URIError
    |   `-- ConfigError
    |-- PluginError                nothing installed does this, or two plugins claim it
    |-- NamingError                a name server's answer: unknown, or taken
    |   `-- NoNameServerError      none was found where it was looked for
    |-- DaemonError                a daemon's answer: unknown object, bad registration
    |-- SecurityError              refused, since it would be unsafe
    |   `-- AccessDeniedError      refused to this caller
    |-- RemoteError                the remote method's own: its class is not known here
    `-- CommunicationError         the connection's; carries the ``outcome`` of the call
        |-- ConnectError           no connection could be made
        |-- ConnectionClosedError  the peer went away
        |-- TimeoutError           time ran out (a builtin TimeoutError, too)
        |-- OverloadedError        the daemon has too much to do; nothing was executed
        `-- ProtocolError          bytes that do not follow the protocol
            |-- LocalProtocolError     ours: we were asked to send what may not be sent
            |-- RemoteProtocolError    the peer's: it sent what may not be sent
            |-- MessageTooLargeError   a message over the limit
            `-- SerializeError         a value that cannot travel

The names that Pyro5 has too mean the same here.
"""

from __future__ import annotations

import builtins
from enum import Enum

__all__ = [
    "AccessDeniedError",
    "CommunicationError",
    "ConfigError",
    "ConnectError",
    "ConnectionClosedError",
    "DaemonError",
    "LocalProtocolError",
    "MessageTooLargeError",
    "NamingError",
    "NoNameServerError",
    "Outcome",
    "OverloadedError",
    "PluginError",
    "ProtocolError",
    "PyroxError",
    "RemoteError",
    "RemoteProtocolError",
    "RemoteTraceback",
    "SecurityError",
    "SerializeError",
    "TimeoutError",
    "URIError",
    "UsageError",
    "remote_traceback",
]


class Outcome(str, Enum):
    """What became of a call whose answer did not arrive."""

    NOT_SENT = "not_sent"
    """The method did not run, and will not: calling again is safe."""
    UNKNOWN = "unknown"
    """The request was on its way: the method may have run, may be running, or never will."""
    EXECUTED = "executed"
    """The method ran (or was refused by the daemon); only its result could not be delivered."""

    def __str__(self) -> str:
        return self.value


class PyroxError(Exception):
    """Root of all pyrox errors."""


class UsageError(PyroxError, ValueError):
    """A call that cannot work as it was written."""


class URIError(UsageError):
    """A text that is no valid URI or location."""


class ConfigError(UsageError):
    """A setting that does not exist or has a value of the wrong kind."""


class PluginError(PyroxError):
    """A transport, serializer or resolver that is missing, broken or claimed twice."""


class NamingError(PyroxError):
    """A name that is unknown or taken; a name server that cannot be found."""


class NoNameServerError(NamingError):
    """No name server answers where it was looked for."""


class DaemonError(PyroxError):
    """An unknown object or a registration that a daemon refuses."""


class SecurityError(PyroxError):
    """Something refused because it would be unsafe."""


class AccessDeniedError(SecurityError):
    """The caller may not call this: a role is missing, or a policy does not allow it."""


class RemoteError(PyroxError):
    """A remote method raised an exception whose class is not known here.

    ``remote_class`` is its full name at the other end, ``args`` are its arguments, and
    ``attributes`` what else it carried. To receive the class itself, register it with
    :meth:`pyrox.Converters.register`.
    """

    def __init__(
        self, *args: object, remote_class: str = "", attributes: dict[str, object] | None = None
    ) -> None:
        super().__init__(*args)
        self.remote_class = remote_class
        self.attributes = attributes or {}

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.remote_class}: {text}" if self.remote_class else text


class CommunicationError(PyroxError):
    """A call failed on its way, there or back; ``outcome`` says whether the method may have run."""

    outcome: Outcome = Outcome.UNKNOWN

    def __init__(self, *args: object, outcome: Outcome | None = None) -> None:
        super().__init__(*args)
        if outcome is not None:
            self.outcome = outcome


class ConnectError(CommunicationError):
    """No connection: wrong address, nobody there, refused, or not a daemon."""

    outcome = Outcome.NOT_SENT


class ConnectionClosedError(CommunicationError):
    """The connection ended before the answer was there."""


class TimeoutError(CommunicationError, builtins.TimeoutError):
    """Time ran out before the answer was there."""


class OverloadedError(CommunicationError):
    """The daemon has as many calls waiting as it accepts; it did not start this one."""

    outcome = Outcome.NOT_SENT


class ProtocolError(CommunicationError):
    """Bytes that do not follow the protocol."""


class LocalProtocolError(ProtocolError):
    """We were asked to send something that the protocol does not allow."""

    outcome = Outcome.NOT_SENT


class RemoteProtocolError(ProtocolError):
    """The peer sent something that the protocol does not allow."""


class MessageTooLargeError(ProtocolError):
    """A message is longer than ``max_message_size`` allows."""


class SerializeError(ProtocolError):
    """A value that the serializer cannot write, or bytes that it cannot read."""


class RemoteTraceback(Exception):
    """The traceback of the other side; the ``__cause__`` of an exception that came from there."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"\n--- remote traceback ---\n{self.text.rstrip()}\n--- end of remote traceback ---"


def remote_traceback(error: BaseException) -> str | None:
    """Return the remote traceback that ``error`` carries, or None where it was raised here."""
    cause = error.__cause__
    return cause.text if isinstance(cause, RemoteTraceback) else None
