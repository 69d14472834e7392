r"""Taking a Python literal apart: one regular expression that finds the tokens.

It looks ahead, and lets a comma or a colon pass only where one may stand, so that the reader need
not see the commas. Blanks it takes only where Python's repr puts them::

    (1,[2],)     gives   (  1  [  2  ]  ,)
    {'a':1,2:3}  gives   {  'a'  :  1  2  :  3  }

Written with two things in mind. No text may take more than linear time: of what could follow at
any place, no two ways begin alike, and the first failure ends the search. And what is common comes
first and is simple: texts without escapes, then brackets.
"""

from __future__ import annotations

import re
import sys

__all__ = ["find_tokens", "without_blanks"]

# From Python 3.11 on a repetition can be told not to remember each step: 150 bytes an escape.
_MANY = "*+" if sys.version_info >= (3, 11) else "*"

_RUN = {quote: rf"[^{quote}\\\0\r\n]*" for quote in "'\""}
_EASY_TEXT = {quote: f"{quote}{run}{quote}" for quote, run in _RUN.items()}
_TEXT = "|".join(rf"{quote}{run}(?:\\.{run}){_MANY}{quote}" for quote, run in _RUN.items())

_INT_OR_FLOAT = r"[0-9]+(?:\.[0-9]+|)"
_REAL = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_NUMBER = rf"[-+]?{_REAL}(?:[-+]{_REAL}j|j)?"

_FOLLOWED = r"(?![^,:\])}])"
_ATOM_OR_END = "|".join(
    [
        _INT_OR_FLOAT,
        r"[\])}]|,[\])}]",
        "True|False|None",
        _EASY_TEXT['"'],
        _TEXT,
        f"b(?:{_TEXT})",
        _NUMBER,
    ]
)
_TOKEN = "|".join(
    [
        _EASY_TEXT["'"] + _FOLLOWED,
        r"[\[({](?=[^,:])",
        r":(?= ?[^ ,:\])}])",
        f"(?:{_ATOM_OR_END}){_FOLLOWED}",
    ]
)
_COMMA = r"(?:, ?(?=[^ ,:\])}])| |)"
# Where no token is, all that is left is taken outside of the group: findall gives an empty text.
find_tokens = re.compile(rf"(?:({_TOKEN}){_COMMA}|(?s:.+))").findall
"""Return the tokens of a text; the last one is empty where something in it is none."""

_find_pieces = re.compile(rf"{_TEXT}|[^ \t\r\n\f'\"]+|['\"](?s:.*)").findall


def without_blanks(text: str) -> str:
    """Return a text that was laid out for people as one without blanks between the tokens."""
    parts: list[str] = []
    end = ","
    for piece in _find_pieces(text):
        if end not in ",:[({" and piece[0] not in ",:])}":
            parts.append(" ")  # keeps apart what must not become one
        parts.append(piece)
        end = piece[-1]
    return "".join(parts)
