"""What a failed connection is called: the same words, however one waits."""

from __future__ import annotations

import builtins
import errno
import time

from ..errors import (
    CommunicationError,
    ConnectError,
    ConnectionClosedError,
    Outcome,
    PyroxError,
    RemoteProtocolError,
    TimeoutError,
)
from ..values.context import time_limit
from ..values.uri import URI

__all__ = [
    "check_pause",
    "handshake_error",
    "lost_before_sending",
    "no_answer",
    "own_copy",
    "released",
    "silent",
    "too_busy",
    "translated",
    "was_not_begun",
    "where_of",
    "within",
]

_NOT_SENT = Outcome.NOT_SENT


def where_of(uri: URI) -> str:
    """Return what error messages call the place of ``uri``: no fingerprints, no usual scheme."""
    place = (uri.location or "").partition("#")[0]
    return place if uri.transport in ("tcp", "unix") else f"{uri.transport}://{place}"


def within(deadline: float) -> float:
    """Return how many seconds are left; TimeoutError where that is none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise _over()
    return left


def check_pause(seconds: float) -> None:
    """Raise TimeoutError where the time for calls made now is over before a pause is."""
    limit = time_limit()
    if limit and time.monotonic() + seconds >= limit:
        raise _over()


def _over() -> TimeoutError:
    return TimeoutError("the time for this call is over", outcome=_NOT_SENT)


def was_not_begun(error: PyroxError) -> bool:
    """Tell whether the call that failed did not run."""
    return isinstance(error, CommunicationError) and error.outcome is Outcome.NOT_SENT


def translated(error: BaseException, where: str) -> BaseException:
    """Return a failure on the way as one of our errors, and anything else as it is."""
    if isinstance(error, CommunicationError) or not isinstance(error, OSError):
        return error
    waited = isinstance(error, BlockingIOError | builtins.TimeoutError)
    if waited and error.errno != errno.ETIMEDOUT:  # that is the system's: the peer seems dead
        return no_answer(where)
    return ConnectionClosedError(f"connection with {where} lost: {error}")


def no_answer(where: str) -> TimeoutError:
    """Return the error of a call whose time was over before its answer came."""
    return TimeoutError(f"no answer from {where} in time; the call may still run there")


def lost_before_sending(where: str) -> ConnectionClosedError:
    """Return the error of a call whose connection had ended before it was sent."""
    return ConnectionClosedError(
        f"connection with {where} lost before the call was sent", outcome=_NOT_SENT
    )


def too_busy(where: str) -> TimeoutError:
    """Return the error of a call for which there was no room in time."""
    return TimeoutError(
        f"the connection with {where} was busy with other calls for too long", outcome=_NOT_SENT
    )


def released() -> ConnectionClosedError:
    """Return the error of a call whose proxy was released."""
    return ConnectionClosedError("the proxy was released while the call was on its way")


def silent(where: str) -> ConnectionClosedError:
    """Return the error of calls to a daemon that does not even say that it is there."""
    return ConnectionClosedError(
        f"connection with {where} given up: the daemon does not answer any more, not even when it "
        "is asked whether it is there; see the setting keepalive"
    )


def own_copy(error: BaseException) -> BaseException:
    """Return another exception like this one: each call that fails has its own."""
    if isinstance(error, CommunicationError):
        twin = type(error)(*error.args, outcome=error.outcome)
        twin.__cause__ = error.__cause__
        return twin
    return error


def handshake_error(error: BaseException, where: str) -> BaseException:
    """Return why nothing came of the handshake with ``where``."""
    if isinstance(error, RemoteProtocolError):
        return ConnectError(
            f"cannot connect to {where}: what answers there is no pyrox or Pyro5 daemon "
            f"({error}); check the port"
        )
    if isinstance(error, ConnectionClosedError):
        return ConnectError(
            f"cannot connect to {where}: it closed the connection during the handshake; "
            "check that a daemon listens there, and its log"
        )
    if isinstance(error, TimeoutError):
        return TimeoutError(
            f"cannot connect to {where}: no answer to the handshake in time; check that a "
            "daemon listens there and is not blocked, or raise connect_timeout",
            outcome=_NOT_SENT,
        )
    if isinstance(error, CommunicationError):
        error.outcome = Outcome.NOT_SENT
    return error
