"""The parts of a Python literal that are no containers: texts, bytes and numbers.

Also the two dictionaries that stand for a number without a literal.
"""

from __future__ import annotations

import re
from typing import Any

from pyrox import Converters, SerializeError

__all__ = ["number", "special", "text_of"]

_is_wrong_escape = re.compile(
    r"\\(?!['\"abfnrtv]|x[0-9a-fA-F]{2}|[0-3]?[0-7]{1,2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"
).search
_is_wrong_in_bytes = re.compile(r"\\[uU]|[^\0-\x7f]").search
_is_octal_of_old = re.compile(r"[-+]?0+[1-9][0-9]*(?:[-+]|\Z)").match


def text_of(token: str) -> str:
    """Return the value of a text that has escapes, in quotes of either kind."""
    body = token[1:-1]
    if _is_wrong_escape(body.replace("\\\\", "")):
        raise SerializeError("serpent cannot read what arrived: a text has an unknown escape")
    return body.encode("ascii", "backslashreplace").decode("unicode_escape")


def number(token: str) -> Any:
    """Return the value of a number, or of ``b''``, which begins with neither quote nor bracket."""
    if token.isdigit() and token[0] != "0":
        return int(token)
    if token[0] == "b":
        return _bytes(token)
    if _is_octal_of_old(token):
        raise SerializeError("serpent cannot read what arrived: a number begins with 0")
    if token[-1] == "j":
        return complex(token)
    return int(token) if token.lstrip("-+").isdigit() else float(token)


def _bytes(token: str) -> bytes:
    if _is_wrong_in_bytes(token.replace("\\\\", "")):
        raise SerializeError("serpent cannot read what arrived: malformed bytes")
    return text_of(token[1:]).encode("latin-1")


def special(values: dict[Any, Any], converters: Converters) -> Any:
    """Return what a dictionary with a class stands for; nan has no literal and comes as one."""
    if values["__class__"] == "float" and values.get("value") == "nan":
        return float("nan")
    if values["__class__"] == "complex":
        return complex(values["real"], values["imag"])
    return converters.from_plain(values)
