"""Chat in a terminal: ``client.py URI ROOM NICK``. Type lines; ``/quit`` or ctrl-D leaves.

Shows a stream that is read while other calls are made on the same connection, and what to do about
a keyboard, which asyncio cannot wait for.
"""

import asyncio
import concurrent.futures
import itertools
import sys
import threading
from collections.abc import Awaitable
from typing import Any

import pyrox
import pyrox.aio


def read_keyboard(loop: asyncio.AbstractEventLoop, typed: asyncio.Queue[str | None]) -> None:
    """Pass on what is typed, and None at the end; in a thread that is left alone at exit."""
    with open(0, closefd=False) as keyboard:  # sys.stdin may not be read while Python ends
        for line in itertools.chain(keyboard, [None]):
            passing_on = typed.put(line and line.strip())
            try:
                asyncio.run_coroutine_threadsafe(passing_on, loop).result()
            except (RuntimeError, concurrent.futures.CancelledError):  # the loop has ended
                passing_on.close()
                return


async def listen(chat: Any) -> None:
    """Show what the others say, until we are not in the room any more."""
    async for lines in chat.listen():
        for nick, text in lines:
            print(f"{nick}: {text}" if nick else f"* {text}", flush=True)


async def talk(chat: Any) -> None:
    """Say what is typed, and leave when there is no more."""
    typed: asyncio.Queue[str | None] = asyncio.Queue(1)
    loop = asyncio.get_running_loop()
    threading.Thread(target=read_keyboard, args=(loop, typed), daemon=True).start()
    while (line := await typed.get()) not in (None, "/quit"):
        if line:
            await attempt(chat.say(line))
    await attempt(chat.leave())


async def attempt(call: Awaitable[None]) -> None:
    """Make a call; show what speaks against it."""
    try:
        await call
    except (ValueError, pyrox.CommunicationError) as error:
        print(f"* {error}", flush=True)


async def main(uri: str, room: str, nick: str) -> None:
    async with pyrox.aio.Proxy(uri) as chat:
        others = await chat.join(room, nick)
        print(f"* you are in {room}, with {', '.join(others) or 'nobody yet'}", flush=True)
        talking = asyncio.create_task(talk(chat))
        await listen(chat)  # which ends when we have left, were dropped, or the server is gone
        talking.cancel()


try:
    asyncio.run(main(*sys.argv[1:4]))
except KeyboardInterrupt:
    pass
except (ValueError, pyrox.CommunicationError) as problem:
    sys.exit(f"{problem}")
