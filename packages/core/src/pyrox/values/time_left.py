"""How much time a call has left, as it travels in its header: two bytes, which cost nothing.

The upper four bits are an exponent, the lower twelve a number: together ``number * 2**exponent``
units of 1/1024 second, up to 36 hours. 0 is no limit. Instants do not travel, since two machines'
clocks have nothing in common.
"""

from __future__ import annotations

__all__ = ["read_time_left", "write_time_left"]

_UNITS = 1024
_DIGITS = 12
_LONGEST = ((1 << _DIGITS) - 1) << 15


def write_time_left(seconds: float) -> int:
    """Return what says that ``seconds`` are left."""
    units = int(seconds * _UNITS)
    if units <= 0:
        return 1  # as little as can be said: there is a limit
    if units >> _DIGITS == 0:
        return units
    if units > _LONGEST:
        return 0
    exponent = units.bit_length() - _DIGITS
    return exponent << _DIGITS | units >> exponent


def read_time_left(told: int) -> float:
    """Return the seconds that are left."""
    return ((told & (1 << _DIGITS) - 1) << (told >> _DIGITS)) / _UNITS
