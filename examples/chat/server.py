"""A chat with rooms: ``server.py [LINES]``, where LINES is how many a member may leave unread.

Shows an object for each connection, messages that are pushed through an item stream, and a bound
to what a member who does not read costs: they are dropped from their room, and told so.
"""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import AsyncIterator

import pyrox
import pyrox.aio

UNREAD = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
LONGEST_NAME = 40
LONGEST_TEXT = 1000
FILES = 10_000

Line = tuple[str, str]
"""Who says it, and what. Nobody says the notices: that a member came, went, or was dropped."""


class Room:
    """The members who hear each other, by nick. It is there as long as somebody is in it."""

    rooms: dict[str, "Room"] = {}

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[str, Member] = {}

    def tell(self, nick: str, text: str) -> None:
        """Pass a line to all but the one who says it; drop those who do not read theirs."""
        lines = deque([(nick, text)])
        while lines:
            line = lines.popleft()
            for member in list(self.members.values()):
                if member.nick != line[0] and not member.hear(line):
                    self.remove(member, "you did not read, and were dropped from the room")
                    lines.append(("", f"{member.nick} did not read, and was dropped"))

    def remove(self, member: "Member", notice: str) -> None:
        """Let a member go, with a last line to read."""
        del self.members[member.nick]
        member.end(notice)
        if not self.members:
            del self.rooms[self.name]


class Member:
    """Somebody in a room, and the lines that they have not read yet."""

    def __init__(self, nick: str, room: Room) -> None:
        self.nick = nick
        self.room: Room | None = room
        self._unread: list[Line] = []
        self._news = asyncio.Event()

    def hear(self, line: Line) -> bool:
        """Keep a line until it is read; False if there are too many already."""
        if len(self._unread) >= UNREAD:
            return False
        self._unread.append(line)
        self._news.set()
        return True

    def end(self, notice: str) -> None:
        """Be in no room any more."""
        self.room = None
        self._unread.append(("", notice))
        self._news.set()

    def close(self) -> None:
        """Leave: the connection has ended."""
        if (room := self.room) is not None:
            room.remove(self, "gone")
            room.tell("", f"{self.nick} is gone")

    async def read(self) -> AsyncIterator[list[Line]]:
        """Give the lines, all that there are at a time, until the member is in no room."""
        while self.room is not None or self._unread:
            await self._news.wait()
            self._news.clear()
            lines, self._unread = self._unread, []
            if lines:
                yield lines


def check(what: str, text: str, longest: int) -> None:
    """Refuse what is empty, too long, or would do things to the terminals of others."""
    if not (0 < len(text) <= longest and text.isprintable()):
        raise ValueError(f"{what} has 1 to {longest} characters that can be printed")


@pyrox.expose
@pyrox.behavior(instance_mode="session")
class Chat:
    """One client's place in the chat: whoever speaks here is who they said they are.

    The plain methods are quick and never wait, so they run in the event loop, one after the other.
    """

    def __init__(self) -> None:
        self._member: Member | None = None

    @pyrox.expose(inline=True)
    def join(self, name: str, nick: str) -> list[str]:
        """Enter a room; return who else is there. Lines are kept for ``listen`` from now on."""
        check("a room's name", name, LONGEST_NAME)
        check("a nick", nick, LONGEST_NAME)
        if self._member is not None and self._member.room is not None:
            raise ValueError(f"you are in {self._member.room.name}: leave that first")
        room = Room.rooms.get(name) or Room(name)
        if nick in room.members:
            raise ValueError(f"there is a {nick} in {name} already")
        room.tell("", f"{nick} is here")
        others = list(room.members)
        Room.rooms[name] = room
        room.members[nick] = self._member = Member(nick, room)
        pyrox.current_context.track_resource(self._member)  # closed with the connection
        return others

    @pyrox.expose(inline=True)
    def leave(self) -> None:
        """Leave the room; the stream of lines ends."""
        member, room = self._here()
        room.remove(member, "you have left")
        room.tell("", f"{member.nick} has left")

    @pyrox.expose(inline=True)
    def say(self, text: str) -> None:
        """Say something to all others in the room."""
        check("a line", text, LONGEST_TEXT)
        member, room = self._here()
        room.tell(member.nick, text)

    async def listen(self) -> AsyncIterator[list[Line]]:
        """Give what is said in the room, some lines at a time, until one is not in it any more."""
        if self._member is None:
            raise ValueError("you are in no room")
        async for lines in self._member.read():
            yield lines

    def _here(self) -> tuple[Member, Room]:
        if self._member is None or self._member.room is None:
            raise ValueError("you are in no room")
        return self._member, self._member.room


def allow_many_files() -> None:
    """Let this process have as many connections as it may, up to a bound: each is an open file."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def main() -> None:
    allow_many_files()
    config = pyrox.Config.from_environ(stream_linger=0.0)  # a lost connection does not come back
    async with pyrox.aio.Daemon(config=config) as daemon:
        print(daemon.register(Chat, "chat"), flush=True)
        await daemon.serve_forever()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
