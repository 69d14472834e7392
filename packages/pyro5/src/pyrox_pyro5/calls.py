"""What calling through a Pyro5 proxy looks like: methods, batches, and the items of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyrox
from pyrox.logic.remote import batch_results

from .callcontext import carrying
from .errors import ConnectionClosedError, TimeoutError
from .translation import translated

__all__ = ["BatchProxy", "_BatchedRemoteMethod", "_RemoteMethod", "_StreamResultIterator"]

Call = tuple[str, Sequence[Any], Mapping[str, Any]]


class _RemoteMethod:
    """A method of a remote object; calling it calls ``send(name, args, kwargs)``.

    ``max_retries`` is how often that is tried again when the connection broke or time ran out.
    """

    __slots__ = ("_max_retries", "_name", "_send")

    def __init__(self, send: Callable[..., Any], name: str, max_retries: int) -> None:
        self._send = send
        self._name = name
        self._max_retries = max_retries

    def __getattr__(self, name: str) -> _RemoteMethod:
        if name.startswith("__"):
            raise AttributeError(name)
        return _RemoteMethod(self._send, f"{self._name}.{name}", self._max_retries)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        left = self._max_retries
        if not left:
            return self._send(self._name, args, kwargs)
        while True:
            try:
                return self._send(self._name, args, kwargs)
            except (ConnectionClosedError, TimeoutError):
                if left <= 0:
                    raise
                left -= 1

    def __repr__(self) -> str:
        return f"<Pyro5.client._RemoteMethod {self._name}>"


_RemoteMethod.__module__ = "Pyro5.client"


class Fetching(Protocol):
    """What the items of a stream need of their proxy."""

    @property
    def _pyroConnection(self) -> Any:
        """The connection, or None."""

    def _pyroCheckOwner(self) -> None:
        """Raise PyroError in a thread that does not own the proxy."""


class _StreamResultIterator:
    """The items of a remote iterator, fetched one by one."""

    def __init__(self, stream: pyrox.ItemStream, proxy: Fetching) -> None:
        self._stream: pyrox.ItemStream | None = stream
        self.proxy = proxy

    @property
    def streamId(self) -> str | None:
        """The id by which the daemon knows the stream; None once it has ended."""
        return self._stream.stream_id if self._stream is not None else None

    def __iter__(self) -> _StreamResultIterator:
        return self

    def __next__(self) -> Any:
        if self._stream is None:
            raise StopIteration
        self.proxy._pyroCheckOwner()
        if self.proxy._pyroConnection is None:
            raise ConnectionClosedError("the proxy for this stream result has been closed")
        try:
            with carrying():
                return next(self._stream)
        except pyrox.PyroxError as error:
            raise translated(error) from error.__cause__

    def close(self) -> None:
        """Tell the daemon that no more items are wanted."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


_StreamResultIterator.__module__ = "Pyro5.client"


class Batching(Protocol):
    """What a batch needs of its proxy."""

    def _pyroClaimOwnership(self) -> None:
        """Make the calling thread the owner."""

    def _pyroInvokeBatch(self, calls: Sequence[Call], oneway: bool = False) -> Any:
        """Make the calls."""


class BatchProxy:
    """Collects calls, to make them all in one message when the batch itself is called."""

    def __init__(self, proxy: Batching) -> None:
        self.__proxy = proxy
        self.__calls: list[Call] = []

    def __getattr__(self, name: str) -> _BatchedRemoteMethod:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _BatchedRemoteMethod(self.__calls, name)

    def __enter__(self) -> BatchProxy:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __copy__(self) -> BatchProxy:
        twin = type(self)(self.__proxy)
        twin.__calls.extend(self.__calls)
        return twin

    def __call__(self, oneway: bool = False) -> Any:
        """Make the calls; return a generator of their results, or None with ``oneway``.

        The generator raises the exception of the call that failed; those behind it did not run.
        """
        self.__proxy._pyroClaimOwnership()
        calls = list(self.__calls)
        if not calls:
            return None if oneway else iter(())
        values = self.__proxy._pyroInvokeBatch(calls, oneway)
        del self.__calls[: len(calls)]  # not before: what failed on its way may be tried again
        return None if oneway else _each(values)

    def _pyroInvoke(self, name: str, args: Any, kwargs: Any) -> Any:
        """Make the calls; what this is given does not matter."""
        return self()


BatchProxy.__module__ = "Pyro5.client"


class _BatchedRemoteMethod:
    """A method of a batch: calling it notes the call, and gives None."""

    def __init__(self, calls: list[Call], name: str) -> None:
        self.__calls = calls
        self.__name = name

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.__calls.append((self.__name, args, kwargs))


_BatchedRemoteMethod.__module__ = "Pyro5.client"


def _each(values: Any) -> Iterator[Any]:
    results = batch_results(values)
    while True:
        try:
            value = next(results)
        except StopIteration:
            return
        except pyrox.PyroxError as error:
            raise translated(error) from error.__cause__
        yield value
