"""What a server may do wrong: the caller gets one clear error, and the next call a true answer.

After an answer that breaks the protocol nothing on that connection can be trusted any more, so it
is closed. An answer that is whole, but says something that cannot be, costs only its own call.
"""

import contextlib
import marshal
import zlib
from typing import Any

import pytest

import pyrox
from pyrox import Outcome
from tests.hostile.conftest import MakeLiar, memory
from tests.hostile.liar import SERIALIZER, Lie, proxy_for
from tests.hostile.raw import (
    COMPRESSED,
    CONNECT,
    CONNECTFAIL,
    CONNECTOK,
    EXCEPTION,
    INVOKE,
    ITEM_STREAM,
    PING,
    chunk,
    dumps,
    header,
    message,
)


def exception(name: str, *args: Any, **attributes: Any) -> bytes:
    return dumps(
        SERIALIZER,
        {"__class__": name, "__exception__": True, "args": args, "attributes": attributes},
    )


def wrong(**fields: Any) -> Lie:
    return lambda request, _: request.answer(**fields)


BROKEN: dict[str, tuple[Lie, str]] = {
    "the sequence number before": (
        lambda r, _: r.answer(sequence=r.sequence - 1),
        "out of sync, got 0 expected 1",
    ),
    "the sequence number behind": (
        lambda r, _: r.answer(sequence=r.sequence + 1),
        "out of sync",
    ),
    "an answer to a ping": (wrong(kind=PING), "invalid msg type 6"),
    "a second welcome": (wrong(kind=CONNECTOK), "invalid msg type 2"),
    "a handshake": (wrong(kind=CONNECT), "invalid msg type 1"),
    "a call": (wrong(kind=INVOKE), "invalid msg type 4"),
    "message type 0": (wrong(kind=0), "invalid msg type 0"),
    "another serializer": (wrong(serializer=2), "invalid serializer in response: 2"),
    "an unknown serializer": (wrong(serializer=77), "invalid serializer in response: 77"),
    "a wrong tag": (wrong(tag=b"HTTP"), "invalid data"),
    "a wrong version": (wrong(version=503), "invalid protocol version: 503"),
    "a wrong magic number": (wrong(magic=1), "wrong magic number"),
    "garbage": (lambda r, _: b"\0" * 200, "invalid data"),
    "a web page": (lambda r, _: b"HTTP/1.1 400 Bad Request\r\n\r\n", "invalid data"),
    "two answers at once": (lambda r, _: r.answer() * 2, "more answers than requests"),
    "more than the limit": (
        lambda r, _: header(5, payload_size=2**31, sequence=r.sequence),
        "message too large",
    ),
    "sizes of 8 GiB": (
        lambda r, _: header(5, payload_size=2**32 - 1, annotations_size=2**32 - 1),
        "message too large",
    ),
    "an annotation beyond its area": (
        lambda r, _: r.answer(annotations=chunk(b"ABCD", b"x", size=99)),
        "claims 99 bytes",
    ),
    "ten thousand annotations": (
        lambda r, _: r.answer(annotations=chunk(b"ABCD") * 10_000),
        "annotations in one message",
    ),
    "a compressed payload that is none": (wrong(flags=COMPRESSED), "compressed payload"),
    "a refusal": (
        lambda r, _: message(CONNECTFAIL, marshal.dumps("enough"), serializer=2),
        "the daemon ended the conversation: enough",
    ),
    "a refusal that cannot be read": (
        lambda r, _: message(CONNECTFAIL, b"\xff\xff", serializer=2),
        "a reason that cannot be read",
    ),
}


@pytest.mark.parametrize("timeout", [None, 3.0])
@pytest.mark.parametrize("kind", BROKEN)
def test_an_answer_that_breaks_the_protocol_ends_the_connection(
    liar: MakeLiar, kind: str, timeout: float | None
) -> None:
    lie, reason = BROKEN[kind]
    server = liar(lie)
    with proxy_for(server, timeout=timeout) as proxy:
        with pytest.raises(pyrox.ProtocolError, match=reason):
            proxy.echo("first")
        assert server.was_left()
        assert proxy.echo("second") == "second"
        assert server.connections == 2


WHOLE: dict[str, tuple[Lie, type[Exception], str]] = {
    "an unreadable payload": (
        lambda r, _: r.answer(b"{not json"),
        pyrox.SerializeError,
        "json cannot read",
    ),
    "an empty payload": (lambda r, _: r.answer(b""), pyrox.SerializeError, "json cannot read"),
    "a deep payload": (lambda r, _: r.answer(b"[" * 100_000), pyrox.SerializeError, "nested"),
    "an exception that is none": (
        lambda r, _: r.answer(flags=EXCEPTION),
        pyrox.SerializeError,
        "an exception was expected",
    ),
    "a stream without an id": (
        lambda r, _: r.answer(flags=ITEM_STREAM | EXCEPTION),
        pyrox.ProtocolError,
        "not configured to allow streaming",
    ),
    "an exit": (
        lambda r, _: r.answer(exception("builtins.SystemExit", 3), flags=EXCEPTION),
        pyrox.RemoteError,
        "SystemExit",
    ),
    "an interrupt": (
        lambda r, _: r.answer(exception("builtins.KeyboardInterrupt"), flags=EXCEPTION),
        pyrox.RemoteError,
        "KeyboardInterrupt",
    ),
    "a command of the system": (
        lambda r, _: r.answer(exception("os.system", "true"), flags=EXCEPTION),
        pyrox.RemoteError,
        "os.system",
    ),
    "a class of the main program": (
        lambda r, _: r.answer(exception("__main__.X", "x"), flags=EXCEPTION),
        pyrox.RemoteError,
        "__main__.X",
    ),
    "a value of a class of the main program": (
        lambda r, _: r.answer(b'{"__class__": "__main__.X"}'),
        pyrox.SecurityError,
        "double underscores",
    ),
    "a value of an unknown class": (
        lambda r, _: r.answer(b'{"__class__": "subprocess.Popen", "args": ["true"]}'),
        pyrox.SerializeError,
        "unsupported serialized class: subprocess.Popen",
    ),
    "an error of no class": (
        lambda r, _: r.answer(b'{"__class__": 5, "__exception__": true}', flags=EXCEPTION),
        pyrox.SerializeError,
        "named by a str",
    ),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_an_answer_that_cannot_be_is_one_clear_error(liar: MakeLiar, kind: str) -> None:
    lie, error, reason = WHOLE[kind]
    server = liar(lie)
    with proxy_for(server) as proxy:
        with pytest.raises(error, match=reason) as caught:
            proxy.echo("first")
        if isinstance(caught.value, pyrox.CommunicationError):
            assert caught.value.outcome is Outcome.EXECUTED
        assert proxy.echo("second") == "second"


def test_an_answer_that_announces_much_takes_no_memory(liar: MakeLiar) -> None:
    server = liar(lambda r, _: header(5, payload_size=2**30 - 1, sequence=r.sequence) + b"x")
    before = memory()
    with proxy_for(server, timeout=0.2) as proxy:
        with pytest.raises(pyrox.TimeoutError):
            proxy.echo("first")
        assert memory() - before < 32 * 2**20


def test_a_bomb_in_an_answer_takes_no_more_memory_than_a_message_may(liar: MakeLiar) -> None:
    bomb = zlib.compress(bytes(256 * 2**20))
    server = liar(lambda r, _: r.answer(bomb, flags=COMPRESSED))
    before = memory()
    with proxy_for(server, config=pyrox.Config(max_message_size=2**20)) as proxy:
        with pytest.raises(pyrox.MessageTooLargeError, match="once decompressed"):
            proxy.echo("first")
        assert memory() - before < 32 * 2**20
        assert proxy.echo("second") == "second"


def test_nothing_from_a_server_makes_a_proxy_connect_elsewhere(liar: MakeLiar) -> None:
    trap = liar(lambda r, _: None)
    bait: Any = {"__class__": "Pyro5.client.Proxy", "state": [trap.uri, [], [], [], "hello", None]}
    members = {**bait, "state": [trap.uri, bait, bait, bait, "hello", None]}
    values = [bait, members]
    errors: list[Any] = [("builtins.SyntaxError", "x", bait), ("builtins.ValueError", bait)]
    for value in values:
        for lie in (
            lambda r, _, v=value: r.answer(dumps(SERIALIZER, v)),
            lambda r, _, v=value: r.answer(dumps(SERIALIZER, v), flags=EXCEPTION),
        ):
            with proxy_for(liar(lie)) as proxy, contextlib.suppress(pyrox.PyroxError):
                proxy.echo("first")
    for name, *args in errors:
        failure = wrong(payload=exception(name, *args, args=bait, obj=bait), flags=EXCEPTION)
        with proxy_for(liar(failure)) as proxy, pytest.raises(Exception):  # noqa: B017
            proxy.echo("first")
    for meta in (bait, {"methods": bait}, {"methods": ["echo"], "attrs": bait}):
        payload = dumps(SERIALIZER, {"handshake": bait, "meta": meta})
        lie = lambda r, _, p=payload: r.welcome(p)  # noqa: E731
        with proxy_for(liar(lie, in_handshake=True)) as proxy:
            try:
                proxy.echo("first")
            except pyrox.PyroxError:
                continue
    assert trap.connections == 0
