"""asyncio proxies and the daemons of the real Pyro5."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

import pyrox
import pyrox.aio


@pytest.fixture
async def thing(pyro5_uris: dict[str, str], serializer: str) -> AsyncIterator[pyrox.aio.Proxy]:
    """An asyncio proxy for an object in a Pyro5 daemon."""
    async with pyrox.aio.Proxy(pyro5_uris["thing"], serializer=serializer, timeout=60) as proxy:
        yield proxy


async def test_the_peer_is_seen_to_be_capable_of_nothing_more(thing: pyrox.aio.Proxy) -> None:
    await thing._pyro.bind()
    peer = thing._pyro.peer
    assert peer is not None
    assert not peer.is_pyrox
    assert not peer.capabilities


async def test_calls_and_their_results(thing: pyrox.aio.Proxy) -> None:
    assert await thing.add(2, 3) == 5
    assert await thing.add(b=3, a=2) == 5
    assert await thing.echo("grüße 你好") == "grüße 你好"


async def test_calls_of_many_tasks_queue_and_get_their_own_answers(thing: pyrox.aio.Proxy) -> None:
    found = await asyncio.gather(*(thing.add(n, n) for n in range(100)))
    assert found == [n + n for n in range(100)]


async def test_attributes(thing: pyrox.aio.Proxy) -> None:
    await thing._pyro.set("value", 22)
    assert await thing.value == 22
    await thing._pyro.set("value", 1)
    assert await thing.constant == "constant"


async def test_names_that_are_not_exposed(thing: pyrox.aio.Proxy) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        await thing.nonsense()
    with pytest.raises(AttributeError, match="unexposed"):
        await thing._pyro.call("unexposed", (), {})
    assert await thing.add(1, 1) == 2


async def test_an_exception_keeps_its_class_and_traceback(thing: pyrox.aio.Proxy) -> None:
    with pytest.raises(ValueError, match="bad value") as caught:
        await thing.fail("value")
    assert "fail" in (pyrox.remote_traceback(caught.value) or "")


async def test_items_come_one_by_one(thing: pyrox.aio.Proxy) -> None:
    assert [item async for item in thing.items(5)] == [0, 1, 2, 3, 4]


async def test_a_batch(thing: pyrox.aio.Proxy) -> None:
    batch = thing._pyro.batch()
    batch.add(1, 2)
    batch.add(3, 4)
    assert list(await batch()) == [3, 7]


async def test_annotations_and_the_correlation_id_travel(thing: pyrox.aio.Proxy) -> None:
    wanted = uuid.uuid4()
    with pyrox.call_options(annotations={"TEST": b"hello"}, correlation_id=wanted):
        found, annotations = await thing.context()
    assert (found, annotations.get("TEST")) == (str(wanted), "hello")


async def test_after_a_call_was_given_up_the_next_one_gets_its_own_answer(
    thing: pyrox.aio.Proxy,
) -> None:
    await thing.add(0, 0)
    call = asyncio.ensure_future(thing.notes(1))  # waits until there is a note
    await asyncio.sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await thing.note("nobody reads this")
    assert await thing.add(2, 2) == 4
