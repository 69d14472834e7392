"""The daemon's side of the protocol: what may come when, and what goes back."""

import pytest

from pyrox import MessageTooLargeError, Peer, RemoteProtocolError
from pyrox.protocol.connection import (
    HANDSHAKE_LIMIT,
    SERVER_ACCEPTS,
    ServerConnection,
    State,
    reason_in,
)
from pyrox.wire.message import JOIN_BELOW, MAX_SIZE, Buffer, Message, MessageType
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import CONNECT, INVOKE, ONEWAY, PING, RESULT, header, message

HELLO = message(CONNECT, b"hello", sequence=5, serializer=3)


def connected(limit: int = MAX_SIZE, compress: bool = False) -> ServerConnection:
    connection = ServerConnection(Peer("somebody"), limit, compress)
    (request,) = connection.receive(HELLO)
    connection.accept(request, b"welcome", None)
    return connection


def in_state(state: State) -> ServerConnection:
    connection = ServerConnection(Peer(), MAX_SIZE)
    connection.state = state
    return connection


def read(buffers: tuple[Buffer, ...]) -> Message:
    (found,) = Receiver(MAX_SIZE).receive(b"".join(buffers))
    return found


ACCEPTED = [(state, kind) for state in State for kind in SERVER_ACCEPTS[state]]
REFUSED = [(state, kind) for state in State for kind in range(9) if (state, kind) not in ACCEPTED]


def test_the_table_says_what_a_client_may_send() -> None:
    assert SERVER_ACCEPTS[State.CONNECTING] == {CONNECT}
    assert SERVER_ACCEPTS[State.CONNECTED] == {INVOKE, PING}
    assert SERVER_ACCEPTS[State.CLOSED] == set()


@pytest.mark.parametrize(("state", "kind"), ACCEPTED)
def test_what_the_table_allows_is_accepted(state: State, kind: int) -> None:
    (found,) = in_state(state).receive(message(kind, b"payload"))
    assert found.type == kind


@pytest.mark.parametrize("split", [False, True], ids=["whole", "in two reads"])
@pytest.mark.parametrize(("state", "kind"), REFUSED)
def test_anything_else_is_refused(state: State, kind: int, split: bool) -> None:
    connection = in_state(state)
    data = message(kind, b"payload")
    if split:
        assert connection.receive(data[:20]) == []
        data = data[20:]
    with pytest.raises(RemoteProtocolError, match=f"invalid msg type {kind} .* is {state.value}"):
        connection.receive(data)


def test_a_connection_begins_with_a_handshake() -> None:
    assert ServerConnection(Peer(), MAX_SIZE).state is State.CONNECTING


def test_calls_may_come_once_the_handshake_is_answered() -> None:
    connection = connected()
    assert connection.state is State.CONNECTED
    assert len(connection.receive(message(INVOKE, b"call"))) == 1


def test_several_calls_may_be_written_back_to_back() -> None:
    found = connected().receive(b"".join(message(INVOKE, sequence=n) for n in (1, 2, 3)))
    assert [request.sequence for request in found] == [1, 2, 3]


@pytest.mark.parametrize("sequence", [0, 1, 65535, 7])
def test_any_sequence_number_is_accepted(sequence: int) -> None:
    (found,) = connected().receive(message(INVOKE, sequence=sequence))
    assert found.sequence == sequence


def test_a_second_handshake_before_the_first_was_answered_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="second CONNECT"):
        ServerConnection(Peer(), MAX_SIZE).receive(HELLO + HELLO)


def test_a_call_before_the_handshake_was_answered_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="before the handshake was answered"):
        ServerConnection(Peer(), MAX_SIZE).receive(HELLO + message(INVOKE, b"call"))


# The handshake


def test_the_answer_to_a_handshake_echoes_sequence_and_serializer() -> None:
    connection = ServerConnection(Peer(), MAX_SIZE)
    (request,) = connection.receive(HELLO)
    answer = read(connection.accept(request, b"welcome", {"PYRX": b"told"}))
    assert answer.type == MessageType.CONNECTOK
    assert (answer.sequence, answer.serializer_id, answer.flags) == (5, 3, 0)
    assert answer.payload == b"welcome"
    assert answer.annotations == {"PYRX": b"told"}


def test_a_rejected_handshake_closes_the_connection() -> None:
    connection = ServerConnection(Peer(), MAX_SIZE)
    (request,) = connection.receive(HELLO)
    answer = read(connection.reject(request, b"no"))
    assert answer.type == MessageType.CONNECTFAIL
    assert (answer.sequence, answer.serializer_id, answer.payload) == (5, 3, b"no")
    assert answer.flags == 0
    assert connection.state is State.CLOSED
    with pytest.raises(RemoteProtocolError, match="closed"):
        connection.receive(message(INVOKE))


def test_a_stranger_may_send_little_and_a_client_much() -> None:
    large = header(CONNECT, payload_size=HANDSHAKE_LIMIT + 1)
    with pytest.raises(MessageTooLargeError, match=f"max={HANDSHAKE_LIMIT}"):
        ServerConnection(Peer(), MAX_SIZE).receive(large)
    assert connected().receive(header(INVOKE, payload_size=HANDSHAKE_LIMIT + 1)) == []


def test_a_smaller_limit_holds_in_the_handshake_too() -> None:
    with pytest.raises(MessageTooLargeError, match="max=2000"):
        ServerConnection(Peer(), 2000).receive(header(CONNECT, payload_size=2001))


def test_the_limit_holds_for_calls() -> None:
    with pytest.raises(MessageTooLargeError, match="max=2000"):
        connected(limit=2000).receive(header(INVOKE, payload_size=2001))


@pytest.mark.parametrize("reason", ["too slow", "", "ž" * 200, "x" * 5000])
def test_a_refusal_is_a_marshalled_string(reason: str) -> None:
    connection = ServerConnection(Peer(), MAX_SIZE)
    answer = read(connection.refusal(reason))
    assert answer.type == MessageType.CONNECTFAIL
    assert (answer.serializer_id, answer.sequence, answer.flags) == (2, 0, 0)
    assert reason_in(answer) == reason[:1000]
    assert connection.state is State.CLOSED


# Answers


@pytest.mark.parametrize("size", [0, 5, JOIN_BELOW, JOIN_BELOW + 1, 200_000])
def test_an_answer_carries_what_identifies_its_request(size: int) -> None:
    connection = connected()
    (request,) = connection.receive(
        message(INVOKE, sequence=65535, serializer=4, flags=0x40, correlation_id=b"id" * 8)
    )
    answer = read(connection.reply(request, bytes(size), 0x11, None))
    assert answer.type == RESULT
    assert (answer.sequence, answer.serializer_id) == (65535, 4)
    assert answer.flags == 0x11 | 0x40
    assert answer.correlation_id == b"id" * 8
    assert answer.payload == bytes(size)


def test_an_answer_without_a_correlation_id_asked_for_has_none() -> None:
    connection = connected()
    (request,) = connection.receive(message(INVOKE, flags=ONEWAY))
    assert read(connection.reply(request, b"x")).correlation_id is None


def test_an_answer_may_have_annotations() -> None:
    connection = connected()
    (request,) = connection.receive(message(INVOKE))
    assert read(connection.reply(request, b"x", 0, {"ABCD": b"y"})).annotations == {"ABCD": b"y"}


def test_an_answer_over_the_limit_is_refused() -> None:
    connection = connected(limit=2000)
    (request,) = connection.receive(message(INVOKE))
    assert read(connection.reply(request, bytes(2000))).payload == bytes(2000)
    with pytest.raises(MessageTooLargeError):
        connection.reply(request, bytes(2001))


@pytest.mark.parametrize(("compress", "flag"), [(False, 0), (True, 2)])
def test_answers_are_compressed_where_that_is_set(compress: bool, flag: int) -> None:
    connection = connected(compress=compress)
    (request,) = connection.receive(message(INVOKE))
    wire = b"".join(connection.reply(request, bytes(1000)))
    assert int.from_bytes(wire[8:10], "big") == flag
    assert read((wire,)).payload == bytes(1000)


def test_small_answers_are_not_compressed() -> None:
    connection = connected(compress=True)
    (request,) = connection.receive(message(INVOKE))
    assert connection.reply(request, bytes(100))[0][40:] == bytes(100)


def test_a_ping_is_answered_with_what_came() -> None:
    connection = connected()
    (request,) = connection.receive(message(PING, b"ping", serializer=42, sequence=9))
    answer = read(connection.pong(request, {"ABCD": b"y"}))
    assert (answer.type, answer.payload) == (PING, b"pong")
    assert (answer.serializer_id, answer.sequence) == (42, 9)
    assert answer.annotations == {"ABCD": b"y"}


# Without a handshake


def test_a_connection_that_needs_no_handshake_takes_calls_at_once_and_large_ones() -> None:
    connection = ServerConnection(Peer(), MAX_SIZE)
    connection.introduce()
    (found,) = connection.receive(message(INVOKE, bytes(HANDSHAKE_LIMIT + 1)))
    assert len(found.payload) == HANDSHAKE_LIMIT + 1
    with pytest.raises(RemoteProtocolError, match="no CONNECT may come"):
        connection.receive(HELLO)
