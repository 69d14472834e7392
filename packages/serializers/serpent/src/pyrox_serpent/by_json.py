"""Reading what is nearly JSON by Python's JSON scanner, which is written in C.

Most of what travels is: texts in single quotes without escapes, numbers, lists, dictionaries with
texts as keys, True, False, None. Such a text becomes JSON by changing its quotes and its three
words. What that would change the meaning of is told apart before, and is None here, for the reader
of all literals (:mod:`pyrox_serpent.read`):

- double quotes and backslashes anywhere;
- tuples: only the two of a call are let through, and arrive as lists;
- what only JSON knows: true, false, null, NaN, Infinity, ``[,`` and the like do not get past it.

JSON refuses everything else: sets, bytes, complex numbers, ``+1``, two texts side by side.
"""

from __future__ import annotations

import json
from typing import Any

from pyrox import plain

__all__ = ["read_call", "read_value"]

_decode = json.JSONDecoder().raw_decode
_JSON_ONLY = ("t", "f", "nu", "I", "Na")
"""Letters that only JSON's words have; none of True, False, None does."""
_BUT_BRACKETS = {code: None for code in range(128) if chr(code) not in "[]{}"}
_FEW = 8
_COMMA = (",", ", ")
_ARGS = (",(", ", (")
_WORDS = (("True", "true"), ("False", "false"), ("None", "null"))
_KEYWORDS = (dict, type(None))
_UNREADABLE = (ValueError, RecursionError)


def read_value(text: str) -> Any:
    """Return the value that ``text`` stands for, or None where this cannot tell."""
    if text.isdigit() and text.isascii() and text[0] != "0":
        return int(text)
    parts = _split(text)
    if parts is None:
        return None
    if len(parts) == 3 and not parts[0] and not parts[2] and parts[1].isprintable():
        return parts[1]
    outside = _words_of_json("'".join(parts[::2]))
    if outside is None or "(" in outside:
        return None
    return _scanned(outside, parts)


def read_call(text: str) -> Any:
    """Return a call as a list of four, the arguments a list; None where this cannot tell."""
    parts = _split(text)
    # ('object','method',(arguments),{...})
    if parts is None or len(parts) < 5 or parts[0] != "(" or parts[2] not in _COMMA:
        return None
    outside = _words_of_json("'".join(parts[::2]))
    if outside is None or outside.count("(") != 2 or not parts[4].startswith(_ARGS):
        return None
    # JSON makes no difference between the brackets of tuples and lists, so it is seen to here that
    # the arguments and the call end with those that they began with.
    end = outside.find(")")
    closed = outside.find(")", end + 1) == len(outside.rstrip(" ")) - 1
    if not closed or outside.count("{", 0, end) != outside.count("}", 0, end):
        return None
    comma = outside[end - 1] == ","
    outside = outside.replace(",)", "]").replace("(", "[").replace(")", "]")
    call = _scanned(outside, parts)
    if call is None or len(call) != 4 or type(call[3]) not in _KEYWORDS:
        return None
    count = len(call[2])
    # (1) is no tuple, and (,) is nothing.
    return call if count > 1 or comma == bool(count) else None


def _split(text: str) -> list[str] | None:
    """Return what stands outside and inside of quotes by turns, beginning outside."""
    if '"' in text or "\\" in text:
        return None
    parts = text.split("'")
    return parts if len(parts) % 2 else None


def _words_of_json(outside: str) -> str | None:
    """Change what stands outside of texts to JSON's words; None where it has some already."""
    if outside == outside.upper():
        return outside  # no words at all: all of them have small letters
    for word in _JSON_ONLY:
        if word in outside:
            return None
    for ours, theirs in _WORDS:
        if ours in outside:
            outside = outside.replace(ours, theirs)
    return outside


def _scanned(outside: str, parts: list[str]) -> Any:
    """Put together what stands outside and inside of texts, and have it read."""
    if outside.count("[") + outside.count("{") > plain.MAX_DEPTH and _is_deep(outside):
        return None
    parts[::2] = outside.split("'")
    text = '"'.join(parts)
    try:
        value, end = _decode(text)
    except _UNREADABLE:
        return None
    return value if not text[end:].strip(" ") else None


def _is_deep(outside: str) -> bool:
    """Tell whether containers are nested more deeply than is allowed."""
    brackets = outside.translate(_BUT_BRACKETS)
    for _ in range(_FEW):  # that is all there are, as a rule, and quick
        brackets = brackets.replace("[]", "").replace("{}", "")
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket in "[{" else -1
        if depth > plain.MAX_DEPTH - _FEW:
            return True
    return False
