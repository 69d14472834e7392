"""A chat box: the server passes messages on to all who are in a room, by calling them back."""

from Pyro5.api import Daemon, behavior, expose


@expose
@behavior(instance_mode="single")
class ChatBox:
    """Rooms, and who is in them."""

    def __init__(self):
        self.rooms = {}

    def join(self, room, nick, client):
        if any(nick in people for people in self.rooms.values()):
            raise ValueError(f"the nick {nick} is taken")
        client._pyroClaimOwnership()
        self.tell(room, "SERVER", f"{nick} joined")
        self.rooms.setdefault(room, {})[nick] = client
        return sorted(self.rooms[room])

    def leave(self, room, nick):
        self.rooms[room].pop(nick)
        self.tell(room, "SERVER", f"{nick} left")

    def tell(self, room, nick, text):
        for client in self.rooms.get(room, {}).values():
            client._pyroClaimOwnership()
            client.message(nick, text)


with Daemon() as daemon:
    print(daemon.register(ChatBox, "example.chat"), flush=True)
    daemon.requestLoop()
