"""Reading Python literals, several times quicker than ``ast.literal_eval`` and without its risks.

``literal_eval`` has the text compiled to a syntax tree first: that is slow, and a hostile text can
make the tree deeper than the interpreter's stack. Here a regular expression takes the text apart
and a loop with a stack of its own puts the values together, in linear time. What is read means
what it means to ``literal_eval``. Everything is read that a serpent library writes, but not all
of Python: no expressions but ``1+2j``, no comment but the first line, no ``0x10``, no ``r''``.
"""

from __future__ import annotations

from typing import Any

from pyrox import Converters, SerializeError, plain

from .atoms import number, special, text_of
from .tokens import find_tokens, without_blanks

__all__ = ["read"]

_CONSTANTS = {"True": True, "False": False, "None": None}
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}


def read(text: str, converters: Converters) -> Any:
    """Return the value that ``text`` stands for."""
    start = text.find("\n") + 1 if text.startswith("#") else 0
    tokens = find_tokens(text, start)
    if tokens and not tokens[-1]:
        tokens = find_tokens(without_blanks(text[start:]))
    if not tokens or not tokens[-1]:
        raise _bad("it is no Python literal")
    return _build(tokens, converters if "__class__" in text else None)


def _build(tokens: list[str], converters: Converters | None) -> Any:
    """Put the value together. ``converters`` is None where no class occurs in the text."""
    kind = ""
    items: list[Any] = []
    keys: list[Any] = []
    around: list[tuple[str, list[Any], list[Any]]] = []
    for token in tokens:
        first = token[0]
        if first == "'" or first == '"':
            items.append(text_of(token) if "\\" in token else token[1:-1])
        elif first in "([{":
            around.append((kind, items, keys))
            if len(around) > plain.MAX_DEPTH:
                raise _bad("it is nested too deeply")
            kind, items, keys = token, [], []
        elif first == ":":
            if kind != "{" or len(items) != len(keys) + 1:
                raise _bad("a colon stands where none may be")
            keys.append(items.pop())
        elif first in ",)]}":
            if _CLOSED_BY.get(kind) != token[-1]:
                raise _bad("its brackets do not match")
            value = _container(token, items, keys, converters)
            kind, items, keys = around.pop()
            items.append(value)
        elif token in _CONSTANTS:
            items.append(_CONSTANTS[token])
        else:
            items.append(number(token))
    if around or len(items) != 1:
        raise _bad("its brackets do not match")
    return items[0]


def _container(end: str, items: list[Any], keys: list[Any], converters: Converters | None) -> Any:
    """Return the container that ends here; a comma before its bracket is part of ``end``."""
    if end == ",)" or end == ")":
        return items[0] if len(items) == 1 and end == ")" else tuple(items)
    if end[-1] == "]":
        return items
    if items and not keys:
        return set(items)
    if len(items) != len(keys):
        raise _bad("a dictionary has a key without a value")
    value = dict(zip(keys, items, strict=True))
    if converters is not None and "__class__" in value:
        return special(value, converters)
    return value


def _bad(reason: str) -> SerializeError:
    return SerializeError(f"serpent cannot read what arrived: {reason}")
