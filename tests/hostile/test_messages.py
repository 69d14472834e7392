"""Messages that break the protocol, from a client that has introduced itself."""

import zlib

import pytest

from tests.hostile.conftest import Served
from tests.hostile.raw import (
    COMPRESSED,
    INVOKE,
    ONEWAY,
    PING,
    RESULT,
    SERIALIZERS,
    call,
    chunk,
    dumps,
    eventually,
    header,
    message,
)

BROKEN = {
    "garbage": (b"\0" * 40, "invalid data"),
    "text": (b"GET / HTTP/1.0\r\n\r\n", "invalid data"),
    "a wrong version": (message(INVOKE, version=1), "invalid protocol version"),
    "a wrong magic number": (message(INVOKE, magic=0), "wrong magic number"),
    "more than the limit": (header(INVOKE, payload_size=2**30 + 1), "message too large"),
    "sizes that add up to more than the limit": (
        header(INVOKE, payload_size=2**30, annotations_size=1),
        "message too large",
    ),
    "an unknown serializer": (message(INVOKE, b"?", serializer=0), "unknown serializer id 0"),
    "the serializer of a ping": (message(INVOKE, b"?", serializer=42), "unknown serializer id"),
    "an annotation beyond its area": (
        message(INVOKE, annotations=chunk(b"ABCD", b"x", size=2**32 - 1)),
        "claims 4,294,967,295 bytes",
    ),
    "1001 annotations": (
        message(INVOKE, annotations=b"".join(chunk(b"%04d" % i) for i in range(1001))),
        "annotations in one message",
    ),
    "one annotation a million times": (
        message(INVOKE, annotations=chunk(b"SAME") * 1_000_000),
        "annotations in one message",
    ),
    "no compressed payload": (message(INVOKE, flags=COMPRESSED), "ends too early"),
    "a broken compressed payload": (
        message(INVOKE, b"\x78\x5e" + bytes(200), flags=COMPRESSED),
        "compressed payload",
    ),
    "all flags and nothing behind": (message(INVOKE, flags=0xFFFF), "compressed payload"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_message_ends_the_connection_with_a_reason(served: Served, kind: str) -> None:
    data, reason = BROKEN[kind]
    client = served.client()
    client.send(data)
    assert reason in client.refusal()
    assert served.noted_once(client)
    assert served.goes_on()


@pytest.mark.parametrize("cut", [1, 39, 40, 41, 60, -1])
def test_a_message_that_ends_in_the_middle_ends_the_connection(served: Served, cut: int) -> None:
    client = served.client()
    client.send(call("json", "target", "echo", ["half"])[:cut])
    client.close()
    assert served.noted_once(client)
    assert served.goes_on()
    assert "half" not in served.target.calls


def test_a_client_that_comes_and_goes_without_a_word_leaves_no_line(served: Served) -> None:
    served.raw().close()
    client = served.client()
    client.close()
    assert eventually(lambda: served.connections == 1)
    assert not served.log.about(client)


@pytest.mark.parametrize("sequence", [0, 1, 7, 65535])
def test_any_sequence_number_is_answered_with_the_same(served: Served, sequence: int) -> None:
    client = served.client()
    answer = client.call("echo", "x", sequence=sequence)
    assert (answer.sequence, answer.value) == (sequence, "x")


def test_unknown_flags_and_the_reserved_field_are_passed_over(
    served: Served, serializer: str
) -> None:
    client = served.client(serializer)
    flags = 0xFF80 | 0x01 | 0x10 | 0x40
    answer = client.call("echo", 5, serializer=serializer, flags=flags, reserved=0xFFFF)
    assert (answer.kind, answer.value) == (RESULT, 5)


def test_all_flags_at_once_get_no_answer_and_do_no_harm(served: Served) -> None:
    client = served.client()
    payload = zlib.compress(
        dumps("json", {"object": "target", "method": "echo", "params": [1], "kwargs": {}})
    )
    client.send(message(INVOKE, payload, flags=0xFFFF))
    assert client.call("echo", "after").value == "after"
    assert served.noted_once(client)
    assert served.goes_on()


def test_a_thousand_annotations_are_passed_over(served: Served) -> None:
    client = served.client()
    annotations = b"".join(chunk(b"%04d" % i, b"x") for i in range(1000))
    answer = client.ask(call("json", "target", "echo", [1], annotations=annotations))
    assert answer.value == 1


def test_a_stream_annotation_in_a_call_is_passed_over(served: Served) -> None:
    client = served.client()
    annotations = chunk(b"STRM", b"no stream") + chunk(b"BLBI", b"\0") + chunk(b"PYRX", b"=;=;,")
    answer = client.ask(call("json", "target", "echo", [1], annotations=annotations))
    assert answer.value == 1


def test_each_request_may_have_another_serializer(served: Served) -> None:
    client = served.client("json")
    for serializer, number in SERIALIZERS.items():
        answer = client.call("echo", 1, serializer=serializer)
        assert (answer.serializer, answer.value) == (number, 1)


def test_a_ping_is_answered_whatever_it_carries(served: Served) -> None:
    client = served.client()
    for payload in (b"", b"ping", bytes(100_000)):
        answer = client.ask(message(PING, payload, serializer=42, sequence=3))
        assert (answer.kind, answer.serializer, answer.sequence) == (PING, 42, 3)
        assert answer.payload == b"pong"


def test_a_flood_of_pings_and_calls_in_one_piece_is_answered_in_order(served: Served) -> None:
    client = served.client()
    count = 2000
    client.send(
        *(
            message(PING, sequence=i) if i % 2 else call("json", "target", "echo", [i], sequence=i)
            for i in range(count)
        )
    )
    for i in range(count):
        answer = client.read()
        assert answer is not None and answer.sequence == i
        assert answer.kind == (PING if i % 2 else RESULT)
    assert served.goes_on()


def test_a_message_in_single_bytes_is_understood(served: Served) -> None:
    client = served.client()
    for byte in call("json", "target", "echo", ["slow"], annotations=chunk(b"ABCD", b"x")):
        client.send(bytes([byte]))
    answer = client.read()
    assert answer is not None and answer.value == "slow"


def test_a_oneway_call_that_cannot_be_read_is_noted_and_has_no_answer(
    served: Served, serializer: str
) -> None:
    client = served.client()
    client.send(message(INVOKE, b"\xff{([", flags=ONEWAY, serializer=SERIALIZERS[serializer]))
    assert client.call("echo", "after").value == "after"
    assert served.noted_once(client)
    assert served.goes_on()
