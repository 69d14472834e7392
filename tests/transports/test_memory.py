"""The in-process transport."""

import os
import socket
import threading
from collections.abc import Iterator

import pytest

import pyrox
from pyrox_memory import BACKLOG, MemoryTransport

CONFIG = pyrox.Config()


@pytest.fixture
def transport() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def listener(transport: MemoryTransport) -> Iterator[pyrox.Listener]:
    listener = transport.listen("shop", CONFIG)
    yield listener
    listener.close()


@pyrox.expose
class Adder:
    def add(self, a: int, b: int) -> int:
        return a + b


@pytest.mark.parametrize("server", ["thread", "multiplex"])
def test_an_object_is_called_by_the_uri_of_its_daemon(server: str) -> None:
    with pyrox.Daemon("memory://workshop", server=server).start() as daemon:
        uri = daemon.register(Adder(), "adder")
        assert str(uri) == "PYRO+MEMORY:adder@workshop"
        with pyrox.Proxy(str(uri)) as proxy:
            assert [proxy.add(n, 1) for n in range(100)] == list(range(1, 101))


def test_a_daemon_without_a_name_gets_one_of_its_own() -> None:
    with pyrox.Daemon("memory://") as one, pyrox.Daemon("memory://") as two:
        assert one.location != two.location


def test_a_name_belongs_to_one_daemon_at_a_time(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    with pytest.raises(OSError, match=r"cannot listen on memory://shop: another daemon"):
        transport.listen("shop", CONFIG)
    listener.close()
    transport.listen("shop", CONFIG).close()


def test_closing_twice_leaves_the_next_one_its_name(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    listener.close()
    second = transport.listen("shop", CONFIG)
    listener.close()
    transport.connect("shop", CONFIG, 1.0).close()
    second.close()


def test_a_name_that_nobody_listens_at_is_told(transport: MemoryTransport) -> None:
    with pytest.raises(pyrox.ConnectError, match=r"cannot connect to memory://shop: no daemon"):
        transport.connect("shop", CONFIG, 1.0)


@pytest.mark.parametrize("name", ["with blank", "tab\t", "at@sign"])
def test_a_name_fits_into_a_uri(transport: MemoryTransport, name: str) -> None:
    with pytest.raises(pyrox.UsageError, match="no blanks or @"):
        transport.listen(name, CONFIG)


def test_nobody_from_outside_can_connect(transport: MemoryTransport) -> None:
    assert not transport.is_public("shop")


def test_what_is_sent_arrives_either_way(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    here = transport.connect("shop", CONFIG, 1.0)
    there = listener.accept()
    here.send([b"ping", b"!"])
    there.send([b"pong"])
    assert (there.recv(10), here.recv(10)) == (b"ping!", b"pong")
    assert (here.peer_address, there.peer_address) == ("shop", "shop")
    here.close()
    assert there.recv(10) == b""
    there.close()


def test_waiting_for_data_ends_in_time(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    stream = transport.connect("shop", CONFIG, 0.01)
    with pytest.raises((BlockingIOError, TimeoutError)):
        stream.recv(1)
    stream.close()


def test_nothing_to_accept_does_not_wait(listener: pyrox.Listener) -> None:
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_connections_are_accepted_in_their_order(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    streams = [transport.connect("shop", CONFIG, 1.0) for _ in range(3)]
    for number, stream in enumerate(streams):
        stream.send([bytes([number])])
    accepted = [listener.accept() for _ in streams]
    assert [stream.recv(1)[0] for stream in accepted] == [0, 1, 2]
    for stream in [*streams, *accepted]:
        stream.close()


def test_only_so_many_wait_to_be_accepted(
    transport: MemoryTransport, listener: pyrox.Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BACKLOG >= 100
    monkeypatch.setattr("pyrox_memory.BACKLOG", 2)
    streams = [transport.connect("shop", CONFIG, 1.0) for _ in range(2)]
    with pytest.raises(pyrox.ConnectError, match="2 connections wait"):
        transport.connect("shop", CONFIG, 1.0)
    accepted = listener.accept()
    streams.append(transport.connect("shop", CONFIG, 1.0))
    for stream in [*streams, accepted]:
        stream.close()


def test_who_was_not_accepted_is_told_of_the_end(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    stream = transport.connect("shop", CONFIG, 1.0)
    listener.close()
    assert stream.recv(1) == b""
    stream.close()


def test_clients_that_come_at_once_are_all_accepted(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    connected: list[pyrox.Stream] = []

    def connect() -> None:
        for _ in range(20):
            connected.append(transport.connect("shop", CONFIG, 1.0))

    threads = [threading.Thread(target=connect) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    accepted = [listener.accept() for _ in range(100)]
    with pytest.raises(BlockingIOError):
        listener.accept()
    for stream in [*connected, *accepted]:
        stream.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_does_not_reach_its_parents_daemon(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    mine, childs = socket.socketpair()
    pid = os.fork()
    if not pid:
        try:
            transport.connect("shop", CONFIG, 1.0)
            told = b"connected"
        except BaseException as error:
            told = str(error).encode()
        childs.send(told)
        os._exit(0)
    os.waitpid(pid, 0)
    assert b"was forked from" in mine.recv(1000)
    transport.connect("shop", CONFIG, 1.0).close()
    mine.close()
    childs.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_may_use_the_name_for_itself(
    transport: MemoryTransport, listener: pyrox.Listener
) -> None:
    mine, childs = socket.socketpair()
    pid = os.fork()
    if not pid:
        try:
            own = transport.listen("shop", CONFIG)
            transport.connect("shop", CONFIG, 1.0)
            own.accept()
            told = b"accepted"
        except BaseException as error:
            told = str(error).encode()
        childs.send(told)
        os._exit(0)
    os.waitpid(pid, 0)
    assert mine.recv(1000) == b"accepted"
    mine.close()
    childs.close()
