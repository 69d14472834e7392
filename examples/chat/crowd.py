"""Fill the chat with people who talk at once: ``crowd.py URI [CLIENTS [LINES]]``.

Each of them has a connection of its own, joins a room of up to 50, says so many lines, and is to
hear each line of the others in the room once, in the order in which they were said. The exit code
is 0 if that holds for all.

Shows a thousand connections in one process, and how to open them: some at a time.
"""

import asyncio
import sys
import time
from typing import Any

import pyrox
import pyrox.aio

ROOM = 50
"""How many are in a room, at most."""
PATIENCE = 60.0
"""How many seconds the talking may take, before all give up; they also do when one fails."""
OTHER_FILES = 50
"""What a process has open besides its connections."""


class Client:
    """One of the crowd; ``others`` are in the same room, ``heard`` is what they said, by nick."""

    def __init__(self, uri: str, number: int, lines: int) -> None:
        self.chat: Any = pyrox.aio.Proxy(uri)
        self.room = f"room {number // ROOM}"
        self.nick = f"client {number}"
        self.lines = [f"line {line} of {self.nick}" for line in range(lines)]
        self.sent = 0
        self.missing = 0
        self.others: list[Client] = []
        self.heard: dict[str, list[str]] = {}

    def expect(self, room: "list[Client]") -> None:
        """Know who is in the room, and how much they have to say."""
        self.others = [client for client in room if client is not self]
        self.missing = sum(len(other.lines) for other in self.others)

    @property
    def content(self) -> bool:
        """Whether all was heard: no line too few, none too many, each in its place."""
        return self.missing == 0 and all(
            self.heard.get(other.nick, []) == other.lines for other in self.others
        )

    async def join(self, gate: asyncio.Semaphore) -> None:
        """Connect when the gate lets us, and enter the room."""
        async with gate:
            await self.chat.join(self.room, self.nick)

    async def talk(self) -> None:
        """Say the lines, while hearing those of the others."""
        await asyncio.gather(self.say(), self.listen())

    async def say(self) -> None:
        """Say the lines, one after the other."""
        for line in self.lines:
            await self.chat.say(line)
            self.sent += 1

    async def listen(self) -> None:
        """Hear as many lines as there are to come."""
        if not self.missing:
            return
        async with await self.chat.listen() as stream:
            async for lines in stream:
                for nick, text in lines:
                    if nick:
                        self.heard.setdefault(nick, []).append(text)
                        self.missing -= 1
                if self.missing <= 0:
                    return
        raise ValueError("dropped from the room")

    async def leave(self) -> None:
        """Close the connection, and thereby leave the room."""
        await self.chat._pyro.release()


async def crowd(uri: str, count: int, lines: int) -> bool:
    """Let so many clients talk; tell whether each has heard what it should have."""
    began = time.monotonic()
    clients = [Client(uri, number, lines) for number in range(count)]
    for number, client in enumerate(clients):
        first = number // ROOM * ROOM
        client.expect(clients[first : first + ROOM])
    try:
        gate = asyncio.Semaphore(100)  # a daemon drops strangers where too many come at once
        await asyncio.gather(*(client.join(gate) for client in clients))
        talking = [asyncio.create_task(client.talk()) for client in clients]
        await asyncio.wait(talking, timeout=PATIENCE, return_when=asyncio.FIRST_EXCEPTION)
        for task in talking:
            task.cancel()
        results = await asyncio.gather(*talking, return_exceptions=True)
    finally:
        await asyncio.gather(*(client.leave() for client in clients))
    for client, result in zip(clients, results, strict=True):
        if isinstance(result, Exception):
            print(f"{client.nick}: {result}", file=sys.stderr)
    sent = sum(client.sent for client in clients)
    heard = sum(len(texts) for client in clients for texts in client.heard.values())
    seconds = time.monotonic() - began
    print(f"{count} clients, {sent} messages sent, {heard} heard, {seconds:.1f} seconds")
    return all(client.content for client in clients)


def allow_files(count: int) -> None:
    """Let this process open so many files, or tell how to."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
        except (ValueError, OSError):
            sys.exit(
                f"so many clients need {count} open files, and this process may have {soft}, at "
                f"most {hard}: raise the limit (ulimit -n {count}, or nofile in "
                "/etc/security/limits.conf), here and for the server, or take fewer clients"
            )


def main(uri: str, count: str = "1000", lines: str = "3") -> int:
    allow_files(int(count) + OTHER_FILES)
    try:
        return 0 if asyncio.run(crowd(uri, int(count), int(lines))) else 1
    except (ValueError, pyrox.CommunicationError) as error:
        sys.exit(f"{error}")


sys.exit(main(*sys.argv[1:]))
