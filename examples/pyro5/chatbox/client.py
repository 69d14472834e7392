"""A chat box: two people in one program, each with a daemon for the messages."""

import sys
import threading
from contextlib import ExitStack

from Pyro5.api import Daemon, Proxy, expose


class Chatter:
    """Somebody in the chat."""

    def __init__(self, nick):
        self.nick = nick
        self.heard = []

    @expose
    def message(self, nick, text):
        self.heard.append(f"{nick}: {text}")


with ExitStack() as stack, Daemon() as daemon:
    thread = threading.Thread(target=daemon.requestLoop)
    thread.start()
    box = stack.enter_context(Proxy(sys.argv[1]))
    ada, bob = Chatter("Ada"), Chatter("Bob")
    for chatter in (ada, bob):
        daemon.register(chatter)
        print("in the room:", box.join("lobby", chatter.nick, chatter))
    try:
        box.join("lobby", "Ada", ada)
    except ValueError as error:
        print(error)
    box.tell("lobby", "Ada", "hello all")
    box.tell("lobby", "Bob", "hello Ada")
    box.leave("lobby", "Bob")
    print("Ada heard", ada.heard)
    print("Bob heard", bob.heard)
    daemon.shutdown()
    thread.join()
