"""What a server may do wrong in the handshake: nothing is called, and the next try is a new one."""

import struct

import pytest

import pyrox
from pyrox import Outcome
from tests.hostile.conftest import MakeLiar
from tests.hostile.liar import Lie, proxy_for
from tests.hostile.raw import CONNECTFAIL, CONNECTOK, header, message


def marshalled(kind: bytes, text: str) -> bytes:
    data = text.encode()
    short = chr(kind[0] & 0x7F) in "zZ"
    return kind + (bytes([len(data)]) if short else struct.pack("<I", len(data))) + data


FORMS = [
    marshalled(bytes([letter | mark]), "no room for you")
    for letter in b"zZaAut"
    for mark in (0, 0x80)
]


@pytest.mark.parametrize("form", FORMS)
def test_a_refusal_is_understood_in_every_marshalled_form(liar: MakeLiar, form: bytes) -> None:
    server = liar(lambda r, _: message(CONNECTFAIL, form, serializer=2), in_handshake=True)
    with proxy_for(server) as proxy:
        with pytest.raises(pyrox.ConnectError, match="rejected: no room for you") as caught:
            proxy.echo("first")
        assert caught.value.outcome is Outcome.NOT_SENT
        assert server.was_left()
        assert proxy.echo("second") == "second"


WELCOMES: dict[str, Lie] = {
    "a refusal without a word": lambda r, _: message(CONNECTFAIL, b"", serializer=2),
    "a refusal that is no text": lambda r, _: message(CONNECTFAIL, b"i\0\0\0\0", serializer=2),
    "a refusal that is cut": lambda r, _: message(CONNECTFAIL, b"u\xff\xff", serializer=2),
    "a refusal of an unknown serializer": lambda r, _: message(CONNECTFAIL, b"x", serializer=99),
    "a web page": lambda r, _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "zeros": lambda r, _: bytes(100),
    "a result": lambda r, _: r.welcome(kind=5),
    "two welcomes": lambda r, _: r.welcome() * 2,
    "more than the limit": lambda r, _: header(CONNECTOK, payload_size=2**31),
    "a number": lambda r, _: r.welcome(b"5"),
    "nonsense": lambda r, _: r.welcome(b"{"),
    "an unknown serializer": lambda r, _: r.welcome(serializer=99),
    "metadata without members": lambda r, _: r.welcome(b'{"handshake": 1, "meta": {}}'),
    "methods that are a number": lambda r, _: r.welcome(b'{"meta": {"methods": 5}}'),
    "methods that are numbers": lambda r, _: r.welcome(b'{"meta": {"methods": [1, 2]}}'),
    "methods that are lists": lambda r, _: r.welcome(b'{"meta": {"methods": [[]]}}'),
    "an unknown class": lambda r, _: r.welcome(b'{"handshake": {"__class__": "os.system"}}'),
}


@pytest.mark.parametrize("kind", WELCOMES)
def test_a_welcome_that_cannot_be_is_one_clear_error(liar: MakeLiar, kind: str) -> None:
    server = liar(WELCOMES[kind], in_handshake=True)
    with proxy_for(server) as proxy:
        with pytest.raises(pyrox.PyroxError) as caught:
            proxy.echo("first")
        assert str(caught.value)
        if isinstance(caught.value, pyrox.CommunicationError):
            assert caught.value.outcome is Outcome.NOT_SENT
        assert server.was_left()
        assert not server.calls()
        assert proxy.echo("second") == "second"


@pytest.mark.parametrize("size", [0, 20, 60])
def test_a_welcome_that_does_not_come_is_given_up_in_time(liar: MakeLiar, size: int) -> None:
    server = liar(lambda r, _: r.welcome()[:size], in_handshake=True)
    config = pyrox.Config(connect_timeout=0.2)
    with proxy_for(server, config=config) as proxy:
        with pytest.raises(pyrox.CommunicationError) as caught:
            proxy.echo("first")
        assert caught.value.outcome is Outcome.NOT_SENT
        assert server.was_left()
        assert proxy.echo("second") == "second"
