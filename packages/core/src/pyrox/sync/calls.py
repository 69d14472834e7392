"""What calling looks like: methods, batches and item streams of a remote object."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Protocol, TypeVar, cast, overload

from ..errors import CommunicationError, Outcome
from ..logic.interfaces import Interface
from ..logic.remote import BatchCalls, batch_results
from ..logic.remote_help import RemoteDoc
from ..values.uri import DAEMON_ID, URI
from ..wire.message import Flags

__all__ = ["Batch", "ItemStream", "RemoteMethod"]

T = TypeVar("T")


class Remote(Protocol):
    """What these need of the remote object that they belong to."""

    uri: URI
    interface: Interface | None

    @property
    def connected(self) -> bool:
        """True while there is a connection."""

    def invoke(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Call a method with these arguments."""

    def invoke_checked(self, method: str, /, *args: Any, **kwargs: Any) -> Any:
        """Do the same, if the interface's method takes them."""

    def call(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        object_id: str | None = None,
    ) -> Any:
        """Make a call."""

    def exclusively(self, lock: threading.Lock, function: Callable[[], T]) -> T:
        """Run a function while a lock is held."""

    def forget_stream(self, stream_id: str) -> None:
        """Let the daemon know, with the next call, that nobody reads an item stream any more."""

    def help_of(self, method: str) -> str | None:
        """Return the help of a method."""


class RemoteMethod(partial[Any]):
    """A method of a remote object: calling it makes the call."""

    def __new__(cls, remote: Remote, name: str) -> RemoteMethod:
        invoke = remote.invoke if remote.interface is None else remote.invoke_checked
        return super().__new__(cls, invoke, name)

    @property
    def __name__(self) -> str:
        name: str = self.args[0]
        return name

    @property
    def _remote(self) -> Remote:
        remote: Remote = self.func.__self__  # type: ignore[attr-defined]
        return remote

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"a remote method has no attributes: {self.__name__}.{name} cannot be called; "
            "let a method return that object instead"
        )

    def __repr__(self) -> str:
        return f"<RemoteMethod {self.__name__} of {self._remote.uri}>"


RemoteMethod.__doc__ = cast(
    str, RemoteDoc(RemoteMethod.__doc__, lambda method: method._remote.help_of(method.__name__))
)


class Batch:
    """Calls on a ``proxy`` that travel in one message. Call the methods, then the batch itself.

    The methods return None; calling the batch returns an iterator of the results in order, which
    raises the exception of the call that failed (those behind it did not run).
    """

    def __init__(self, proxy: Any) -> None:
        self._remote: Remote = getattr(proxy, "_pyro", proxy)
        self._calls = BatchCalls()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        recorder = partial(self._calls.add, name)
        self.__dict__[name] = recorder
        return recorder

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __call__(self, *, oneway: Literal[False] = ...) -> Iterator[Any]: ...
    @overload
    def __call__(self, *, oneway: Literal[True]) -> None: ...
    def __call__(self, *, oneway: bool = False) -> Iterator[Any] | None:
        """Send the calls; ``oneway`` does not wait for results and returns None."""
        calls = self._calls.take()
        if not calls:
            return None if oneway else iter(())
        flags = Flags.BATCH | (Flags.ONEWAY if oneway else 0)
        values = self._remote.call("<batch>", calls, None, flags)
        return None if oneway else batch_results(values)


class ItemStream:
    """The items of a remote iterator, fetched one by one as they are asked for.

    ``close()`` ends it early; so does forgetting about it.
    """

    def __init__(self, remote: Remote, stream_id: str) -> None:
        self._remote = remote
        self._stream_id: str | None = stream_id
        self._lock = threading.Lock()

    @property
    def stream_id(self) -> str | None:
        """The id by which the daemon knows it; None once it has ended."""
        return self._stream_id

    def __iter__(self) -> ItemStream:
        return self

    def __next__(self) -> Any:
        # One thread at a time: who comes when the last item is taken finds the end, no error.
        return self._remote.exclusively(self._lock, self._fetch)

    def _fetch(self) -> Any:
        if self._stream_id is None:
            raise StopIteration
        try:
            return self._remote.call(
                "get_next_stream_item", (self._stream_id,), {}, object_id=DAEMON_ID
            )
        except CommunicationError as error:
            if error.outcome is not Outcome.NOT_SENT:
                self._stream_id = None
            raise
        except Exception:
            self._stream_id = None
            raise

    def close(self) -> None:
        """Tell the daemon that no more items are wanted."""
        stream_id, self._stream_id = self._stream_id, None
        if stream_id is None:
            return
        if not self._remote.connected:
            self._remote.forget_stream(stream_id)  # the next call will tell
            return
        with contextlib.suppress(CommunicationError):
            self._remote.call("close_stream", (stream_id,), {}, Flags.ONEWAY, object_id=DAEMON_ID)

    def __enter__(self) -> ItemStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # No input or output here: this may run in the middle of a call on the same connection.
        # The daemon is told with the next call.
        stream_id = getattr(self, "_stream_id", None)
        if stream_id is not None:
            self._remote.forget_stream(stream_id)
