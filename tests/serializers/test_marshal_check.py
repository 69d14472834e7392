"""pyrox_marshal's check agrees with Python on what is one whole value."""

import marshal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrox import SerializeError
from pyrox_marshal.check import check

hashables = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
    | st.binary(),
    lambda inner: st.lists(inner).map(tuple) | st.frozensets(inner),
    max_leaves=8,
)  # fmt: skip
values = st.recursive(
    hashables,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashables, inner)
        | st.sets(hashables)
        | inner.map(lambda value: [value, value])
    ),
    max_leaves=15,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=values, version=st.sampled_from([2, 3, 4]))
def test_whatever_python_writes_is_accepted(value, version):
    check(marshal.dumps(value, version))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=values, cut=st.integers(1, 50), more=st.binary(min_size=1))
def test_neither_less_nor_more_is_accepted(value, cut, more):
    data = marshal.dumps(value)
    for damaged in (data[:-cut], data + more):
        with pytest.raises(SerializeError):
            check(damaged)


@pytest.mark.parametrize("length", [255, 256, 70_000])
def test_lengths_of_each_form(length):
    for value in ("a" * length, "é" * length, b"a" * length, (None,) * length, 1 << length):
        check(marshal.dumps(value))
