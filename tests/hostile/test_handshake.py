"""What strangers send instead of a handshake ends their connection, and nobody else's."""

import subprocess
import sys
import zlib

import pytest

from tests.hostile.conftest import Serve, Served, memory
from tests.hostile.raw import (
    COMPRESSED,
    CONNECT,
    CONNECTFAIL,
    INVOKE,
    PING,
    RESULT,
    SERIALIZERS,
    Answer,
    call,
    chunk,
    dumps,
    header,
    hello,
    message,
)

HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"
TLS = bytes.fromhex("16030100c8010000c40303") + bytes(100)
STRANGERS = {
    "an HTTP request": (HTTP, "invalid data"),
    "a TLS handshake": (TLS, "invalid data"),
    "zeros": (bytes(64), "invalid data"),
    "a line of text": (b"hello?\n", "invalid data"),
    "a single wrong byte": (b"X", "invalid data"),
    "the tag in lower case": (message(CONNECT, tag=b"pyro"), "invalid data"),
    "an older version": (message(CONNECT, version=501), "invalid protocol version: 501"),
    "a newer version": (message(CONNECT, version=503), "invalid protocol version: 503"),
    "only a wrong version": (b"PYRO\x00\x01", "invalid protocol version: 1"),
    "a wrong magic number": (message(CONNECT, magic=0x4DC4), "wrong magic number"),
    "a call": (call("json", "target", "echo", [1]), "invalid msg type 4"),
    "a ping": (message(PING, b"ping", serializer=42), "invalid msg type 6"),
    "a result": (message(RESULT), "invalid msg type 5"),
    "a refusal": (message(CONNECTFAIL), "invalid msg type 3"),
    "message type 0": (message(0), "invalid msg type 0"),
    "message type 255": (message(255), "invalid msg type 255"),
    "an unknown serializer": (
        message(CONNECT, b"?", serializer=99),
        "unknown serializer id 99",
    ),
    "a payload of 1 GiB": (header(CONNECT, payload_size=2**30), "message too large"),
    "annotations of 1 GiB": (header(CONNECT, annotations_size=2**30), "message too large"),
    "sizes of 8 GiB": (
        header(CONNECT, payload_size=2**32 - 1, annotations_size=2**32 - 1),
        "message too large",
    ),
    "an annotation beyond its area": (
        message(CONNECT, annotations=chunk(b"ABCD", b"x", size=500)),
        "claims 500 bytes",
    ),
    "an annotation cut in its header": (message(CONNECT, annotations=b"ABCD\0"), "ends in"),
    "an annotation that is not ascii": (
        message(CONNECT, annotations=chunk(b"\xff\xfe\xfd\xfc", b"x")),
        "is not ascii",
    ),
    "thousands of annotations": (
        message(CONNECT, annotations=b"".join(chunk(b"%04d" % i) for i in range(5000))),
        "annotations in one message",
    ),
    "one annotation thousands of times": (
        message(CONNECT, annotations=chunk(b"SAME") * 5000),
        "annotations in one message",
    ),
    "a compressed payload that is none": (
        message(CONNECT, b"not zlib", flags=COMPRESSED),
        "compressed payload cannot be read",
    ),
    "half a compressed payload": (
        message(CONNECT, zlib.compress(hello())[:-8], flags=COMPRESSED),
        "ends too early",
    ),
    "a bomb": (
        message(CONNECT, zlib.compress(bytes(64 * 2**20)), flags=COMPRESSED),
        "too large once decompressed",
    ),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_stranger_is_told_why_and_sent_away(served: Served, stranger: str) -> None:
    said, reason = STRANGERS[stranger]
    client = served.raw()
    client.send(said)
    assert reason in client.refusal()
    assert served.noted_once(client)
    assert served.goes_on()


MALFORMED = {
    "a list": ["handshake", "object"],
    "text": "hello",
    "nothing": None,
    "no handshake data": {"object": "target"},
    "no object": {"handshake": "hello"},
    "an unknown object": {"handshake": "hello", "object": "nobody"},
    "a list for an object": {"handshake": "hello", "object": ["target"]},
    "a map for an object": {"handshake": "hello", "object": {"target": 1}},
    "no name for an object": {"handshake": "hello", "object": None},
    "a huge name": {"handshake": "hello", "object": "x" * 500_000},
    "an unknown class": {"handshake": {"__class__": "os.system"}, "object": "target"},
    "a class of this program": {"handshake": {"__class__": "__main__.X"}, "object": "target"},
    "a forged class name": {"handshake": {"__class__": 5}, "object": "target"},
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_handshake_is_refused_in_few_words(
    served: Served, serializer: str, kind: str
) -> None:
    client = served.raw()
    payload = dumps(serializer, MALFORMED[kind])
    answer = client.ask(message(CONNECT, payload, serializer=SERIALIZERS[serializer], sequence=9))
    assert answer.kind == CONNECTFAIL
    assert isinstance(answer.value, str)
    assert len(answer.payload) < 2000
    assert client.is_closed()
    assert served.noted_once(client)
    assert served.goes_on()


def test_a_handshake_that_its_serializer_cannot_read_is_refused(
    served: Served, serializer: str
) -> None:
    client = served.raw()
    answer = client.ask(message(CONNECT, b"\xff\xfe{[(", serializer=SERIALIZERS[serializer]))
    assert answer.kind == CONNECTFAIL
    assert serializer in str(answer.value)
    assert served.noted_once(client)
    assert served.goes_on()


def test_any_sequence_number_and_flag_may_open_the_conversation(served: Served) -> None:
    client = served.raw()
    payload = dumps("json", {"handshake": "hello", "object": "target"})
    answer = client.ask(
        message(CONNECT, payload, flags=0xFFFF & ~COMPRESSED, sequence=65535, reserved=65535)
    )
    assert (answer.kind, answer.sequence) == (2, 65535)
    assert client.call("echo", 1).value == 1


def test_a_second_handshake_in_the_same_breath_is_refused(served: Served) -> None:
    client = served.raw()
    client.send(hello(), hello())
    assert "a second CONNECT" in client.refusal()
    assert served.noted_once(client)
    assert served.goes_on()


def test_calls_sent_behind_the_handshake_without_waiting_are_refused(served: Served) -> None:
    client = served.raw()
    client.send(hello(), call("json", "target", "echo", ["too early"]))
    assert "before the handshake was answered" in client.refusal()
    assert served.target.calls == ["before"]
    assert served.noted_once(client)
    assert served.goes_on()


@pytest.mark.parametrize("second", [hello(), message(RESULT), message(0), message(200)])
def test_only_calls_and_pings_may_follow_the_handshake(served: Served, second: bytes) -> None:
    client = served.client()
    client.send(second)
    assert "invalid msg type" in client.refusal()
    assert served.noted_once(client)
    assert served.goes_on()


def test_a_refused_client_that_goes_on_sending_gets_no_call_through(served: Served) -> None:
    client = served.raw()
    client.send(message(INVOKE), hello(), call("json", "target", "echo", ["sneaked in"]))
    assert "invalid msg type 4" in client.refusal()
    assert served.goes_on()
    assert "sneaked in" not in served.target.calls


FLOOD = """
import socket, sys, time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.sendall(b"GET ")
print(client.getsockname()[1], flush=True)
ends, junk = time.monotonic() + 60, bytes(1 << 18)
try:
    while time.monotonic() < ends:
        client.sendall(junk)
except OSError:
    pass
"""


def test_a_refused_client_that_floods_holds_nobody_up(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyrox.sync.server.FAREWELL", 0.5)
    command = [sys.executable, "-c", FLOOD, str(served.address[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as flood:
        assert flood.stdout is not None and flood.stdout.readline()
        while flood.poll() is None:  # it is cut off after a while
            assert served.goes_on()


def test_announcing_much_and_sending_nothing_takes_no_memory(served: Served) -> None:
    greedy = [served.client() for _ in range(8)]
    before = memory()
    for client in greedy:
        client.send(header(INVOKE, payload_size=2**30 - 1), b"x")
    assert served.goes_on()
    assert memory() - before < 32 * 2**20


def test_a_bomb_takes_no_more_memory_than_a_message_may(serve: Serve, server_type: str) -> None:
    served = serve(server_type, max_message_size=2**20)
    bomb = zlib.compress(bytes(256 * 2**20))
    before = memory()
    client = served.client()
    client.send(message(INVOKE, bomb, flags=COMPRESSED))
    assert "too large once decompressed" in client.refusal()
    assert served.goes_on()
    assert memory() - before < 32 * 2**20


def test_a_connection_too_many_is_told_so(serve: Serve, server_type: str) -> None:
    served = serve(server_type, max_connections=3)
    kept = [served.client(), served.client()]
    client = served.raw()
    assert "3 connections at most" in client.refusal()
    assert served.noted_once(client)
    kept.pop().close()
    kept.pop().close()
    assert served.goes_on()


def test_every_answer_to_a_stranger_is_a_pyro_message(served: Served) -> None:
    client = served.raw()
    client.send(HTTP)
    answer = client.read()
    assert answer is not None
    assert answer == Answer(CONNECTFAIL, SERIALIZERS["marshal"], 0, 0, b"", answer.payload)
