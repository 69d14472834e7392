"""Messages by hand. Reference 1.1 to 1.10, 1.19."""

import logging
import socket
import struct
import uuid
from typing import Any

import pytest

from pyrox_pyro5 import errors, protocol, serializers
from pyrox_pyro5.api import Daemon, Proxy, config, current_context, expose
from pyrox_pyro5.protocol import ReceivingMessage, SendingMessage, recv_stub

ID = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
CALL = ("calc", "add", (5,), {"b": 7})
DUMPS = {
    # Reference 1.19: calls and their answers, as two Pyro5 peers exchanged them.
    "serpent": (
        "5059524f01f6040100400001000000350000000000112233445566778899aabbccddeeff00004dc5",
        "# serpent utf-8 python3.2\n('calc','add',(5,),{'b':7})",
    ),
    "json": (
        "5059524f01f6040300400001000000460000000000112233445566778899aabbccddeeff00004dc5",
        '{"object": "calc", "method": "add", "params": [5], "kwargs": {"b": 7}}',
    ),
    "msgpack": (
        "5059524f01f6040400400001000000100000000000112233445566778899aabbccddeeff00004dc5",
        "\x94\xa4calc\xa3add\x91\x05\x81\xa1b\x07",
    ),
}


def call(serializer: str, **more: Any) -> SendingMessage:
    chosen = serializers.serializers[serializer]
    payload = chosen.dumpsCall(*CALL)
    return SendingMessage(protocol.MSG_INVOKE, 0, 1, chosen.serializer_id, payload, **more)


@pytest.mark.parametrize("serializer", DUMPS)
def test_a_message_is_pyro5s_byte_for_byte(serializer: str) -> None:
    current_context.correlation_id = ID
    header, payload = DUMPS[serializer]
    assert call(serializer).data == bytes.fromhex(header) + payload.encode("latin-1")


def test_annotations_stand_between_header_and_payload() -> None:
    message = call("msgpack", annotations={"USRA": b"\1\2\3"})
    assert message.data[40:51] == b"USRA\0\0\0\3\1\2\3"
    assert struct.unpack_from("!I", message.data, 16) == (11,)


@pytest.mark.parametrize(
    ("annotations", "problem"),
    [
        ({"TOOLONG": b""}, "annotation identifier must be 4 ascii characters"),
        ({"ümla": b""}, "annotation identifier must be 4 ascii characters"),
        ({"ABCD": "text"}, "annotation data must be bytes, bytearray, or memoryview"),
    ],
)
def test_what_is_no_annotation(annotations: dict[str, Any], problem: str) -> None:
    with pytest.raises(errors.ProtocolError, match=problem):
        call("json", annotations=annotations)


def test_long_payloads_are_compressed_if_that_is_wanted() -> None:
    config.COMPRESSION = True
    short = SendingMessage(protocol.MSG_RESULT, 0, 1, 3, b"x" * 100)
    long = SendingMessage(protocol.MSG_RESULT, 0, 1, 3, b"x" * 101)
    assert not short.flags & protocol.FLAGS_COMPRESSED
    assert long.flags & protocol.FLAGS_COMPRESSED
    assert long.data[40:42] == b"\x78\x5e"
    received = ReceivingMessage(long.data[:40], long.data[40:])
    assert bytes(received.data) == b"x" * 101
    assert not received.flags & protocol.FLAGS_COMPRESSED
    assert received.data_size == 101


def test_a_message_over_the_limit_is_not_made() -> None:
    # Reference 9.3-14: the manual's MessageTooLargeError, which Pyro5 never raised.
    config.MAX_MESSAGE_SIZE = 2000
    with pytest.raises(errors.MessageTooLargeError, match="message too large"):
        SendingMessage(protocol.MSG_RESULT, 0, 1, 3, b"x" * 2001)


def test_a_message_arrives_as_it_was_sent() -> None:
    current_context.correlation_id = ID
    sent = call("serpent", annotations={"USRA": b"abc", "USRB": b""})
    received = ReceivingMessage(sent.data[:40], sent.data[40:])
    assert (received.type, received.seq, received.serializer_id) == (4, 1, 1)
    assert received.flags == protocol.FLAGS_CORR_ID
    assert received.corr_id == ID.bytes
    assert received.annotations == {"USRA": b"abc", "USRB": b""}
    assert all(isinstance(value, memoryview) for value in received.annotations.values())
    assert serializers.serializers["serpent"].loadsCall(received.data)[:2] == ("calc", "add")


def test_a_payload_has_the_length_that_its_header_says() -> None:
    sent = call("json")
    with pytest.raises(errors.ProtocolError):
        ReceivingMessage(sent.data[:40], sent.data[40:-1])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"PYR", ValueError),
        (b"HTTP/1.1 ", errors.ProtocolError),
        (b"PYRO\x01\xf5", errors.ProtocolError),
        (call("json").data[:38] + b"\0\0", errors.ProtocolError),
    ],
)
def test_the_beginning_of_what_is_no_message(data: bytes, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        ReceivingMessage.validate(data)


def test_the_beginning_of_a_message_is_all_right() -> None:
    data = call("json").data
    for size in (4, 6, 40, len(data)):
        ReceivingMessage.validate(data[:size])


class Pipe:
    """Gives out bytes, and keeps those that are sent."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.sent = b""

    def recv(self, size: int) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
        return data

    def send(self, data: bytes) -> None:
        self.sent += data


def test_a_message_is_read_from_anything_that_receives() -> None:
    message = recv_stub(Pipe(call("json").data + b"more"))
    assert message.type == protocol.MSG_INVOKE
    assert serializers.serializers["json"].loadsCall(message.data)[1] == "add"


def test_a_message_of_another_type_is_refused_and_told() -> None:
    expected = r"invalid msg type 4 received \(expected: 5,6\)"
    with pytest.raises(errors.ProtocolError, match=expected) as caught:
        recv_stub(Pipe(call("json").data), [protocol.MSG_RESULT, protocol.MSG_PING])
    assert caught.value.pyroMsg.type == protocol.MSG_INVOKE


def test_a_ping_is_sent_and_its_answer_waited_for() -> None:
    answer = SendingMessage(protocol.MSG_PING, 0, 0, 42, b"pong")
    pipe = Pipe(answer.data)
    SendingMessage.ping(pipe)
    assert pipe.sent == SendingMessage(protocol.MSG_PING, 0, 0, 42, b"ping").data


@expose
class Thing:
    def add(self, a: int, b: int) -> int:
        return a + b


def test_a_program_may_speak_the_protocol_by_hand(daemon: Daemon) -> None:
    from pyrox_pyro5.socketutil import SocketConnection, create_socket

    uri = daemon.register(Thing(), "calc")
    json = serializers.serializers["json"]
    connection = SocketConnection(create_socket(connect=(uri.host, uri.port)))
    hello = json.dumps({"handshake": "hello", "object": "calc"})
    connection.send(SendingMessage(protocol.MSG_CONNECT, 0, 0, 3, hello).data)
    welcome = json.loads(recv_stub(connection, [protocol.MSG_CONNECTOK]).data)
    assert welcome["meta"]["methods"] == ["add"]
    connection.send(call("json").data)
    assert json.loads(recv_stub(connection, [protocol.MSG_RESULT]).data) == 12
    SendingMessage.ping(connection)
    connection.close()


def test_a_daemons_ping_is_answered(daemon: Daemon) -> None:
    with Proxy(daemon.uriFor("Pyro.Daemon")) as proxy:
        proxy._pyroBind()
        SendingMessage.ping(proxy._pyroConnection)
        assert proxy.ping() is None


def test_messages_can_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("Pyro5.protocol")
    with caplog.at_level(logging.DEBUG, logger.name):
        protocol.log_wiredata(logger, "sent it", call("json"))
    assert "sent it" in caplog.text
    assert "msgtype=4" in caplog.text
    assert "ser=3" in caplog.text


def test_bytes_that_are_no_message_are_answered_with_the_version(daemon: Daemon) -> None:
    host, _, port = daemon.locationStr.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert sock.recv(6) == b"PYRO\x01\xf6"
