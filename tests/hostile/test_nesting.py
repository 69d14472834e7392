"""Values nested so deeply that reading or writing them could end the interpreter."""

import zlib
from collections.abc import Callable
from typing import Any

import pytest

import pyrox
from tests.hostile.conftest import Served
from tests.hostile.raw import (
    COMPRESSED,
    CONNECT,
    CONNECTFAIL,
    EXCEPTION,
    INVOKE,
    RESULT,
    SERIALIZERS,
    message,
)
from tests.hostile.targets import Target

DEEP = 100_000

OPENING: dict[str, dict[str, tuple[bytes, bytes, bytes]]] = {
    # what opens a level, what stands inside of all, what closes a level
    "serpent": {
        "lists": (b"[", b"1", b"]"),
        "tuples": (b"(", b"1", b",)"),
        "sets": (b"{", b"1", b"}"),
        "maps": (b"{1:", b"1", b"}"),
        "classes": (b"{'__class__':'x','state':", b"1", b"}"),
        "signs": (b"-", b"1", b""),
        "sums": (b"1+", b"1", b""),
        "only opened": (b"[", b"", b""),
    },
    "json": {
        "lists": (b"[", b"1", b"]"),
        "maps": (b'{"a":', b"1", b"}"),
        "classes": (b'{"__class__":"x","state":', b"1", b"}"),
        "only opened": (b"[", b"", b""),
    },
    "marshal": {
        "lists": (b"[\x01\0\0\0", b"N", b""),
        "tuples": (b")\x01", b"N", b""),
        "long tuples": (b"(\x01\0\0\0", b"N", b""),
        "frozen sets": (b">\x01\0\0\0", b"N", b""),
        "maps": (b"{i\0\0\0\0", b"N", b"0"),
        "only opened": (b"[\x01\0\0\0", b"", b""),
    },
    "msgpack": {
        "lists": (b"\x91", b"\xc0", b""),
        "long lists": (b"\xdc\x00\x01", b"\xc0", b""),
        "maps": (b"\x81\xa1a", b"\xc0", b""),
        "keys": (b"\x81", b"\xc0", b"\xc0"),
        "only opened": (b"\x91", b"", b""),
    },
}
CASES = [(serializer, kind) for serializer, kinds in OPENING.items() for kind in kinds]


def nested(serializer: str, kind: str, depth: int = DEEP) -> bytes:
    """Return the bytes of a deep value."""
    opening, inside, closing = OPENING[serializer][kind]
    return opening * depth + inside + closing * depth


@pytest.mark.parametrize(("serializer", "kind"), CASES)
def test_a_deeply_nested_call_is_refused(served: Served, serializer: str, kind: str) -> None:
    client = served.client()
    answer = client.ask(
        message(INVOKE, nested(serializer, kind), serializer=SERIALIZERS[serializer])
    )
    assert answer.kind == RESULT and answer.flags & EXCEPTION
    assert len(answer.payload) < 8000
    assert client.is_closed()
    assert served.noted_once(client)
    assert served.goes_on()


@pytest.mark.parametrize(("serializer", "kind"), CASES)
def test_a_deeply_nested_handshake_is_refused(served: Served, serializer: str, kind: str) -> None:
    client = served.raw()
    payload = zlib.compress(nested(serializer, kind, DEEP // 4))
    number = SERIALIZERS[serializer]
    answer = client.ask(message(CONNECT, payload, serializer=number, flags=COMPRESSED))
    assert answer.kind == CONNECTFAIL
    assert len(answer.payload) < 2000
    assert served.noted_once(client)
    assert served.goes_on()


def test_every_depth_is_either_understood_or_refused(served: Served, serializer: str) -> None:
    for depth in (100, 250, 400, 499, 500, 501, 900, 1100, 2500, 20_000):
        reach(served, serializer, depth)
    assert served.goes_on()


def reach(served: Served, serializer: str, depth: int) -> None:
    """Send a call with an argument of that depth; it has to be answered."""
    opening, inside, closing = OPENING[serializer]["lists"]
    deep = opening * depth + inside + closing * depth
    start = {
        "serpent": b"('target','echo',[" + deep + b"],{})",
        "json": b'{"object":"target","method":"echo","kwargs":{},"params":[' + deep + b"]}",
        "marshal": b")\x04z\x06targetz\x04echo)\x01" + deep + b"{0",
        "msgpack": b"\x94\xa6target\xa4echo\x91" + deep + b"\x80",
    }[serializer]
    client = served.client()
    answer = client.ask(message(INVOKE, start, serializer=SERIALIZERS[serializer]))
    assert answer.kind == RESULT
    assert served.goes_on()


def attempt(call: Callable[[], Any]) -> Any:
    """Return what a call gives, or the SerializeError that it raises."""
    try:
        return call()
    except pyrox.SerializeError as error:
        return error


def levels(value: Any) -> int:
    """Return how many lists stand one in another."""
    count = 0
    while isinstance(value, list):
        count, value = count + 1, value[0] if value else None
    return count


@pytest.mark.parametrize("depth", [600, 3000, 30_000])
def test_a_deeply_nested_result_arrives_whole_or_is_an_error_for_the_caller(
    served: Served, serializer: str, depth: int
) -> None:
    with served.proxy(serializer=serializer) as proxy:
        outcome = attempt(lambda: proxy.nested(depth))
        if isinstance(outcome, pyrox.SerializeError):
            assert "nested" in str(outcome) or "recursion" in str(outcome)
        else:
            # How deep the json module goes differs between versions of Python.
            assert depth < 30_000 and levels(outcome) == levels(Target().nested(depth))
        assert proxy.echo("next") == "next"


def test_a_result_that_contains_itself_is_an_error_for_the_caller(
    served: Served, serializer: str
) -> None:
    with served.proxy(serializer=serializer) as proxy:
        with pytest.raises(pyrox.SerializeError):
            proxy.endless()
        assert proxy.echo("next") == "next"


def test_an_argument_that_contains_itself_is_not_sent(served: Served, serializer: str) -> None:
    value: list[Any] = []
    value.append(value)
    with served.proxy(serializer=serializer) as proxy:
        with pytest.raises(pyrox.SerializeError) as caught:
            proxy.echo(value)
        assert caught.value.outcome is pyrox.Outcome.NOT_SENT
        assert proxy.echo("next") == "next"
