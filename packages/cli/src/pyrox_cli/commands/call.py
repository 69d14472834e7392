"""``pyrox call``: one call from the command line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from pyrox import Proxy, UsageError

from ..addresses import config_for, uri_of

__all__ = ["call"]


def call(
    uri: str,
    method: str,
    args: tuple[str, ...] = (),
    kw: tuple[str, ...] = (),
    str: bool = False,
    timeout: float | None = None,
) -> Any:
    """Return the result of a method, the value of an attribute, or the items of a stream."""
    read = _as_text if str else _as_json
    positional = [read(text) for text in args]
    named = dict(_named(text, read) for text in kw)
    proxy = Proxy(uri_of(uri), config=config_for(timeout))
    try:
        result = _use(proxy, method, positional, named)
    except BaseException:
        proxy._pyro.release()
        raise
    if isinstance(result, Iterator):
        return _items(proxy, result)
    proxy._pyro.release()
    return result


def _use(proxy: Proxy, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    proxy._pyro.bind()
    if name in proxy._pyro.attributes:
        if args or kwargs:
            raise UsageError(f"{name!r} is an attribute and takes no arguments")
        return getattr(proxy, name)
    if name not in proxy._pyro.methods:
        raise UsageError(_missing(proxy, name))
    return proxy._pyro.call(name, args, kwargs)


def _missing(proxy: Proxy, name: str) -> str:
    members = {*proxy._pyro.methods, *proxy._pyro.attributes}
    near = difflib.get_close_matches(name, members, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`pyrox inspect` shows what it has"
    return f"the object exposes no {name!r}: {hint}"


def _items(proxy: Proxy, items: Iterator[Any]) -> Iterator[Any]:
    """Pass on the items of a stream, and let go of the connection after the last."""
    with proxy:
        yield from items


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _as_text(text: str) -> str:
    return text


def _named(text: str, read: Any) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key.isidentifier():
        raise UsageError(f"--kw {text!r}: a keyword argument is written key=value")
    return key, read(value)
