"""Values as text and as JSON."""

from __future__ import annotations

import base64
import dataclasses
import math
import re
from collections.abc import Mapping, Set
from enum import Enum
from typing import Any

from pyrox import Table

__all__ = ["plain_value", "safe_text", "to_jsonable"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BREAKS = str.maketrans({"\t": " ", "\n": " ", "\r": " "})


def safe_text(text: str) -> str:
    """Return ``text`` with control characters written out.

    What came over the network must not move the cursor or change the colours of a terminal.
    """
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def plain_value(value: Any) -> str:
    """Return the text of one cell of a table, on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(plain_value(item) for item in value)
    if isinstance(value, Set):
        return ", ".join(sorted(plain_value(item) for item in value))
    return str(value).translate(_BREAKS)


def to_jsonable(value: Any) -> Any:
    """Return ``value`` as what JSON can say; text for what it has no form for."""
    if isinstance(value, Enum):
        return to_jsonable(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None  # JSON has no infinity and no nan
    if isinstance(value, Table):
        return _table(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"data": base64.b64encode(value).decode("ascii"), "encoding": "base64"}
    if isinstance(value, Mapping):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((to_jsonable(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [to_jsonable(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (field.name for field in dataclasses.fields(value))
        return {name: to_jsonable(getattr(value, name)) for name in fields}
    return str(value)


def _table(table: Table) -> Any:
    if table.data is not None:
        return to_jsonable(table.data)
    keys = [column.lower().replace(" ", "_") for column in table.columns]
    return [
        {key: to_jsonable(cell) for key, cell in zip(keys, row, strict=True)} for row in table.rows
    ]
