"""Peers that misuse what goes beyond Pyro 5: it costs them their own connection, at most."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import pytest

import pyrox
import pyrox.aio
from pyrox import Message, MessageType
from pyrox.protocol.greeting import CAPABILITY_ANNOTATION, greeting
from pyrox.wire.message import encode
from pyrox.wire.receiver import Receiver
from tests.aio.objects import Workshop, eventually
from tests.behaviour.objects import PATIENCE
from tests.behaviour.peers import JSON, call, message

EVERYTHING = frozenset({"mux", "cancel", "deadline"})


class Peer:
    """A client, or a daemon, made of bare messages."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._receiver = Receiver(2**24)
        self._messages: list[Message] = []

    async def read(self) -> Message | None:
        """Return the next message; None at the end."""
        while not self._messages:
            data = await asyncio.wait_for(self.reader.read(65536), PATIENCE)
            if not data:
                return None
            self._messages += self._receiver.receive(data)
        return self._messages.pop(0)

    async def read_quietly(self) -> Message | None:
        """Return the next message; None at whatever end."""
        with contextlib.suppress(OSError):
            return await self.read()
        return None

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def close(self) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@pytest.fixture
async def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
async def daemon(workshop: Workshop) -> AsyncIterator[pyrox.aio.Daemon]:
    async with pyrox.aio.Daemon(config=pyrox.Config(shutdown_timeout=1.0)) as daemon:
        daemon.register(workshop, "target")
        yield daemon


class Connect(Protocol):
    async def __call__(self, capabilities: frozenset[str] = ...) -> Peer: ...


@pytest.fixture
async def connect(daemon: pyrox.aio.Daemon) -> AsyncIterator[Connect]:
    """Shake hands as a pyrox peer that is capable of these."""
    made: list[Peer] = []

    async def connect(capabilities: frozenset[str] = EVERYTHING) -> Peer:
        host, port = pyrox.split_host_port(daemon.location)
        peer = Peer(*await asyncio.open_connection(host, port))
        made.append(peer)
        payload = json.dumps({"handshake": "hello", "object": "target"}).encode()
        told = {CAPABILITY_ANNOTATION: greeting(("json",), capabilities)}
        peer.send(b"".join(encode(MessageType.CONNECT, 0, 0, JSON, payload, told)))
        answer = await peer.read()
        assert answer is not None
        assert answer.type == MessageType.CONNECTOK
        return peer

    yield connect
    for peer in made:
        await peer.close()


async def is_well(daemon: pyrox.aio.Daemon) -> bool:
    async with pyrox.aio.Proxy(daemon.uri_for("target")) as proxy:
        return bool(await proxy.echo("well") == "well")


def cancel(sequence: int) -> bytes:
    return message(MessageType.CANCEL, None, sequence=sequence)


# Clients


async def test_cancelling_a_call_that_never_was_is_passed_over(connect: Connect) -> None:
    peer = await connect()
    peer.send(cancel(77) + call("target", "echo", "still here", sequence=5))
    answer = await peer.read()
    assert answer is not None
    assert (answer.sequence, json.loads(bytes(answer.payload))) == (5, "still here")


async def test_cancelling_a_call_that_has_ended_is_passed_over(connect: Connect) -> None:
    peer = await connect()
    for _ in range(3):
        peer.send(call("target", "echo", 1, sequence=5))
        assert await peer.read() is not None
        peer.send(cancel(5))
    peer.send(call("target", "echo", 2, sequence=6))
    answer = await peer.read()
    assert answer is not None
    assert answer.sequence == 6


async def test_who_did_not_say_that_it_cancels_may_not(
    daemon: pyrox.aio.Daemon, connect: Connect
) -> None:
    peer = await connect(frozenset({"mux"}))
    peer.send(cancel(1))
    answer = await peer.read()
    assert answer is not None
    assert answer.type == MessageType.CONNECTFAIL
    assert b"no CANCEL may come" in bytes(answer.payload)
    assert await peer.read() is None
    assert await is_well(daemon)


async def test_two_calls_with_one_number_are_both_answered(connect: Connect) -> None:
    peer = await connect()
    peer.send(call("target", "echo", 1, sequence=9) + call("target", "echo", 2, sequence=9))
    answers = [await peer.read(), await peer.read()]
    assert sorted(json.loads(bytes(a.payload)) for a in answers if a is not None) == [1, 2]


async def test_a_client_that_opens_65535_calls_and_reads_nothing_gets_no_memory_for_them(
    daemon: pyrox.aio.Daemon, connect: Connect, workshop: Workshop
) -> None:
    peer = await connect()
    for sequence in range(0xFFFF):
        peer.send(call("target", "work", sequence, sequence=sequence))
    limit = daemon.config.max_in_flight
    await eventually(lambda: workshop.inside == limit)
    assert await is_well(daemon)
    link = max(daemon._server._links, key=lambda link: link.running)
    assert workshop.most == limit
    assert len(link.backlog or ()) < 5000
    peer.writer.transport.abort()
    workshop.gate.set()
    await eventually(lambda: daemon.connections == 0)


async def test_answers_that_nobody_takes_are_not_piled_up(
    daemon: pyrox.aio.Daemon, connect: Connect
) -> None:
    peer = await connect()
    for sequence in range(500):
        peer.send(call("target", "make_text", 100_000, sequence=sequence))
    assert await is_well(daemon)
    await eventually(lambda: any(link.is_full for link in daemon._server._links))
    assert await is_well(daemon)
    assert all(link.unsent < 8_000_000 for link in daemon._server._links)
    answered = 0
    while answered < 500:
        assert await peer.read() is not None
        answered += 1


async def test_the_shortest_time_there_is_costs_a_call_and_no_more(connect: Connect) -> None:
    peer = await connect()
    told = json.dumps({"object": "target", "method": "work", "params": [], "kwargs": {}}).encode()
    for time_left in (1, 0x1000, 0xF000):
        request = encode(MessageType.INVOKE, 0, 1, JSON, told, time_left=time_left)
        peer.send(b"".join(request))
        answer = await peer.read()
        assert answer is not None
        assert b"the time that the caller gave this call is over" in bytes(answer.payload)


# Daemons


@contextlib.asynccontextmanager
async def daemon_that(answers: Callable[[Peer, Message], object]) -> AsyncIterator[str]:
    """A daemon that is capable of everything, and answers calls as ``answers`` does."""
    talks: list[asyncio.Task[None]] = []

    async def talk(peer: Peer) -> None:
        try:
            while (request := await peer.read_quietly()) is not None:
                if request.type == MessageType.CONNECT:
                    meta = {"methods": ["work"], "attrs": [], "oneway": []}
                    payload = json.dumps({"handshake": "hello", "meta": meta}).encode()
                    told = {CAPABILITY_ANNOTATION: greeting(("json",), EVERYTHING)}
                    peer.send(b"".join(encode(MessageType.CONNECTOK, 0, 0, JSON, payload, told)))
                else:
                    answers(peer, request)
        finally:
            await peer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.ensure_future(talk(Peer(reader, writer))))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"PYRO:target@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        await asyncio.gather(*talks)


async def test_an_answer_to_no_call_ends_the_connection() -> None:
    def lie(peer: Peer, request: Message) -> None:
        peer.send(message(MessageType.RESULT, "?", sequence=request.sequence + 100))

    async with daemon_that(lie) as uri, pyrox.aio.Proxy(uri) as proxy:
        for _ in range(2):
            with pytest.raises(
                pyrox.RemoteProtocolError, match=r"an answer to no call|out of sync"
            ):
                await proxy.work()
            assert not proxy._pyro.connected


async def test_a_second_answer_to_one_call_ends_the_connection() -> None:
    def say_twice(peer: Peer, request: Message) -> None:
        answer = message(MessageType.RESULT, "done", sequence=request.sequence)
        peer.send(answer + answer)

    async with daemon_that(say_twice) as uri, pyrox.aio.Proxy(uri) as proxy:
        assert await proxy.work() == "done"
        await eventually(lambda: not proxy._pyro.connected)


async def test_answers_in_any_order_find_their_calls() -> None:
    requests: list[Message] = []

    def answer_backwards(peer: Peer, request: Message) -> None:
        requests.append(request)
        if len(requests) == 10:
            for number, each in enumerate(reversed(requests)):
                peer.send(message(MessageType.RESULT, 9 - number, sequence=each.sequence))

    async with daemon_that(answer_backwards) as uri, pyrox.aio.Proxy(uri) as proxy:
        assert await asyncio.gather(*(proxy.work() for _ in range(10))) == list(range(10))


async def test_calls_that_were_given_up_keep_their_numbers_until_they_are_answered() -> None:
    requests: list[Message] = []
    async with (
        daemon_that(lambda peer, request: requests.append(request)) as uri,
        pyrox.aio.Proxy(uri, timeout=0.02) as proxy,
    ):
        proxy._pyro.config = proxy._pyro.config.replace(max_in_flight=3)
        for _ in range(3):
            with pytest.raises(pyrox.TimeoutError) as caught:
                await proxy.work()
            assert caught.value.outcome is pyrox.Outcome.UNKNOWN
        with pytest.raises(pyrox.TimeoutError) as caught:
            await proxy.work()  # there is no room for a fourth
        assert caught.value.outcome is pyrox.Outcome.NOT_SENT
    invoked = [request for request in requests if request.type == MessageType.INVOKE]
    assert len({request.sequence for request in invoked}) == len(invoked) == 3
