"""Whether what arrived is what was sent, or a weaker form of it that pyrox documents.

The weaker forms are those of docs/how-to/your-own-classes.md: a tuple may arrive as a list, a
Decimal as text, and so on. Whatever else arrives is silently something else.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import enum
import json
import math
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["fits", "same", "show"]

_BYTES = (bytes, bytearray, memoryview)
_TEXTS: dict[type, Callable[[Any], str]] = {
    # A datetime is a date as well, so it comes first.
    datetime.datetime: datetime.datetime.isoformat,
    datetime.date: datetime.date.isoformat,
    datetime.time: str,
    decimal.Decimal: str,
    uuid.UUID: str,
}
_PLAIN = (bool, int, float, complex, str)


def show(value: Any) -> str:
    """Return a value as it may stand in a message: its repr, shortened."""
    try:
        text = repr(value)
    except Exception as error:  # nested too deeply, for one
        text = f"a {type(value).__name__} ({type(error).__name__} when shown)"
    return text if len(text) < 200 else f"{text[:150]} ... {text[-30:]}"


def same(sent: Any, arrived: Any) -> bool:
    """Tell whether two values are equal and of the same types all through."""
    if type(sent) is not type(arrived):
        return False
    if isinstance(sent, list | tuple):
        return len(sent) == len(arrived) and all(map(same, sent, arrived))
    if isinstance(sent, dict):
        keys = {key: key for key in arrived}
        return len(sent) == len(keys) and all(
            key in keys and same(key, keys[key]) and same(value, arrived[key])
            for key, value in sent.items()
        )
    if isinstance(sent, set | frozenset):
        return {(type(item), item) for item in sent} == {(type(item), item) for item in arrived}
    if isinstance(sent, float):
        return _same_float(sent, arrived)
    if isinstance(sent, complex):
        return _same_float(sent.real, arrived.real) and _same_float(sent.imag, arrived.imag)
    if isinstance(sent, decimal.Decimal):
        return str(sent) == str(arrived)  # 1.5 and 1.50 are equal, and differ
    if isinstance(sent, BaseException):
        return same(sent.args, arrived.args)
    return bool(sent == arrived)


def _same_float(sent: float, arrived: float) -> bool:
    if math.isnan(sent) or math.isnan(arrived):
        return math.isnan(sent) and math.isnan(arrived)
    return sent == arrived and math.copysign(1, sent) == math.copysign(1, arrived)


def fits(sent: Any, arrived: Any) -> bool:
    """Tell whether ``arrived`` is ``sent``, or a documented weaker form of it, all through."""
    if same(sent, arrived):
        return True
    if isinstance(sent, enum.Enum):
        return fits(sent.value, arrived)
    if isinstance(sent, _BYTES):
        return _fits_bytes(bytes(sent), arrived)
    if isinstance(sent, set | frozenset):
        return type(arrived) in (set, frozenset, list, tuple) and _pair_off(sent, arrived, fits)
    if isinstance(sent, dict):
        return type(arrived) is dict and _pair_off(sent.items(), arrived.items(), _fits_item)
    if isinstance(sent, list | tuple | deque):
        kinds = (list, tuple) if isinstance(sent, tuple) else (list,)
        return (
            type(arrived) in kinds and len(sent) == len(arrived) and all(map(fits, sent, arrived))
        )
    if isinstance(sent, datetime.timedelta):
        return type(arrived) is float and arrived == sent.total_seconds()
    for kind, text in _TEXTS.items():
        if isinstance(sent, kind):
            return type(arrived) is str and arrived == text(sent)
    # A subclass of what every format has: a str of one's own arrives as a str.
    base = next((kind for kind in _PLAIN if isinstance(sent, kind)), None)
    return base is not None and type(sent) is not base and same(base(sent), arrived)


def _fits_bytes(sent: bytes, arrived: Any) -> bool:
    if isinstance(arrived, _BYTES):
        return bytes(arrived) == sent
    return same({"data": base64.b64encode(sent).decode(), "encoding": "base64"}, arrived)


def _fits_item(sent: tuple[Any, Any], arrived: tuple[Any, Any]) -> bool:
    return _fits_key(sent[0], arrived[0]) and fits(sent[1], arrived[1])


def _fits_key(sent: Any, arrived: Any) -> bool:
    if fits(sent, arrived):
        return True
    if type(arrived) is not str or isinstance(sent, str):
        return False
    return arrived == str(sent) or (
        isinstance(sent, bool | int | float | None) and arrived == json.dumps(sent)
    )


def _pair_off(
    sent: Iterable[Any], arrived: Iterable[Any], fitting: Callable[[Any, Any], bool]
) -> bool:
    """Tell whether each of one collection has another of its own in the other."""
    left = list(arrived)
    for item in sent:
        at = next((at for at, other in enumerate(left) if fitting(item, other)), None)
        if at is None:
            return False
        del left[at]
    return not left
