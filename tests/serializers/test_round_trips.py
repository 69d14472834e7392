"""Any value that all formats have arrives as it was sent."""

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyrox import Converters

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CONVERTERS = Converters()

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
keys = texts.filter(lambda text: text != "__class__")
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20
)
rich_scalars = scalars | st.complex_numbers(allow_nan=False) | st.text(st.characters())
hashables = st.recursive(
    rich_scalars, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=5
).filter(lambda value: value != "__class__")
rich_values = st.recursive(
    rich_scalars,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(hashables, inner)
        | st.sets(hashables, min_size=1)
    ),
    max_leaves=20,
)


def same(left, right):
    """Tell whether two values are equal and of the same types all through."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same([*left.items()], [*right.items()])
    if isinstance(left, float):
        return left == right and math.copysign(1, left) == math.copysign(1, right)
    return left == right


@SETTINGS
@given(value=values)
def test_values(serializer, value):
    assert same(serializer.loads(serializer.dumps(value, CONVERTERS), CONVERTERS), value)


@SETTINGS
@given(value=rich_values)
def test_values_of_python(value, serpent, marshal):
    for serializer in (serpent, marshal):
        assert same(serializer.loads(serializer.dumps(value, CONVERTERS), CONVERTERS), value)


@SETTINGS
@given(args=st.lists(values, max_size=4).map(tuple), kwargs=st.dictionaries(keys, values))
def test_calls(serializer, args, kwargs):
    data = serializer.dumps_call("object", "method", args, kwargs, CONVERTERS)
    object_id, method, read_args, read_kwargs = serializer.loads_call(data, CONVERTERS)
    assert (object_id, method) == ("object", "method")
    assert same([*read_args], [*args])
    assert same(read_kwargs, kwargs)
