"""Bytes recorded between two Pyro5 peers, said to a pyrox daemon: the answers are those of Pyro5.

The client of the recording used the correlation id 00112233-4455-6677-8899-aabbccddeeff.
"""

import ast
import json
import marshal
import socket
import struct
from collections.abc import Iterator
from typing import Any

import msgpack
import pytest

import pyrox

CORRELATION = bytes.fromhex("00112233445566778899aabbccddeeff")
COMMENT = b"# serpent utf-8 python3.2\n"
CONNECT, CONNECTOK, CONNECTFAIL, INVOKE, RESULT, PING = range(1, 7)
SERPENT, MARSHAL, JSON, MSGPACK = 1, 2, 3, 4
HEADER = struct.Struct("!4sHBBHHII16sHH")
DECODERS: dict[int, Any] = {
    SERPENT: lambda payload: ast.literal_eval(payload.decode()),
    MARSHAL: marshal.loads,
    JSON: json.loads,
    MSGPACK: msgpack.unpackb,
}


class Calc:
    @pyrox.expose
    def add(self, a: int, b: int) -> int:
        return a + b

    @pyrox.expose
    def fail(self) -> None:
        raise ValueError("bad")

    @pyrox.expose
    def gen(self) -> Iterator[int]:
        yield 1

    @pyrox.expose
    def zero(self) -> float:
        return 1 / 0

    @property
    @pyrox.expose
    def v(self) -> int:
        return 3

    @v.setter
    def v(self, value: int) -> None: ...


class Conversation:
    """Says bytes to a daemon and reads whole messages."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def say(self, data: bytes) -> bytes:
        """Send ``data``; return the message that answers it."""
        self._sock.sendall(data)
        header = self._read(HEADER.size)
        fields = HEADER.unpack(header)
        return header + self._read(fields[6] + fields[7])

    def at_end(self) -> bool:
        return self._sock.recv(1) == b""

    def connect(self) -> None:
        assert self.say(HELLO)[6] == CONNECTOK

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._sock.recv(size - len(data))
            assert more, f"the connection ended after {data!r}"
            data += more
        return data


@pytest.fixture(scope="module", params=["thread", "multiplex"])
def location(request: pytest.FixtureRequest) -> Iterator[str]:
    with pyrox.Daemon(server=request.param) as daemon:
        daemon.register(Calc(), "calc")
        yield daemon.start().location


@pytest.fixture
def daemon(location: str) -> Iterator[Conversation]:
    host, _, port = location.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=60) as sock:
        yield Conversation(sock)


def message(
    kind: int,
    serializer: int,
    payload: bytes,
    flags: int = 0x40,
    sequence: int = 1,
    more: bytes = b"",
) -> bytes:
    """A message as Pyro5 writes it."""
    sizes = len(payload), len(more)
    head = b"PYRO", 502, kind, serializer, flags, sequence, *sizes, CORRELATION, 0, 0x4DC5
    return HEADER.pack(*head) + more + payload


HELLO = bytes.fromhex(
    "5059524f01f60101004000000000003f"
    "0000000000112233445566778899aabb"
    "ccddeeff00004dc5232073657270656e"
    "74207574662d3820707974686f6e332e"
    "320a7b2768616e647368616b65273a27"
    "68656c6c6f272c276f626a656374273a"
    "2763616c63277d"
)


def serpent(text: str) -> bytes:
    return COMMENT + text.encode()


def test_the_recorded_handshake_is_the_one_that_this_test_writes() -> None:
    written = serpent("{'handshake':'hello','object':'calc'}")
    assert message(CONNECT, SERPENT, written, sequence=0) == HELLO


def test_the_handshake_is_answered_as_pyro5_does(daemon: Conversation) -> None:
    answer = daemon.say(HELLO)
    assert (
        answer[: HEADER.size + len(COMMENT)]
        == HELLO[:6] + bytes([CONNECTOK]) + answer[7:16] + HELLO[16:40] + COMMENT
    )
    assert answer[7:12] == bytes([SERPENT, 0x00, 0x40, 0, 0])
    # Sets have no order, and Pyro5's add-ons of a pyrox peer are for pyrox peers only.
    assert ast.literal_eval(answer[HEADER.size :].decode()) == {
        "handshake": "hello",
        "meta": {"methods": {"add", "gen", "fail", "zero"}, "oneway": (), "attrs": {"v"}},
    }


ADD = [
    (
        SERPENT,
        serpent("('calc','add',(5,),{'b':7})"),
        serpent("12"),
    ),
    (
        JSON,
        b'{"object": "calc", "method": "add", "params": [5], "kwargs": {"b": 7}}',
        b"12",
    ),
    (
        MSGPACK,
        bytes.fromhex("94a463616c63a36164649105 81a16207"),
        bytes.fromhex("0c"),
    ),
    (
        MARSHAL,
        bytes.fromhex("2904fa0463616c63da03616464db01000000e905000000fbda0162e90700000030"),
        bytes.fromhex("e90c000000"),
    ),
]


@pytest.mark.parametrize(("serializer", "request_payload", "result"), ADD)
def test_a_call_is_answered_byte_for_byte(
    daemon: Conversation, serializer: int, request_payload: bytes, result: bytes
) -> None:
    daemon.connect()
    answer = daemon.say(message(INVOKE, serializer, request_payload))
    assert answer[: HEADER.size] == message(RESULT, serializer, result)[: HEADER.size]
    if serializer == MARSHAL:  # a bit of the type says how often Python holds that very object
        assert marshal.loads(answer[HEADER.size :]) == 12
    else:
        assert answer[HEADER.size :] == result


def test_requests_sent_ahead_are_answered_in_their_order(daemon: Conversation) -> None:
    daemon.connect()
    requests = [message(INVOKE, s, payload, sequence=n) for n, (s, payload, _) in enumerate(ADD)]
    first = daemon.say(b"".join(requests))
    answers = [first, *(daemon.say(b"") for _ in requests[1:])]
    assert [HEADER.unpack(answer[:40])[5] for answer in answers] == [0, 1, 2, 3]
    assert [HEADER.unpack(answer[:40])[3] for answer in answers] == [s for s, _, _ in ADD]


FAIL = [
    (SERPENT, serpent("('calc','fail',(),{})")),
    (JSON, b'{"object": "calc", "method": "fail", "params": [], "kwargs": {}}'),
    (MSGPACK, bytes.fromhex("94a463616c63a46661696c9080")),
    (MARSHAL, marshal.dumps(("calc", "fail", [], {}))),
]


@pytest.mark.parametrize(("serializer", "request_payload"), FAIL)
def test_an_exception_has_the_form_that_pyro5_reads(
    daemon: Conversation, serializer: int, request_payload: bytes
) -> None:
    daemon.connect()
    answer = daemon.say(message(INVOKE, serializer, request_payload))
    payload = answer[HEADER.size :]
    assert answer[:40] == message(RESULT, serializer, payload, flags=0x41)[:40]
    value = DECODERS[serializer](payload)
    assert list(value) == ["__class__", "__exception__", "args", "attributes"]
    assert value["__class__"] == "builtins.ValueError"
    assert value["__exception__"] is True
    assert list(value["args"]) == ["bad"]
    lines = value["attributes"].pop("_pyroTraceback")
    assert value["attributes"] == {}
    assert lines[0] == "Traceback (most recent call last):\n"
    assert lines[-1] == "ValueError: bad\n"
    assert isinstance(value["args"], tuple) is (serializer in (SERPENT, MARSHAL))


def test_an_item_stream_starts_as_in_pyro5(daemon: Conversation) -> None:
    daemon.connect()
    answer = daemon.say(message(INVOKE, MSGPACK, bytes.fromhex("94a463616c63a367656e9080")))
    stream = answer[48:84]
    payload = bytes.fromhex(
        "84a95f5f636c6173735f5fba5079726f352e6572726f72732e50726f746f636f6c4572726f72ad5f5f657863"
        "657074696f6e5f5fc3a46172677391bd726573756c74206f662063616c6c20697320616e206974657261746f"
        "72aa6174747269627574657381ae5f7079726f547261636562"
        "61636bc0"
    )
    chunk = b"STRM" + (36).to_bytes(4, "big") + stream
    assert answer == message(RESULT, MSGPACK, payload, flags=0x51, more=chunk)
    fetch = serpent(f"('Pyro.Daemon','get_next_stream_item',['{stream.decode()}'],{{}})")
    assert daemon.say(message(INVOKE, SERPENT, fetch)) == message(RESULT, SERPENT, serpent("1"))
    end = DECODERS[SERPENT](daemon.say(message(INVOKE, SERPENT, fetch))[40:])
    assert end["__class__"] == "builtins.StopIteration"
    gone = DECODERS[SERPENT](daemon.say(message(INVOKE, SERPENT, fetch))[40:])
    assert gone["__class__"].startswith("Pyro5.errors.")
    assert list(gone["args"]) == ["item stream terminated"]


def test_annotations_of_a_request_are_passed_over(daemon: Conversation) -> None:
    daemon.connect()
    request = bytes.fromhex(
        "5059524f01f60404004000010000000e0000000b00112233445566778899aabbccddeeff00004dc5"
        "5553524100000003010203"
        "94a463616c63a3616464920102"
        "80"
    )
    assert daemon.say(request) == message(RESULT, MSGPACK, b"\x03")


def test_attributes_are_read_and_written_with_no_keywords(daemon: Conversation) -> None:
    daemon.connect()
    read = bytes.fromhex("94a463616c63ab5f5f676574617474725f5f91a176c0")
    assert daemon.say(message(INVOKE, MSGPACK, read)) == message(RESULT, MSGPACK, b"\x03")
    write = serpent("('calc','__setattr__',('v',9),None)")
    assert daemon.say(message(INVOKE, SERPENT, write)) == message(RESULT, SERPENT, serpent("None"))


BATCH = [
    (SERPENT, serpent("('calc','<batch>',[('add',(1,),{'b':2}),('add',(2,3),{})],None)"), "[3,5]"),
    (
        JSON,
        b'{"object": "calc", "method": "<batch>", "params": '
        b'[["add", [1], {"b": 2}], ["add", [2, 3], {}]], "kwargs": null}',
        "[3, 5]",
    ),
]


@pytest.mark.parametrize(("serializer", "request_payload", "result"), BATCH)
def test_a_batch_is_answered_with_a_list(
    daemon: Conversation, serializer: int, request_payload: bytes, result: str
) -> None:
    daemon.connect()
    payload = serpent(result) if serializer == SERPENT else result.encode()
    answer = daemon.say(message(INVOKE, serializer, request_payload, flags=0x48))
    assert answer == message(RESULT, serializer, payload, flags=0x48)


def test_a_failed_batch_ends_with_the_wrapped_exception(daemon: Conversation) -> None:
    daemon.connect()
    calls = serpent(
        "('calc','<batch>',[('add',(1,),{'b':2}),('zero',(),{}),('add',(1,2),{})],None)"
    )
    answer = daemon.say(message(INVOKE, SERPENT, calls, flags=0x48))
    assert HEADER.unpack(answer[:40])[4] == 0x48
    first, wrapped = DECODERS[SERPENT](answer[40:])
    assert first == 3
    assert wrapped["__class__"] == "Pyro5.core._ExceptionWrapper"
    assert wrapped["exception"]["__class__"] == "builtins.ZeroDivisionError"
    assert wrapped["exception"]["attributes"]["_pyroTraceback"]


def test_an_unknown_object_is_refused_with_the_recorded_answer(daemon: Conversation) -> None:
    hello = serpent("{'handshake':'hello','object':'nope'}")
    answer = daemon.say(message(CONNECT, SERPENT, hello, sequence=0))
    assert answer == message(CONNECTFAIL, SERPENT, serpent("'unknown object'"), sequence=0)
    assert HEADER.unpack(answer[:40])[6] == 0x2A
    assert daemon.at_end()


def test_a_ping_is_answered_with_a_pong(daemon: Conversation) -> None:
    daemon.connect()
    answer = daemon.say(message(PING, 42, b"ping", flags=0, sequence=0))
    assert answer[:12] == bytes.fromhex("5059524f01f6062a00000000")
    assert answer[40:] == b"pong"


def test_strangers_get_a_refusal_that_tells_the_protocol_version(daemon: Conversation) -> None:
    answer = daemon.say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"x" * 40)
    fields = HEADER.unpack(answer[:40])
    assert fields[:6] == (b"PYRO", 502, CONNECTFAIL, MARSHAL, 0, 0)
    assert "invalid data" in marshal.loads(answer[40:])
    assert daemon.at_end()
