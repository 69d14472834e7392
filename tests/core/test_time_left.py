"""The time that a call has left, in two bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrox.values.time_left import read_time_left, write_time_left


@given(st.floats(0.002, 130_000.0))
def test_it_arrives_a_little_shorter_and_never_longer(seconds: float) -> None:
    told = write_time_left(seconds)
    assert 0 < told <= 0xFFFF
    assert 0.998 * seconds - 0.1 <= read_time_left(told) <= seconds


@given(st.floats(-1e6, 0.0))
def test_where_none_is_left_it_says_that_there_is_a_limit(seconds: float) -> None:
    told = write_time_left(seconds)
    assert told == 1


@pytest.mark.parametrize("seconds", [140_000.0, 1e9, 1e300])
def test_more_than_can_be_said_is_no_limit(seconds: float) -> None:
    assert write_time_left(seconds) == 0


@given(st.integers(0, 0xFFFF))
def test_whatever_arrives_is_a_time(told: int) -> None:
    assert 0.0 <= read_time_left(told) < 140_000.0
