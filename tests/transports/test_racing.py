"""Connecting to the first of several addresses that answers, for blocking programs."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import pyrox
from pyrox import Candidate, connect_first

Address = Any


@pytest.fixture
def sockets() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def silent(sockets: ExitStack) -> Address:
    """An address where connecting takes for ever: its queue is full."""
    full = sockets.enter_context(socket.socket())
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    for _ in range(3):
        filler = sockets.enter_context(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
    return full.getsockname()


@pytest.fixture
def open_address(sockets: ExitStack) -> Address:
    """An address where somebody listens."""
    return sockets.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()


@pytest.fixture
def refused() -> Address:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()


@pytest.fixture
def candidate(sockets: ExitStack) -> Callable[[Address], Candidate]:
    """Make candidates, whose sockets end with the test."""

    def make(address: Address) -> Candidate:
        return Candidate(lambda: sockets.enter_context(socket.socket()), address)

    return make


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """All sockets that are made from now on."""
    found: list[socket.socket] = []

    class Noted(socket.socket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            found.append(self)

    monkeypatch.setattr(socket, "socket", Noted)
    return found


def test_one_address_is_connected(candidate, open_address):
    sock, address = connect_first([candidate(open_address)])
    assert address == open_address == sock.getpeername()
    assert sock.getblocking()


def test_the_next_one_is_tried_where_nobody_answers(candidate, silent, open_address, made):
    sock, address = connect_first([candidate(silent), candidate(open_address)], 30.0)
    assert address == open_address
    assert [other.fileno() for other in made if other is not sock] == [-1]


def test_the_next_one_is_tried_at_once_where_nobody_listens(candidate, refused, open_address):
    assert connect_first([candidate(refused), candidate(open_address)])[1] == open_address


def test_where_all_fail_the_error_is_that_of_the_last_one(candidate, refused, made):
    with pytest.raises(ConnectionRefusedError):
        connect_first([candidate(refused), candidate(refused)])
    assert {sock.fileno() for sock in made} == {-1}


def test_the_time_ends_all_of_them(candidate, silent, made):
    with pytest.raises(TimeoutError) as caught:
        connect_first([candidate(silent), candidate(silent)], 0.4)
    assert caught.value.errno == errno.ETIMEDOUT
    assert {sock.fileno() for sock in made} == {-1}


def test_no_address_is_an_error():
    with pytest.raises(OSError, match="no address"):
        connect_first([])


def test_a_host_is_tried_at_its_next_address_when_the_first_does_not_answer(monkeypatch, silent):
    daemon = pyrox.Daemon("127.0.0.1:0").start()
    with daemon:
        uri = daemon.register(Greeter(), "greeter")
        stream = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        found = [(*stream, silent), (*stream, ("127.0.0.1", uri.port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
        with pyrox.Proxy(f"PYRO:greeter@two-addresses:{uri.port}") as proxy:
            assert proxy.greet() == "hello"


@pyrox.expose
class Greeter:
    def greet(self) -> str:
        return "hello"
