"""The proxy's side of the protocol: one call at a time, and only its own answer."""

import pytest

from pyrox import MessageTooLargeError, Outcome, Peer, RemoteProtocolError
from pyrox.protocol.connection import CLIENT_MOVES, ClientConnection, State
from pyrox.wire.message import JOIN_BELOW, MAX_SIZE, Buffer, Flags, Message
from pyrox.wire.receiver import Receiver
from tests.hostile.raw import (
    CONNECT,
    CONNECTFAIL,
    CONNECTOK,
    INVOKE,
    RESULT,
    chunk,
    dumps,
    header,
    message,
)

JSON = 3
WELCOME = message(CONNECTOK, b"welcome")


def connected(limit: int = MAX_SIZE, compress: bool = False, sequence: int = 0) -> ClientConnection:
    connection = ClientConnection(Peer("somebody"), limit, compress, sequence)
    connection.receive(WELCOME)
    return connection


def in_state(state: State) -> ClientConnection:
    connection = ClientConnection(Peer(), MAX_SIZE)
    connection.state = state
    connection.serializer_id = JSON
    return connection


def read(buffers: tuple[Buffer, ...]) -> Message:
    (found,) = Receiver(MAX_SIZE).receive(b"".join(buffers))
    return found


MOVES = [(s, kind, CLIENT_MOVES[s][kind]) for s in State for kind in CLIENT_MOVES[s]]
REFUSED = [(s, kind) for s in State for kind in range(9) if kind not in CLIENT_MOVES[s]]


def test_the_table_says_what_a_daemon_may_send() -> None:
    assert CLIENT_MOVES == {
        State.CONNECTING: {CONNECTOK: State.CONNECTED, CONNECTFAIL: State.CLOSED},
        State.CONNECTED: {RESULT: State.CONNECTED, CONNECTFAIL: State.CLOSED},
        State.CLOSED: {},
    }


@pytest.mark.parametrize(("state", "kind", "after"), MOVES)
def test_each_message_leads_where_the_table_says(state: State, kind: int, after: State) -> None:
    connection = in_state(state)
    try:
        found = connection.receive(message(kind, b"payload"))
    except RemoteProtocolError:
        assert (state, kind) == (State.CONNECTED, CONNECTFAIL)
    else:
        assert found is not None
        assert found.type == kind
    assert connection.state is after


@pytest.mark.parametrize(("state", "kind"), REFUSED)
def test_anything_else_is_refused(state: State, kind: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"invalid msg type {kind} .* {state.value}"):
        in_state(state).receive(message(kind, b"payload"))


def test_a_daemon_that_ends_the_conversation_says_why() -> None:
    refusal = message(CONNECTFAIL, dumps("marshal", "shutting down"), serializer=2)
    connection = connected()
    with pytest.raises(RemoteProtocolError, match="ended the conversation: shutting down"):
        connection.receive(refusal)
    assert connection.state is State.CLOSED


def test_a_reason_that_cannot_be_read_is_no_other_error() -> None:
    with pytest.raises(RemoteProtocolError, match="reason that cannot be read"):
        connected().receive(message(CONNECTFAIL, b"{}", serializer=3))


# Requests


def test_the_handshake_carries_the_sequence_number_at_hand() -> None:
    connection = ClientConnection(Peer(), MAX_SIZE, sequence=77)
    opening = read(connection.connect(b"hello", 1, {"PYRX": b"told"}, b"id" * 8))
    assert (opening.type, opening.sequence, opening.serializer_id) == (CONNECT, 77, 1)
    assert opening.annotations == {"PYRX": b"told"}
    assert opening.correlation_id == b"id" * 8


def test_the_first_call_has_sequence_number_one() -> None:
    assert read(connected().request(b"", JSON)).sequence == 1


def test_each_call_has_the_next_sequence_number() -> None:
    connection = connected()
    assert [read(connection.request(b"", JSON)).sequence for _ in range(5)] == [1, 2, 3, 4, 5]


def test_sequence_numbers_start_over_after_65535() -> None:
    connection = connected(sequence=65534)
    assert [read(connection.request(b"", JSON)).sequence for _ in range(3)] == [65535, 0, 1]
    assert connection.receive(message(RESULT, b"x", sequence=1)) is not None


@pytest.mark.parametrize("size", [0, 5, JOIN_BELOW, JOIN_BELOW + 1, 100_000])
def test_a_request_carries_what_was_asked_for(size: int) -> None:
    sent = read(connected().request(bytes(size), 4, Flags.ONEWAY, None, b"id" * 8))
    assert (sent.type, sent.serializer_id) == (INVOKE, 4)
    assert sent.flags == Flags.ONEWAY | Flags.CORRELATION_ID
    assert sent.correlation_id == b"id" * 8
    assert sent.payload == bytes(size)


def test_a_request_over_the_limit_is_not_sent() -> None:
    connection = connected(limit=1000)
    with pytest.raises(MessageTooLargeError) as caught:
        connection.request(bytes(1001), JSON)
    assert caught.value.outcome is Outcome.NOT_SENT
    assert read(connection.request(bytes(1000), JSON)).payload == bytes(1000)


@pytest.mark.parametrize("size", [100, 101, 5000])
def test_requests_over_100_bytes_are_compressed_where_that_is_set(size: int) -> None:
    wire = b"".join(connected(compress=True).request(bytes(size), JSON))
    assert (int.from_bytes(wire[8:10], "big") == Flags.COMPRESSED) is (size > 100)
    assert read((wire,)).payload == bytes(size)


# Answers


def asking() -> ClientConnection:
    connection = connected()
    connection.request(b"call", JSON)
    return connection


def test_the_answer_to_the_last_request_is_accepted() -> None:
    found = asking().receive(message(RESULT, b"result", sequence=1))
    assert found is not None
    assert found.payload == b"result"


@pytest.mark.parametrize("at", range(1, 46))
def test_an_answer_may_come_in_parts(at: int) -> None:
    connection = asking()
    data = message(RESULT, b"result", sequence=1)
    assert connection.receive(data[:at]) is None
    assert connection.receive(data[at:]) is not None


@pytest.mark.parametrize("annotations", [b"", chunk(b"ABCD", b"x")])
@pytest.mark.parametrize("sequence", [0, 2, 65535])
def test_an_answer_to_another_request_is_refused(sequence: int, annotations: bytes) -> None:
    with pytest.raises(
        RemoteProtocolError, match=f"reply sequence out of sync, got {sequence} expected 1"
    ):
        asking().receive(message(RESULT, b"result", annotations, sequence=sequence))


@pytest.mark.parametrize("annotations", [b"", chunk(b"ABCD", b"x")])
@pytest.mark.parametrize("serializer_id", [0, 1, 2, 4, 42])
def test_an_answer_in_another_serializer_is_refused(serializer_id: int, annotations: bytes) -> None:
    data = message(RESULT, b"result", annotations, sequence=1, serializer=serializer_id)
    with pytest.raises(
        RemoteProtocolError, match=f"invalid serializer in response: {serializer_id} expected 3"
    ):
        asking().receive(data)


def test_more_answers_than_requests_are_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="more answers than requests"):
        asking().receive(message(RESULT, b"result", sequence=1) * 2)


def test_the_sequence_number_of_the_handshakes_answer_does_not_matter() -> None:
    connection = ClientConnection(Peer(), MAX_SIZE, sequence=9)
    assert connection.receive(message(CONNECTOK, b"welcome", sequence=3)) is not None


def test_an_answer_over_the_limit_is_refused() -> None:
    connection = connected(limit=1000)
    connection.request(b"", JSON)
    with pytest.raises(MessageTooLargeError, match="max=1000"):
        connection.receive(header(RESULT, payload_size=1001, sequence=1))


def test_junk_from_the_daemon_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="invalid data"):
        asking().receive(b"HTTP/1.1 400 Bad Request\r\n\r\n")
