"""Names of test parameters that are the same in every process, as parallel test runs need them."""

import re
from typing import Any

_ADDRESS = re.compile(" at 0x[0-9a-f]+")


def by_value(value: Any) -> str:
    """Return a value's type and the start of its repr, without any address in memory."""
    return f"{type(value).__name__}-{_ADDRESS.sub('', repr(value)):.30}"
