"""Bytes from strangers: they are read or refused with a SerializeError, quickly; nothing else."""

import marshal as python_marshal
import random
import threading
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyrox import Converters, SecurityError, SerializeError

MANY = 200_000

CORPUS = {
    "serpent": {
        "empty": b"",
        "only the comment": b"# serpent utf-8 python3.2\n",
        "a NUL": b"'a\0b'",
        "a NUL outside": b"[1,\0 2]",
        "invalid UTF-8": b"'\xff'",
        "truncated": b"('calc','add',(5,",
        "truncated text": b"['abc",
        "more behind": b"1 2",
        "two values": b"1,2",
        "open brackets": b"[" * MANY,
        "deep": b"[" * 501 + b"]" * 501,
        "deep dictionaries": b"{1:" * MANY + b"1" + b"}" * MANY,
        "closing brackets": b"]" * MANY,
        "mixed brackets": b"[(])",
        "minus signs": b"-" * MANY + b"1",
        "a sum": b"1+" * MANY + b"1",
        "inversions": b"~" * MANY + b"1",
        "nots": b"not " * MANY + b"1",
        "lambdas": b"lambda:" * MANY + b"1",
        "attributes": b"a" + b".a" * MANY,
        "a power": b"9**9**9**9",
        "a call": b"__import__('os').system('false')",
        "an f-string": b"f'{1}'",
        "a comprehension": b"[x for x in (1,2)]",
        "a large int": b"9" * MANY,
        "a large int and more": b"9" * MANY + b"x",
        "a name": b"eval",
        "unhashable key": b"{[]:1}",
        "unhashable item": b"{{}}",
        "no value": b"{1:2,3}",
        "no key": b"{:2}",
        "two commas": b"[1,,2]",
        "colon in a list": b"[1:2]",
        "open escapes": b"'" + b"\\'" * MANY,
        "open quotes": b"'\"" * (MANY + 1) + b"'",
        "blanks": b" " * MANY + b"1 2",
        "comments": b"#\n" * MANY,
        "wrong escape": b"'\\z'",
        "short escape": b"'\\x1'",
        "large escape": b"'\\U00110000'",
        "wrong class": b"{'__class__':{}}",
        "wrong float": b"{'__class__':'float','value':'1'}",
        "wrong complex": b"{'__class__':'complex'}",
    },
    "json": {
        "empty": b"",
        "invalid UTF-8": b'"\xff"',
        "truncated": b'{"a": [1,',
        "more behind": b"1 2",
        "deep": b"[" * MANY,
        "deep objects": b'{"a":' * MANY,
        "a large int": b"9" * MANY,
        "NULs": b"\0" * 10,
        "wrong class": b'{"__class__": null}',
    },
    "marshal": {
        "empty": b"",
        "truncated": b")\x02N",
        "more behind": b"NN",
        "a large claim": b"(\xff\xff\xff\x7f",
        "a negative claim": b"(\xff\xff\xff\xff",
        "large claims": b"[\xff\xff\x00\x00" * 400 + bytes(70_000),
        "large text": b"u\xff\xff\xff\x7fabc",
        "invalid UTF-8": b"u\x01\x00\x00\x00\xff",
        "deep": b")\x01" * MANY,
        "deep dictionaries": b"{N" * MANY,
        "code": python_marshal.dumps((lambda: 1).__code__),
        "code inside": python_marshal.dumps([{"k": (lambda: 1).__code__}]),
        "Ellipsis": python_marshal.dumps(...),
        "StopIteration": python_marshal.dumps(StopIteration),
        "no such reference": b"r\x00\x00\x00\x00",
        "contains itself": b"\xdb\x01\x00\x00\x00r\x00\x00\x00\x00",
        "its own key": b"\xfbr\x00\x00\x00\x00N0",
        "unhashable key": b"{[\x00\x00\x00\x00N0",
        "no value": b"{N0",
        "stray end": b"0",
        "end in a list": b"[\x01\x00\x00\x000",
        "wrong digits": b"l\x01\x00\x00\x00\xff\xff",
        "many digits": b"l\x00\x00\x00\x80",
        # Both crash the interpreter, CPython 3.10 and 3.13.
        "crash 1": b"\xfb\xa9\x03\xe3\xa9\x00\xe9\x01\0\0\0\xda\x01a\xe7\0\0\0\0\0\0\x04\x01r\x01"
        b"\0\0\0\xda\x01k[\x02\0\0\0r\x01\0\0\0<\x01\0\0\0r\x01\0\0\x000",
        "crash 2": b"\xdb\x02\0\0\0>\x02\0\0\0\xa9\x03\xf2\x01\0\0\0\xda\x01a\xe7\0\0\0\0\0\0\x04@"
        b"r\x01\0\xba\0r\x02\0\0\0\x01\xa9\x04\xda\x04calc\xda\x03add[\x01\0\0\0\0[\x01\0\0r\x01\0\0\0",
    },
    "msgpack": {
        "empty": b"",
        "truncated": b"\x92\x01",
        "more behind": b"\x01\x02",
        "a large claim": b"\xdd\xff\xff\xff\xff",
        "large claims": b"\xdc\xff\xff" * 400 + bytes(70_000),
        "large maps": b"\xde\xff\xff" * 400 + bytes(70_000),
        "large text": b"\xdb\xff\xff\xff\xffabc",
        "invalid UTF-8": b"\xa1\xff",
        "deep": b"\x91" * MANY,
        "deep maps": b"\x81\xc0" * MANY,
        "unhashable key": b"\x81\x80\xc0",
        "unhashable in a key": b"\x81\x91\x80\xc0",
        "reserved byte": b"\xc1",
        "unknown extension": b"\xd4\x40\x00",
        "short complex": b"\xd4\x30\x00",
        "wrong int": b"\xd6\x311_00",
        "empty int": b"\xc7\x00\x31",
        "large int": b"\xc8\xff\xff\x31" + b"9" * 65535,
        "nan as a time": b"\xd7\x32" + bytes.fromhex("000000000000f87f"),
        "endless time": b"\xd7\x32" + bytes.fromhex("ffffffffffffef7f"),
        "day zero": b"\xd7\x33" + bytes(8),
        "odd date": b"\xd4\x33\x01",
        "wrong class": b"\x81\xa9__class__\xc0",
    },
}
CASES = [(name, what) for name, cases in CORPUS.items() for what in cases]


@pytest.mark.parametrize(("name", "what"), CASES)
def test_refused(request, converters, name, what):
    serializer = request.getfixturevalue(name)
    data = CORPUS[name][what]
    started = time.perf_counter()
    for read in (serializer.loads, serializer.loads_call):
        with pytest.raises((SerializeError, SecurityError)) as caught:
            read(data, converters)
        assert len(str(caught.value)) < 400
    assert time.perf_counter() - started < 9


def test_the_payload_is_not_quoted(serializer, converters):
    secret = b"hunter2" * 50
    with pytest.raises(SerializeError) as caught:
        serializer.loads(b"c" + secret, converters)
    assert "hunter2hunter2" not in str(caught.value)
    assert serializer.name in str(caught.value)


def test_deep_data_is_refused_in_a_thread_too(serializer, converters):
    """Threads have smaller stacks."""
    caught = []

    def work():
        for what in ("deep", "deep dictionaries", "deep objects", "deep maps"):
            if what in CORPUS[serializer.name]:
                try:
                    serializer.loads(CORPUS[serializer.name][what], converters)
                except SerializeError as error:
                    caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(caught) == 2


def test_references_that_unfold_without_end(marshal, converters):
    value: Any = (1, 2)
    for _ in range(60):
        value = (value, value)
    data = python_marshal.dumps(value)
    assert len(data) < 1000
    with pytest.raises(SerializeError, match="unfold"):
        marshal.loads(data, converters)


def test_references_to_shared_values_are_read(marshal, converters):
    row = {"k": [1, 2]}
    arrived = marshal.loads(python_marshal.dumps([row, row, (row, [row])]), converters)
    assert arrived == [row, row, (row, [row])]
    assert arrived[0] is arrived[1]


def test_classes_in_shared_values_are_made_once(marshal, converters):
    error = {"__class__": "ValueError", "__exception__": True, "args": ("x",), "attributes": {}}
    arrived = marshal.loads(python_marshal.dumps([error, {"k": (error,)}]), converters)
    assert arrived[0] is arrived[1]["k"][0]
    assert type(arrived[0]) is ValueError


SEEDS = [
    ("calc", "add", [5, -1.5, "žluť"], {"b": 7, "c": None}),
    [{"k": [True, {"m": "x" * 300}]}, 2**200, ""],
    {"__class__": "builtins.ValueError", "__exception__": True, "args": ["a"], "attributes": {}},
]
PARTS = [
    *(bytes([code]) for code in b"NTFigyzZaAtusl([<>){0rcSf.xI:\xdc\xdd\xde\xdf\xc7\xd8'\"\\,}]j"),
    *(bytes([code | 0x80]) for code in b"NTFigyzZaAtusl([<>){"),
    b"\0\0\0\0", b"\1\0\0\0", b"\xff\xff\xff\x7f", b"__class__",
]  # fmt: skip


def mutated(data, generator):
    data = bytearray(data)
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(data) + 1)
        match generator.randrange(4):
            case 0:
                del data[at : at + generator.randint(1, 5)]
            case 1:
                data[at:at] = generator.choice(PARTS)
            case 2:
                data[at : at + 1] = generator.choice(PARTS)
            case 3:
                data[at : at + 1] = bytes([generator.randrange(256)])
    return bytes(data)


def test_damaged_data_is_read_or_refused(serializer, converters):
    generator = random.Random(5)
    seeds = [serializer.dumps(seed, converters) for seed in SEEDS]
    for _ in range(3000):
        data = mutated(generator.choice(seeds), generator)
        try:
            serializer.loads(data, converters)
        except (SerializeError, SecurityError):
            pass


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=60))
@example(data=b"\xfb")
def test_any_bytes_are_read_or_refused(serializer, data):
    try:
        serializer.loads(data, Converters())
    except (SerializeError, SecurityError):
        pass
