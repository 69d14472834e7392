"""What calling looks like under asyncio: members, calls, batches and item streams."""

from __future__ import annotations

import contextlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from functools import partial
from typing import Any, Literal, Protocol, overload

from ..errors import CommunicationError, Outcome, UsageError
from ..logic.interfaces import Interface
from ..logic.remote import BatchCalls, batch_results
from ..values.reference import Members
from ..values.uri import DAEMON_ID, URI
from ..wire.message import Flags

__all__ = ["Batch", "ItemStream", "PendingCall", "RemoteMember"]


class Remote(Protocol):
    """What these need of the remote object that they belong to."""

    uri: URI
    interface: Interface | None

    @property
    def connected(self) -> bool:
        """True while there is a connection."""

    @property
    def known_members(self) -> Members:
        """The names known so far, without asking anybody."""

    async def members(self) -> Members:
        """Return the names of the exposed members."""

    async def explain(self, name: str) -> str:
        """Say why there is no such member."""

    async def get(self, name: str) -> Any:
        """Read an attribute."""

    def call(
        self,
        method: str,
        args: Sequence[Any],
        kwargs: Mapping[str, Any] | None,
        flags: int = 0,
        object_id: str | None = None,
    ) -> Coroutine[Any, Any, Any]:
        """Make a call."""

    def forget_stream(self, stream_id: str) -> None:
        """Let the daemon know, with the next call, that nobody reads an item stream any more."""


class PendingCall(Coroutine[Any, Any, Any]):
    """A call on its way: ``await`` it for the result, or ``async for`` over the items it gives.

    It is a coroutine: it begins when it is awaited, or made a task of.
    """

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine

    def send(self, value: Any, /) -> Any:
        """Go on, as a task does."""
        return self._coroutine.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an exception where the call waits, as a task does."""
        return self._coroutine.throw(*error)

    def close(self) -> None:
        """Give the call up."""
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._coroutine.__await__()

    async def __aiter__(self) -> AsyncIterator[Any]:
        items = await self._coroutine
        if not hasattr(items, "__aiter__"):
            for item in items:
                yield item
            return
        try:
            async for item in items:
                yield item
        finally:
            if isinstance(items, ItemStream):
                await items.aclose()


class RemoteMember:
    """A member of a remote object: call it if it is a method, await it if it is an attribute.

    ``is_method`` says that it is one, as far as that is known.
    """

    __slots__ = ("__name__", "_is_method", "_remote")

    def __init__(self, remote: Remote, name: str, is_method: bool = False) -> None:
        self._remote = remote
        self._is_method = is_method
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> PendingCall:
        remote, name = self._remote, self.__name__
        if remote.interface is not None:
            remote.interface.check(name, args, kwargs)
        if self._is_method or name in remote.known_members.methods:
            return PendingCall(remote.call(name, args, kwargs))
        return PendingCall(self._look_and_call(args, kwargs))

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._read().__await__()

    async def _look_and_call(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        remote, name = self._remote, self.__name__
        members = await remote.members()
        if name in members.methods:
            return await remote.call(name, args, kwargs)
        if name in members.attributes:
            raise AttributeError(f"{name!r} of '{remote.uri}' is an attribute: await it uncalled")
        raise AttributeError(await remote.explain(name))

    async def _read(self) -> Any:
        remote, name = self._remote, self.__name__
        members = await remote.members()
        if name in members.attributes:
            return await remote.get(name)
        if name in members.methods:
            raise AttributeError(f"{name!r} of '{remote.uri}' is a method: call it, and await that")
        raise AttributeError(await remote.explain(name))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"a remote method has no attributes: {self.__name__}.{name} cannot be called; "
            "let a method return that object instead"
        )

    def __repr__(self) -> str:
        return f"<RemoteMember {self.__name__} of {self._remote.uri}>"


class Batch:
    """Calls on a ``proxy`` that travel in one message: call the methods, then await ``batch()``.

    The methods return None; ``await batch()`` returns an iterator of the results in order, which
    raises the exception of the call that failed (those behind it did not run).
    """

    def __init__(self, proxy: Any) -> None:
        self._remote: Remote = getattr(proxy, "_pyro", proxy)
        self._calls = BatchCalls()

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        recorder = partial(self._calls.add, name)
        self.__dict__[name] = recorder
        return recorder

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __call__(self, *, oneway: Literal[False] = ...) -> Awaitable[Iterator[Any]]: ...
    @overload
    def __call__(self, *, oneway: Literal[True]) -> Awaitable[None]: ...
    def __call__(self, *, oneway: bool = False) -> Awaitable[Iterator[Any] | None]:
        """Send the calls; ``oneway`` does not wait for results and gives None."""
        return self._send(self._calls.take(), oneway)

    async def _send(self, calls: list[Any], oneway: bool) -> Iterator[Any] | None:
        if not calls:
            return None if oneway else iter(())
        flags = Flags.BATCH | (Flags.ONEWAY if oneway else 0)
        values = await self._remote.call("<batch>", calls, None, flags)
        return None if oneway else batch_results(values)


class ItemStream:
    """The items of a remote iterator, fetched one by one as they are asked for.

    ``await stream.aclose()`` ends it early, and so does leaving an ``async with`` block over it;
    so does forgetting about it.
    """

    def __init__(self, remote: Remote, stream_id: str) -> None:
        self._remote = remote
        self._stream_id: str | None = stream_id
        self._fetching = False

    @property
    def stream_id(self) -> str | None:
        """The id by which the daemon knows it; None once it has ended."""
        return self._stream_id

    def __aiter__(self) -> ItemStream:
        return self

    async def __anext__(self) -> Any:
        if self._stream_id is None:
            raise StopAsyncIteration
        if self._fetching:
            raise UsageError("another task is waiting for this stream's next item")
        self._fetching = True
        try:
            return await self._remote.call(
                "get_next_stream_item", (self._stream_id,), {}, object_id=DAEMON_ID
            )
        except CommunicationError as error:
            if error.outcome is not Outcome.NOT_SENT:
                self._stream_id = None
            raise
        except Exception:
            self._stream_id = None
            raise
        finally:
            self._fetching = False

    async def aclose(self) -> None:
        """Tell the daemon that no more items are wanted."""
        stream_id, self._stream_id = self._stream_id, None
        if stream_id is None:
            return
        if not self._remote.connected:
            self._remote.forget_stream(stream_id)  # the next call will tell
            return
        with contextlib.suppress(CommunicationError):
            await self._remote.call(
                "close_stream", (stream_id,), {}, Flags.ONEWAY, object_id=DAEMON_ID
            )

    async def __aenter__(self) -> ItemStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        stream_id = getattr(self, "_stream_id", None)
        if stream_id is not None:
            self._remote.forget_stream(stream_id)
