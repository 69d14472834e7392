"""Values that cannot travel: the error says which, why, and that nothing was sent."""

from typing import Any

import pytest

from pyrox import Outcome, SerializeError


class Locked:
    __slots__ = ()


class Vague:
    def __getstate__(self):
        raise ValueError("not now")


def refusal(serializer, converters, value):
    with pytest.raises(SerializeError) as caught:
        serializer.dumps(value, converters)
    with pytest.raises(SerializeError) as caught_in_call:
        serializer.dumps_call("o", "m", (value,), {}, converters)
    assert caught.value.outcome is caught_in_call.value.outcome is Outcome.NOT_SENT
    return str(caught.value)


@pytest.mark.parametrize("value", [Locked(), [Locked()], {"k": (1, Locked())}])
def test_the_type_is_named_and_what_to_do(serializer, converters, value):
    text = refusal(serializer, converters, value)
    assert "Locked" in text
    assert "register" in text


def test_a_function(serializer, converters):
    assert "function" in refusal(serializer, converters, [lambda: 1])


def test_a_state_that_fails(serializer, converters):
    text = refusal(serializer, converters, [Vague()])
    assert text.startswith(f"{serializer.name} cannot write")
    assert "not now" in text


def test_a_value_that_contains_itself(serializer, converters):
    if serializer.name == "marshal":
        pytest.skip("marshal can write it; see the next test")
    value: list[Any] = []
    value.append({"k": value})
    assert "itself" in refusal(serializer, converters, value)


def test_a_value_that_contains_itself_is_refused_by_the_receiver(marshal, converters):
    value: list[Any] = []
    value.append(value)
    data = marshal.dumps(value, converters)
    with pytest.raises(SerializeError, match="contains itself"):
        marshal.loads(data, converters)


def test_a_value_that_is_nested_too_deeply(serializer, converters):
    value: Any = None
    for _ in range(20_000):
        value = [value]
    assert "deep" in refusal(serializer, converters, value)


def test_a_converter_that_never_ends(serializer, converters):
    converters.register_class_to_dict(Locked, lambda value: value)
    assert "deep" in refusal(serializer, converters, [Locked()])


@pytest.mark.parametrize("name", ["json", "msgpack"])
def test_lone_surrogates(request, converters, name):
    serializer = request.getfixturevalue(name)
    assert "surrogates" in refusal(serializer, converters, ["\ud800"])


def test_bytes_in_json(json, converters):
    assert "no form for bytes" in refusal(json, converters, {"k": b""})


def test_bytes_as_keys_in_serpent(serpent, converters):
    assert "bytes as a key" in refusal(serpent, converters, {b"": 1})


def test_time_zones_in_msgpack(msgpack, converters):
    import datetime

    value = datetime.datetime.now(datetime.timezone.utc)
    assert "isoformat" in refusal(msgpack, converters, [value])
