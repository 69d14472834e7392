"""The requests that are not simply a call: batches, and calls with a blob."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from inspect import isawaitable
from typing import Any

from ..contracts.blob import SerializedBlob
from ..contracts.serializer import Codec
from ..errors import SerializeError
from ..values.blob_info import BLOB_ANNOTATION, read_blob_info
from ..wire.message import Flags, Message

__all__ = ["batched", "read_blob", "run_batch", "run_batch_async"]

_SEQUENCES = (list, tuple)


def read_blob(request: Message, codec: Codec) -> tuple[Any, Any, Any, Any]:
    """Return (object id, method, args, kwargs) of a call whose argument stays serialized.

    What it is and whom it is for stands beside it, so that the payload is not even looked at.
    """
    if request.flags & Flags.BATCH:
        raise SerializeError("malformed call: a batch of serialized blobs")
    beside = (request.annotations or {}).get(BLOB_ANNOTATION)
    if beside is None:
        raise SerializeError(
            f"malformed call: a serialized blob without annotation {BLOB_ANNOTATION}"
        )
    info, object_id, method = read_blob_info(beside)
    blob = SerializedBlob.received(info, request.payload, codec.serializer, codec.converters)
    return object_id, method, (blob,), {}


def batched(call: Any) -> tuple[str, Sequence[Any], Mapping[str, Any]]:
    """Return (method, args, kwargs) of one call of a batch; SerializeError where it is none."""
    if not isinstance(call, _SEQUENCES) or len(call) != 3 or not isinstance(call[0], str):
        raise SerializeError("malformed batch: each call is a method name, arguments, keywords")
    name, args, kwargs = call
    if not isinstance(args, _SEQUENCES) or (kwargs is not None and type(kwargs) is not dict):
        raise SerializeError(f"malformed batch: {name!r:.100} needs a sequence and a map")
    return name, args, kwargs or {}


def run_batch(calls: Generator[Any, Any, list[Any]], settle: Callable[[Any], Any]) -> list[Any]:
    """Run the calls of a batch; ``settle`` makes values of results that are to be awaited."""
    result = None
    try:
        while True:
            result = calls.send(result)
            try:
                result = settle(result)
            except BaseException as error:
                result = calls.throw(error)
    except StopIteration as finished:
        results: list[Any] = finished.value
        return results


async def run_batch_async(calls: Generator[Any, Any, list[Any]]) -> list[Any]:
    """Run the calls of a batch, and await the results that are to be awaited."""
    result = None
    try:
        while True:
            result = calls.send(result)
            if isawaitable(result):
                try:
                    result = await result
                except Exception as error:
                    result = calls.throw(error)
    except StopIteration as finished:
        results: list[Any] = finished.value
        return results
