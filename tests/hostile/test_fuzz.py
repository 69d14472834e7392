"""Thousands of slightly wrong conversations: every one ends, and good clients never notice."""

import contextlib
import random
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.hostile.conftest import Served
from tests.hostile.raw import (
    BATCH,
    COMPRESSED,
    CONNECTFAIL,
    EXCEPTION,
    INVOKE,
    ONEWAY,
    PING,
    RESULT,
    SERIALIZERS,
    Answer,
    RawClient,
    call,
    chunk,
    dumps,
    eventually,
    header,
    hello,
    message,
)

pytestmark = pytest.mark.slow

CONVERSATIONS = 1000
EVIL = [0, 1, 2, 0x7F, 0x80, 0xFF, 40, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1]


def corpus(serializer: str) -> list[bytes]:
    """Return good messages of every kind."""
    number = SERIALIZERS[serializer]
    plain = dumps(serializer, {"__class__": "builtins.ValueError", "args": ["x"]})
    values: list[Any] = [1, -1.5, "text", None, [1, [2, {"a": 3}]], {"k": [True]}, "x" * 300]
    proxy = {"__class__": "Pyro5.client.Proxy", "state": ["PYRO:a@b:1", [], ["m"], [], "", None]}
    error = {"__class__": "builtins.OSError", "__exception__": True, "args": [2, "x"]}
    batch = [["echo", [1], {}], ["keywords", [], {"a": 1}]]
    compressed = zlib.compress(call(serializer, "target", "echo", ["z" * 500])[40:])
    return [
        hello(serializer),
        call(serializer, "target", "echo", [values]),
        call(serializer, "target", "echo", [proxy, error]),
        call(serializer, "target", "echo", [proxy]),
        call(serializer, "target", "echo", [error]),
        call(serializer, "target", "keywords", [], {"a": values}),
        call(serializer, "target", "tell", [1], flags=ONEWAY),
        call(serializer, "target", "fail", ["x"]),
        call(serializer, "target", "count", [3]),
        call(serializer, "target", "__getattr__", ["level"]),
        call(serializer, "target", "__setattr__", ["level", 3]),
        call(serializer, "target", "<batch>", batch, flags=BATCH),
        call(serializer, "target", "<batch>", batch, flags=BATCH | ONEWAY),
        call(serializer, "Pyro.Daemon", "get_metadata", ["target"]),
        call(serializer, "Pyro.Daemon", "get_next_stream_item", ["x" * 36]),
        call(serializer, "target", "echo", [1], annotations=chunk(b"ABCD", b"x" * 50)),
        message(INVOKE, compressed, serializer=number, flags=COMPRESSED),
        message(INVOKE, plain, serializer=number),
        message(PING, b"ping", serializer=42),
    ]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return the message with something wrong in it; often its frame stays whole."""
    changed = bytearray(data)
    kind = chance.randrange(8)
    start = chance.choice([0, 40]) if len(data) > 40 else 0
    place = chance.randrange(start, len(data))
    if kind == 0:
        changed[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        changed[place] = chance.choice(EVIL) & 0xFF
    elif kind == 2:
        size = chance.choice([2, 4])
        evil = chance.choice(EVIL) % 2 ** (8 * size)
        changed[place : place + size] = evil.to_bytes(size, "big")
    elif kind == 3:
        del changed[place : place + chance.randrange(1, 20)]
    elif kind == 4:
        changed[place:place] = chance.randbytes(chance.randrange(1, 20))
    elif kind == 5:
        end = chance.randrange(place, len(data) + 1)
        changed[place:place] = changed[place:end] * chance.randrange(1, 40)
    elif kind == 6:
        return bytes(changed[:place])
    else:
        field = chance.choice([(4, 2), (6, 1), (7, 1), (8, 2), (10, 2), (12, 4), (16, 4), (38, 2)])
        value = chance.choice(EVIL) % 2 ** (8 * field[1])
        changed[field[0] : sum(field)] = value.to_bytes(field[1], "big")
    if len(changed) > 40 and chance.random() < 0.7:  # a whole frame around what is wrong
        number, flags = changed[7], int.from_bytes(changed[8:10], "big")
        if start:
            return header(
                changed[6], serializer=number, flags=flags, payload_size=len(changed) - 40
            ) + bytes(changed[40:])
    return bytes(changed)


def converse(served: Served, chance: random.Random) -> None:
    """Send a few messages, most of them good, and leave in one way or another."""
    serializer = chance.choice(list(SERIALIZERS))
    messages = corpus(serializer)
    client = served.raw()
    client.socket.settimeout(0.002)
    try:
        if chance.random() < 0.8:
            client.send(hello(serializer))
            with contextlib.suppress(TimeoutError):
                client.socket.recv(65536)
        for _ in range(chance.randrange(1, 5)):
            data = chance.choice(messages)
            client.send(mutate(data, chance) if chance.random() < 0.6 else data)
            if chance.random() < 0.5:
                with contextlib.suppress(TimeoutError):
                    client.socket.recv(65536)
    except OSError:
        pass  # it was sent away
    if chance.random() < 0.3:
        client.reset()
    else:
        client.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_conversations_disturb_nobody(served: Served, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(CONVERSATIONS):
        converse(served, chance)
        if number % 40 == 0:
            assert served.goes_on(), f"after conversation {number}"
    assert eventually(lambda: served.connections == 1)
    assert served.goes_on()


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from(["target", "echo", "keywords", "__getattr__", "level", "__class__", "Pyro5"])
)
NAMES = st.sampled_from(["__class__", "__exception__", "args", "attributes", "state", "a"])
CLASSES = st.sampled_from(
    ["Pyro5.client.Proxy", "Pyro5.core.URI", "builtins.OSError", "float", "complex", "x.Y", "__x__"]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(NAMES, inner, max_size=5)
        | st.builds(
            lambda c, rest: {**rest, "__class__": c}, CLASSES, st.dictionaries(NAMES, inner)
        )
    ),
    max_leaves=12,
)
PARTS = st.tuples(
    st.sampled_from(["target", "Pyro.Daemon"]) | VALUES,
    st.sampled_from(["echo", "keywords", "tell", "fail", "__setattr__", "explain"]) | VALUES,
    st.lists(VALUES, max_size=3) | VALUES,
    st.dictionaries(NAMES, VALUES, max_size=2) | VALUES,
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(parts=PARTS, serializer=st.sampled_from(list(SERIALIZERS)), batch=st.booleans())
@example(parts=("target", "echo", [], {}), serializer="json", batch=True)
def answered(served: Served, parts: tuple[Any, ...], serializer: str, batch: bool) -> None:
    """Make a call of any shape; it is answered, and the answer can be read."""
    client: RawClient = served.client(serializer)
    answer: Answer = client.ask(call(serializer, *parts, flags=BATCH if batch else 0))
    assert answer.kind == RESULT or (answer.kind == CONNECTFAIL and answer.value)
    if answer.flags & EXCEPTION:
        assert answer.error["__exception__"] is True
        assert isinstance(answer.error["args"], list | tuple)
    client.close()


def test_a_call_of_any_shape_is_answered(served: Served) -> None:
    answered(served)
    assert eventually(lambda: served.connections == 1)
    assert served.goes_on()
